import type { Environment } from '../environment.ts';

/** What is under way leaves at the latest after so long, and after so many turns of the event loop. */
const holdMs = 0.25;
const holdTurns = 32;
/** A packet leaves with the frames of a fourth of the events in flight: two frames an event. */
const framesForEvents = 2 / 4;
/** After holds in vain so many packets, at most, leave at once before the next hold. */
const skipsMax = 64;

/** What the pace depends on. */
export interface FlushPaceParts {
  readonly environment: Pick<Environment, 'now' | 'defer'>;
  /** Frames that are written and have not left. */
  readonly framesUnderWay: () => number;
  /** Events that hold slots. */
  readonly eventsInFlight: () => number;
  /** Takes what a flush throws. */
  readonly failed: (error: unknown) => void;
}

/**
 * Decides when packets of small frames leave. To write a packet, to carry it and to wake the other side costs more than a
 * small event does, and other events come soon where many are in flight: so a packet is held back, for a moment, until
 * it carries a fourth of them, which keeps both sides busy at once. Where nothing joins a packet that was held, the next
 * ones leave at once.
 */
export class FlushPace {
  readonly #parts: FlushPaceParts;
  #flush: (() => void) | undefined;
  #heldFrames = 0;
  #untilMs = 0;
  #turnsLeft = 0;
  /** Packets that leave at once before the next is held, and how many that will be after the next hold in vain. */
  #skips = 0;
  #nextSkips = 1;

  constructor(parts: FlushPaceParts) {
    this.#parts = parts;
  }

  /** Calls `flush` when it is time for it. */
  readonly soon = (flush: () => void): void => {
    this.#flush = flush;
    queueMicrotask(this.#begin);
  };

  readonly #begin = (): void => {
    if (this.#isEnough) this.#leave();
    else if (this.#skips > 0) {
      this.#skips--;
      this.#leave();
    } else {
      const { environment, framesUnderWay } = this.#parts;
      this.#heldFrames = framesUnderWay();
      this.#untilMs = environment.now() + holdMs;
      this.#turnsLeft = holdTurns;
      environment.defer(this.#look);
    }
  };

  readonly #look = (): void => {
    const { environment, framesUnderWay } = this.#parts;
    const isOver = --this.#turnsLeft <= 0 || environment.now() >= this.#untilMs;
    if (!isOver && !this.#isEnough) {
      environment.defer(this.#look);
      return;
    }
    if (framesUnderWay() > this.#heldFrames) this.#nextSkips = 1;
    else {
      this.#skips = this.#nextSkips;
      this.#nextSkips = Math.min(2 * this.#nextSkips, skipsMax);
    }
    this.#leave();
  };

  get #isEnough(): boolean {
    const { framesUnderWay, eventsInFlight } = this.#parts;
    const frames = framesUnderWay();
    return frames === 0 || frames >= framesForEvents * eventsInFlight();
  }

  #leave(): void {
    const flush = this.#flush;
    this.#flush = undefined;
    try {
      flush?.();
    } catch (error) {
      this.#parts.failed(error);
    }
  }
}
