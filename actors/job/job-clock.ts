import type { Environment } from '../environment.ts';

/** Measures the time of a job, from when EDM streams start to when all of them have ended. */
export class JobClock {
  readonly #environment: Environment;
  #began: { readonly ms: number; readonly cpuSeconds: number } | undefined;
  #ended: { readonly ms: number; readonly cpuSeconds: number } | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  begin(): void {
    this.#began = this.#reading();
  }

  /** Ends what has begun. */
  end(): void {
    if (this.#began !== undefined) this.#ended = this.#reading();
  }

  /** Time since the begin, or up to the end; 0 before the begin. */
  get runningSeconds(): number {
    if (this.#began === undefined) return 0;
    const untilMs = this.#ended?.ms ?? this.#environment.now();
    return (untilMs - this.#began.ms) / 1000;
  }

  /** Time from begin to end; 0 without an end. */
  get wallSeconds(): number {
    return this.#ended === undefined ? 0 : this.runningSeconds;
  }

  /** CPU time of all threads from begin to end; 0 without an end. */
  get cpuSeconds(): number {
    if (this.#began === undefined || this.#ended === undefined) return 0;
    return this.#ended.cpuSeconds - this.#began.cpuSeconds;
  }

  #reading(): { readonly ms: number; readonly cpuSeconds: number } {
    return { ms: this.#environment.now(), cpuSeconds: this.#environment.cpuSeconds() };
  }
}
