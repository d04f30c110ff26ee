import { frameKinds, type FrameView } from '../../transport/index.ts';

/** The lanes that a process had when it was recorded, each of which was told of every run and luminosity block. */
export class RecordedLanes {
  readonly #lanes = new Set<string>();
  readonly #ends = new Map<string, number>();
  #lastRun = -1;
  #lastBlock = -1;

  /** Takes note of a lane; true for the first one. */
  add(lane: string): boolean {
    this.#lanes.add(lane);
    return this.#lanes.size === 1;
  }

  /** Of what every lane was told: a begin counts the first time, an end the last time. */
  isItsTime({ kind, ordinal, block }: FrameView): boolean {
    switch (kind) {
      case frameKinds.beginRun:
        if (ordinal <= this.#lastRun) return false;
        this.#lastRun = ordinal;
        return true;
      case frameKinds.beginLumi:
        if (block <= this.#lastBlock) return false;
        this.#lastBlock = block;
        return true;
      case frameKinds.endLumi:
        return this.#isLast(`lumi ${String(block)}`);
      case frameKinds.endRun:
        return this.#isLast(`run ${String(ordinal)}`);
      case frameKinds.disconnect:
        return this.#isLast('job');
      default:
        return kind === frameKinds.event || kind === frameKinds.products;
    }
  }

  /** Whether every lane of the process has been told of an end. */
  #isLast(what: string): boolean {
    const ends = (this.#ends.get(what) ?? 0) + 1;
    if (ends < this.#lanes.size) {
      this.#ends.set(what, ends);
      return false;
    }
    this.#ends.delete(what);
    return true;
  }
}
