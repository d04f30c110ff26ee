import { EdmeshError } from '../../edm/index.ts';
import type { EventProcessor } from './event-processor.ts';
import type { Environment, Timer } from '../environment.ts';

/**
 * Fails events that wait longer than the event time-out, or that nothing can complete any more. A module that keeps the
 * thread busy cannot be interrupted from the same thread.
 */
export class EventWatch {
  readonly #environment: Environment;
  readonly #timeoutMs: number;
  readonly #processors: readonly EventProcessor[];
  #timer: Timer | undefined;

  /** A time-out of 0 watches nothing. */
  constructor(environment: Environment, timeoutMs: number, processors: readonly EventProcessor[]) {
    this.#environment = environment;
    this.#timeoutMs = timeoutMs;
    this.#processors = processors;
  }

  start(): void {
    if (this.#timeoutMs === 0) return;
    const periodMs = Math.min(1000, Math.max(1, this.#timeoutMs / 4));
    this.#timer = this.#environment.after(periodMs, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Nothing is left that could complete external work: fails what waits for it. Returns whether there was any. */
  abandonAll(): boolean {
    const abandoned = this.#processors.map((processor) => {
      const labels = processor.heldBy();
      const what = processor.waitsForSource
        ? 'the read of the source'
        : `the external work of ${labels.join(', ')}; complete the holder with done, fail or follow`;
      return processor.abandon(
        new EdmeshError(
          'EDMESH_HOLDER_ABANDONED',
          `${processor.eventName}: nothing is left that could complete ${what}`,
          { fields: { labels } },
        ),
      );
    });
    return abandoned.includes(true);
  }

  #tooLong(processor: EventProcessor, labels: readonly string[]): EdmeshError {
    const { eventName: event } = processor;
    const timeoutMs = this.#timeoutMs;
    const waitsFor = processor.waitsFor();
    const what = waitsFor.length === 0 ? '' : `, waiting for ${waitsFor.join(', ')}`;
    return new EdmeshError(
      'EDMESH_EVENT_TIMEOUT',
      `${event} waits longer than ${String(timeoutMs)} ms, held by ${labels.join(', ')}${what}`,
      { fields: { event, labels, waitsFor, timeoutMs } },
    );
  }

  #look(): void {
    const now = this.#environment.now();
    for (const processor of this.#processors) {
      if (!processor.waits || now - processor.waitingSinceMs <= this.#timeoutMs) continue;
      const labels = processor.heldBy();
      // Whoever has the gate that the event queues at is watched itself.
      if (labels.length === 0) continue;
      processor.abandon(this.#tooLong(processor, labels));
    }
  }
}
