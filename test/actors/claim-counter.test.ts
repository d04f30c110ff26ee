/**
 * Counters of claims. Proves that every ordinal is given out once, in order for each taker, also between threads that
 * count on the same memory, and that a stop is seen by all.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import {
  LocalCounter,
  SharedCounter,
  type ClaimCounter,
} from '../../actors/source/claim-counter.ts';

const shared = () => {
  const memory = new SharedArrayBuffer(SharedCounter.bytes);
  return [new SharedCounter(memory), new SharedCounter(memory)] as const;
};

const counters: [string, () => ClaimCounter][] = [
  ['a local counter', () => new LocalCounter()],
  ['a shared counter', () => shared()[0]],
];

it.each(counters)('%s counts from 0 and says when it was stopped', (_name, make) => {
  const counter = make();
  expect([counter.next(), counter.next(), counter.next()]).toEqual([0, 1, 2]);
  expect(counter.stopped).toBe(false);
  counter.stop();
  expect(counter.stopped).toBe(true);
});

describe('shared counters', () => {
  it('on the same memory give every ordinal once, and stop together', () => {
    const [a, b] = shared();
    expect([a.next(), b.next(), b.next(), a.next()]).toEqual([0, 1, 2, 3]);
    b.stop();
    expect([a.stopped, b.stopped]).toEqual([true, true]);
  });

  it('of two threads give every ordinal once', async () => {
    const memory = new SharedArrayBuffer(SharedCounter.bytes);
    const typed = readFileSync(
      new URL('../../actors/source/claim-counter.ts', import.meta.url),
      'utf8',
    );
    const { code } = transformSync(typed, { loader: 'ts' });
    const program = `
      import { parentPort, workerData } from 'node:worker_threads';
      const counter = new SharedCounter(workerData);
      const taken = [];
      for (;;) {
        const ordinal = counter.next();
        if (ordinal >= 20000) break;
        taken.push(ordinal);
      }
      parentPort.postMessage(taken);`;
    const url = new URL(`data:text/javascript,${encodeURIComponent(code + program)}`);
    const workers = [0, 1].map(() => new Worker(url, { workerData: memory }));
    const taken = await Promise.all(
      workers.map(async (worker) => (await once(worker, 'message'))[0] as number[]),
    );
    await Promise.all(workers.map((worker) => worker.terminate()));
    for (const each of taken) expect(each).toEqual([...each].sort((a, b) => a - b));
    const all = taken.flat().sort((a, b) => a - b);
    expect(all).toEqual([...Array(20_000).keys()]);
  });
});
