interface Waiter {
  readonly kind: 'drained' | 'flush';
  /** `drained`: bytes to be below. `flush`: the number of the confirmation that is enough. */
  readonly limit: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Who waits for a channel: until few bytes are pending, or until the broker has confirmed. */
export class ChannelWaiters {
  #waiting: Waiter[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /** Resolves when fewer bytes are pending, or none. */
  drained(belowBytes: number): Promise<void> {
    return this.#wait('drained', belowBytes);
  }

  /** Resolves with the confirmation of that number or a later one. */
  flushed(confirmation: number): Promise<void> {
    return this.#wait('flush', confirmation);
  }

  /** Tells those whose wait is over. */
  settle(pendingBytes: number, confirmation: number): void {
    this.#take(({ kind, limit }) =>
      kind === 'flush' ? limit <= confirmation : pendingBytes < limit || pendingBytes === 0,
    ).forEach(({ resolve }) => {
      resolve();
    });
  }

  /** Fails those who wait for a flush. */
  failFlushes(error: Error): void {
    this.#take(({ kind }) => kind === 'flush').forEach(({ reject }) => {
      reject(error);
    });
  }

  /** Fails all who wait. */
  fail(error: Error): void {
    this.#take(() => true).forEach(({ reject }) => {
      reject(error);
    });
  }

  #wait(kind: Waiter['kind'], limit: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ kind, limit, resolve, reject });
    });
  }

  #take(wanted: (waiter: Waiter) => boolean): Waiter[] {
    if (this.#waiting.length === 0) return [];
    const taken = this.#waiting.filter(wanted);
    if (taken.length > 0) this.#waiting = this.#waiting.filter((waiter) => !wanted(waiter));
    return taken;
  }
}
