import type { JournalClock } from '../../transport/index.ts';

/** The clock of this OS process, for those who wait for a journal. */
export const monotonicClock: JournalClock = {
  now: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};
