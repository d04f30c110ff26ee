import type { EventId, EventPrincipal } from '../../edm/index.ts';

/** Where the numbers of one EDM stream stand. */
const field = { events: 0, inHand: 1, run: 2, lumi: 3, event: 4, ordinal: 5 } as const;
const fieldCount = 6;

/**
 * What the EDM streams of a lane are at, where other threads can see it even when the lane has died: how many events each
 * has processed, and the event in hand.
 */
export class EventBoard {
  readonly #values: Float64Array;

  /** On memory of {@link EventBoard.bytes} bytes, shared between threads or not. */
  constructor(buffer: ArrayBufferLike) {
    this.#values = new Float64Array(buffer);
  }

  /** Bytes for so many EDM streams. */
  static bytes(streams: number): number {
    return streams * fieldCount * Float64Array.BYTES_PER_ELEMENT;
  }

  /** Events that all EDM streams have processed. */
  get events(): number {
    let events = 0;
    for (let at = 0; at < this.#values.length; at += fieldCount) events += this.#values[at] ?? 0;
    return events;
  }

  /** An EDM stream has claimed an event. */
  began(stream: number, { run, lumi, event, ordinal }: EventPrincipal): void {
    const at = stream * fieldCount;
    this.#values[at + field.run] = run;
    this.#values[at + field.lumi] = lumi;
    this.#values[at + field.event] = event;
    this.#values[at + field.ordinal] = ordinal;
    this.#values[at + field.inHand] = 1;
  }

  /** An EDM stream has processed its event. */
  ended(stream: number): void {
    const at = stream * fieldCount + field.events;
    this.#values[at] = (this.#values[at] ?? 0) + 1;
    this.#values[at + field.inHand] = 0;
  }

  /** An EDM stream has given its event up. */
  dropped(stream: number): void {
    this.#values[stream * fieldCount + field.inHand] = 0;
  }

  /** The events in hand, with their ordinals. */
  inHand(): (EventId & { readonly ordinal: number })[] {
    const found: (EventId & { readonly ordinal: number })[] = [];
    for (let at = 0; at < this.#values.length; at += fieldCount) {
      if (this.#values[at + field.inHand] !== 1) continue;
      const value = (name: keyof typeof field) => this.#values[at + field[name]] ?? 0;
      found.push({
        run: value('run'),
        lumi: value('lumi'),
        event: value('event'),
        ordinal: value('ordinal'),
      });
    }
    return found;
  }
}
