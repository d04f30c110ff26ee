import type { Environment } from '../environment.ts';

/** Something that takes turns: an EDM stream with events to take care of. */
export interface TakesTurns {
  readonly runnable: boolean;
  /** Whether it is on the queue of those that take turns, which keeps this. */
  queued: boolean;
  /** Goes on for at most one event. */
  step(): void;
}

/** How long EDM streams work before other work of the thread has its turn, in milliseconds. */
export const sliceMs = {
  alone: 8,
  /** Other lanes or processes may wait for an answer of this one. */
  amongOthers: 1,
} as const;

/** Most events between two looks at the clock, which costs as much as a module or two. */
const strideMax = 16;

/** While the time between two looks is below this, the next one may come later, in milliseconds. */
const quickMs = 0.25;

/**
 * The EDM streams of a lane take turns, an event each, so that they interleave. They give the thread back after a time
 * slice, and whenever all of them wait. Wakes within a slice do not make it longer, so that timers, signals and I/O have
 * their turn however often EDM streams wake each other. With each look at the clock, what waits for the end of the
 * present task goes on: what an event has sent leaves before the next ones are taken care of.
 */
export class StreamTurns {
  readonly #environment: Environment;
  readonly #sliceMs: number;
  readonly #queue: TakesTurns[] = [];
  /** When the slice is over; `undefined` between slices. */
  #sliceEndMs: number | undefined;
  /** Events until the next look at the clock. */
  #stride = 1;
  #scheduled = false;
  #running = false;

  constructor(environment: Environment, slice: number = sliceMs.alone) {
    this.#environment = environment;
    this.#sliceMs = slice;
  }

  /** Puts a member on the queue, soon to be stepped. May be called from anywhere. */
  wake(member: TakesTurns): void {
    if (member.queued) return;
    member.queued = true;
    this.#queue.push(member);
    if (this.#scheduled || this.#running) return;
    this.#soon();
  }

  #soon(): void {
    this.#scheduled = true;
    queueMicrotask(this.#runScheduled);
  }

  readonly #runScheduled = (): void => {
    this.#scheduled = false;
    this.#run();
  };

  readonly #endSlice = (): void => {
    this.#sliceEndMs = undefined;
    if (this.#queue.length > 0) this.#run();
  };

  #run(): void {
    const { now, defer } = this.#environment;
    const beganMs = now();
    if (this.#sliceEndMs === undefined) {
      this.#sliceEndMs = beganMs + this.#sliceMs;
      this.#stride = 1;
      defer(this.#endSlice);
    }
    if (beganMs >= this.#sliceEndMs) return;
    this.#running = true;
    let untilLook = this.#stride;
    for (let member = this.#queue.shift(); member !== undefined; member = this.#queue.shift()) {
      member.queued = false;
      do {
        member.step();
        untilLook--;
      } while (untilLook > 0 && member.runnable && this.#queue.length === 0);
      if (member.runnable) this.wake(member);
      if (untilLook === 0) break;
    }
    this.#running = false;
    if (untilLook > 0) return;
    const timeMs = now();
    this.#stride = timeMs - beganMs < quickMs ? Math.min(2 * this.#stride, strideMax) : 1;
    if (this.#queue.length > 0 && timeMs < this.#sliceEndMs) this.#soon();
  }
}
