import type { Environment } from './environment.ts';

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
  /** Other lanes may wait for an answer of this one. */
  amongOthers: 1,
} as const;

/** Most events between two looks at the clock, which costs as much as a module or two. */
const strideMax = 16;

/** While the time between two looks is below this, the next one may come later, in milliseconds. */
const quickMs = 0.25;

/**
 * The EDM streams of a lane take turns, an event each, so that they interleave. They give the thread back after a time
 * slice, and whenever all of them wait. Wakes within a slice do not make it longer, so
 * that timers, signals and I/O have their turn however often EDM streams wake each other.
 */
export class StreamTurns {
  readonly #environment: Environment;
  readonly #sliceMs: number;
  readonly #queue: TakesTurns[] = [];
  /** When the slice is over; `undefined` between slices. */
  #sliceEndMs: number | undefined;
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
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  #run(): void {
    const { now, defer } = this.#environment;
    if (this.#sliceEndMs === undefined) {
      this.#sliceEndMs = now() + this.#sliceMs;
      defer(() => {
        this.#sliceEndMs = undefined;
        if (this.#queue.length > 0) this.#run();
      });
    }
    let lookedMs = now();
    if (lookedMs >= this.#sliceEndMs) return;
    this.#running = true;
    let stride = 1;
    let untilLook = 1;
    for (let member = this.#queue.shift(); member !== undefined; member = this.#queue.shift()) {
      member.queued = false;
      do {
        member.step();
        untilLook--;
      } while (untilLook > 0 && member.runnable && this.#queue.length === 0);
      if (member.runnable) this.wake(member);
      if (untilLook > 0) continue;
      const timeMs = now();
      if (timeMs >= this.#sliceEndMs) break;
      stride = timeMs - lookedMs < quickMs ? Math.min(2 * stride, strideMax) : 1;
      untilLook = stride;
      lookedMs = timeMs;
    }
    this.#running = false;
  }
}
