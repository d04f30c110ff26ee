import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Environment } from '../environment.ts';

/** How much memory products get between two collections. */
const bytesBetween = 2 * 2 ** 20;

/**
 * An environment that collects young garbage between time slices, whenever products have got two MiB of memory. V8 does not
 * count that memory: it collects when its own objects fill their space, which is in the middle of an event. What the event
 * has made so far then grows old, and waits with its memory until everything is collected. Between two slices hardly
 * anything is alive, so that a collection is short and nothing grows old.
 */
export function collectingYoungGarbage(
  environment: Environment,
  collect: () => void = youngCollection(),
): Environment {
  const { allocate, defer } = environment;
  let bytes = 0;
  return {
    ...environment,
    allocate(size, type) {
      bytes += size;
      return allocate(size, type);
    },
    defer(callback) {
      defer(() => {
        if (bytes >= bytesBetween) {
          bytes = 0;
          collect();
        }
        callback();
      });
    },
  };
}

type Collect = (options: { readonly type: 'minor' }) => void;

/**
 * Collects the young garbage of this thread, alone: helper threads would have to be waited for, while all cores may be busy
 * with lanes.
 */
function youngCollection(): () => void {
  setFlagsFromString('--no-parallel-scavenge');
  let collect: Collect | undefined;
  return () => {
    collect ??= collectionOfV8();
    collect({ type: 'minor' });
  };
}

/** V8 gives its function only to contexts that are made after it was asked to. */
function collectionOfV8(): Collect {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('globalThis.gc');
  return isCollect(gc) ? gc : () => undefined;
}

function isCollect(value: unknown): value is Collect {
  return typeof value === 'function';
}
