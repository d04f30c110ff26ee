import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM'] as const;

/** A signal that asks a job to end. */
export type EndSignal = (typeof signals)[number];

/** Whether a signal asks a job to end. */
export function isEndSignal(signal: string | null): signal is EndSignal {
  return signals.some((each) => each === signal);
}

/** Listening for signals, until it is stopped. */
export interface SignalWatch {
  /** The first signal that came. */
  readonly received: EndSignal | undefined;
  stop(): void;
}

/**
 * Calls `drain` at the first SIGINT or SIGTERM, and `again` at the second one, where it is given. The one after that ends
 * the process at once, with 128 and its number.
 */
export function watchSignals(
  drain: (signal: EndSignal) => void,
  again?: (signal: EndSignal) => void,
): SignalWatch {
  let received: EndSignal | undefined;
  let second = again;
  const listener = (signal: EndSignal): void => {
    if (received !== undefined) {
      if (second === undefined) process.exit(128 + constants.signals[signal]);
      second(signal);
      second = undefined;
      return;
    }
    received = signal;
    drain(signal);
  };
  for (const signal of signals) process.on(signal, listener);
  return {
    get received() {
      return received;
    },
    stop() {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}

/**
 * Does something, and ends the process at each signal that nobody watches for meanwhile, with 128 and its number; what is
 * to be tidied up at its exit is. Stages of a command watch one after the other: where the last listener is taken off, a
 * signal that has come and was not looked at yet would be lost.
 */
export async function holdingSignals<T>(work: () => Promise<T>): Promise<T> {
  const listener = (signal: EndSignal): void => {
    if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
  };
  for (const signal of signals) process.on(signal, listener);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, listener);
  }
}
