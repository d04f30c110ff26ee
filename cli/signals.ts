import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM'] as const;

/** A signal that asks a job to end. */
export type EndSignal = (typeof signals)[number];

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
