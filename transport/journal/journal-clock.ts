/** The clock that what watches a journal goes by; an environment of a job is one. */
export interface JournalClock {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Calls back once after a time, unless it is cancelled before. */
  after(delayMs: number, callback: () => void): { cancel(): void };
}

/** Resolves after a time. */
export function pause(clock: JournalClock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
