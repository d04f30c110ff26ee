/**
 * Garbage of lanes. Proves that it is collected between time slices, once products have got enough memory and not before,
 * and that memory and time slices are those of the environment below.
 */
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { z } from 'edmesh';
import { expect, it } from 'vitest';
import { settle, simulatedEnvironment } from '../../actors/testing/simulated-environment.ts';
import { collectingYoungGarbage } from '../../actors/lane/young-garbage.ts';

const mebibyte = 2 ** 20;

const Collection = z.object({ detail: z.object({ kind: z.number(), flags: z.number() }) });

function watched() {
  const told: string[] = [];
  const deferred: (() => void)[] = [];
  const below = simulatedEnvironment({
    allocate: (bytes, type) => {
      told.push(`${type} ${String(bytes)}`);
      return new ArrayBuffer(0);
    },
    defer: (callback) => deferred.push(callback),
  });
  const environment = collectingYoungGarbage(below, () => told.push('collected'));
  const slice = () => {
    environment.defer(() => told.push('slice'));
    deferred.shift()?.();
  };
  return { environment, told, slice };
}

it('garbage is collected before the slice after two MiB of products, and again after two more', () => {
  const { environment, told, slice } = watched();
  environment.allocate(mebibyte, 'A');
  slice();
  environment.allocate(mebibyte, 'B');
  slice();
  slice();
  environment.allocate(3 * mebibyte, 'C');
  slice();
  expect(told).toEqual([
    'A 1048576',
    'slice',
    'B 1048576',
    'collected',
    'slice',
    'slice',
    'C 3145728',
    'collected',
    'slice',
  ]);
});

it('V8 collects the young generation, once', async () => {
  const environment = collectingYoungGarbage(simulatedEnvironment());
  const asked: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind, flags } = Collection.parse(entry).detail;
      if (flags === constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) asked.push(kind);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  environment.allocate(2 * mebibyte, 'A');
  for (let slice = 0; slice < 3; slice++) {
    await new Promise<void>((resolve) => {
      environment.defer(resolve);
    });
  }
  await settle();
  observer.disconnect();
  expect(asked).toEqual([constants.NODE_PERFORMANCE_GC_MINOR]);
});
