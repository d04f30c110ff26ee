import { silentLogger } from '../../edm/index.ts';
import type { Environment } from '../environment.ts';

/** An environment whose clock stands still until a test moves it. */
export interface SimulatedEnvironment extends Environment {
  /** Moves the clock on; timers that are due go off in order, and what they cause is done before this resolves. */
  advance(ms: number): Promise<void>;
  /** Tells the job that nothing is left open, as the event loop of Node does before the process exits. */
  runDry(): void;
}

interface PendingTimer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Lets everything happen that needs no time to pass. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    let turns = 4;
    const turn = (): void => {
      if (--turns === 0) resolve();
      else setImmediate(turn);
    };
    setImmediate(turn);
  });
}

/** Makes an environment with a simulated clock that starts at 0. */
export function simulatedEnvironment(overrides: Partial<Environment> = {}): SimulatedEnvironment {
  let nowMs = 0;
  const timers = new Set<PendingTimer>();
  const idle = new Set<() => void>();
  return {
    now: () => nowMs,
    after(delayMs, callback) {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    defer: (callback) => {
      setImmediate(callback);
    },
    onIdle(callback) {
      idle.add(callback);
      return () => idle.delete(callback);
    },
    cpuSeconds: () => 0,
    peakRssBytes: () => 0,
    allocate: (bytes) => new ArrayBuffer(bytes),
    logger: silentLogger,
    ...overrides,
    async advance(ms) {
      const endMs = nowMs + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined || next.dueMs > endMs) break;
        timers.delete(next);
        nowMs = next.dueMs;
        next.callback();
        await settle();
      }
      nowMs = endMs;
    },
    runDry() {
      for (const callback of idle) callback();
    },
  };
}
