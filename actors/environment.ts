import type { AllocateBuffer, Logger } from '../edm/index.ts';

/** A pending timer. */
export interface Timer {
  cancel(): void;
}

/** Everything that a job takes from outside: time, log, memory and the event loop. Tests give a simulated one. */
export interface Environment {
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
  /** Calls back once after a time; the timer alone does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls back once when other work of the event loop has had its turn. */
  readonly defer: (callback: () => void) => void;
  /** Calls back when nothing is left open that could still cause anything; returns how to stop listening. */
  onIdle(callback: () => void): () => void;
  /** CPU time of the process so far, in seconds. */
  cpuSeconds(): number;
  /** Largest resident memory of the process so far, in bytes. */
  peakRssBytes(): number;
  readonly allocate: AllocateBuffer;
  readonly logger: Logger;
}
