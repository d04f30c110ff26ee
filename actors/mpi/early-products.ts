import type { FrameView } from '../../transport/index.ts';
import { KeptFrame } from './kept-frame.ts';

const none: readonly KeptFrame[] = [];

/** Products of events whose turn has not come. */
export class EarlyProducts {
  /** What is kept, in bytes. */
  bytes = 0;
  readonly #frames = new Map<number, KeptFrame[]>();

  keep(frame: FrameView, instance: number, isKept: boolean): void {
    const kept = KeptFrame.of(frame, instance, isKept);
    this.bytes += kept.body.length;
    const frames = this.#frames.get(kept.ordinal);
    if (frames === undefined) this.#frames.set(kept.ordinal, [kept]);
    else frames.push(kept);
  }

  /** How many frames there are for an event. */
  count(ordinal: number): number {
    return this.#frames.get(ordinal)?.length ?? 0;
  }

  /** Gives the frames of an event away. */
  take(ordinal: number): readonly KeptFrame[] {
    const frames = this.#frames.get(ordinal);
    if (frames === undefined) return none;
    this.#frames.delete(ordinal);
    for (const { body } of frames) this.bytes -= body.length;
    return frames;
  }

  clear(): void {
    this.#frames.clear();
    this.bytes = 0;
  }
}
