import type { Logger } from '../edm/index.ts';
import type { Environment } from './environment.ts';

/** The longest delay that a timer of Node takes, in milliseconds. */
const longestDelayMs = 0x7fff_ffff;

/** The environment of a job that runs in this Node process. */
export function nodeEnvironment(logger: Logger): Environment {
  return {
    logger,
    now: () => performance.now(),
    after(delayMs, callback) {
      const timer = setTimeout(callback, Math.min(delayMs, longestDelayMs));
      timer.unref();
      return {
        cancel: () => {
          clearTimeout(timer);
        },
      };
    },
    defer(callback) {
      setImmediate(callback);
    },
    onIdle(callback) {
      // Node emits it whenever nothing that is referenced is left; new work makes the loop go on.
      process.on('beforeExit', callback);
      return () => process.off('beforeExit', callback);
    },
    cpuSeconds() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    peakRssBytes: () => process.resourceUsage().maxRSS * 1024,
    allocate: (bytes) => new ArrayBuffer(bytes),
  };
}
