/** Gives out the ordinals of events, each once. */
export interface ClaimCounter {
  /** The next ordinal. */
  next(): number;
  /** Nobody is to take another one. */
  stop(): void;
  readonly stopped: boolean;
}

/** A counter for one lane. */
export class LocalCounter implements ClaimCounter {
  stopped = false;
  #next = 0;

  next(): number {
    return this.#next++;
  }

  stop(): void {
    this.stopped = true;
  }
}

/** A counter that lanes share: taking an event is one atomic add, and no message. */
export class SharedCounter implements ClaimCounter {
  static readonly bytes = 16;
  readonly #next: BigInt64Array;
  readonly #stopped: Int32Array;

  /** On memory of {@link SharedCounter.bytes} bytes, zero at the beginning of the job. */
  constructor(memory: SharedArrayBuffer) {
    this.#next = new BigInt64Array(memory, 0, 1);
    this.#stopped = new Int32Array(memory, 8, 1);
  }

  next(): number {
    return Number(Atomics.add(this.#next, 0, 1n));
  }

  stop(): void {
    Atomics.store(this.#stopped, 0, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#stopped, 0) === 1;
  }
}
