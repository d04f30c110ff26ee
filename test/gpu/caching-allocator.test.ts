/**
 * The caching allocator of device and host memory. Proves its rules of reuse, that its counters are exact under any order
 * of calls, that it gives no block to two users and none to a queue that could overtake its last use, and that it recovers
 * once from a full device.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CachingAllocator, deviceAllocator, hostAllocator } from '../../gpu/caching-allocator.ts';
import type { Allocation } from '../../gpu/cached-block.ts';
import { engine } from './engine-thread.ts';
import { HandQueue, HandSource, type Block } from './hand-driven-device.ts';

const unlimited = 2 ** 50;

function allocatorOf(source: HandSource, maxCachedBytes = unlimited, reuseInQueue = true) {
  return new CachingAllocator(source, { name: 'device 0', maxCachedBytes, reuseInQueue });
}

describe('sizes', () => {
  it.each([
    [0, 256],
    [1, 256],
    [256, 256],
    [257, 512],
    [4097, 8192],
    [2 ** 29 + 1, 2 ** 30],
    [2 ** 30, 2 ** 30],
  ])('%d bytes come in a block of %d', (asked, bytes) => {
    const allocation = allocatorOf(new HandSource()).allocate(asked, new HandQueue(0));
    expect(allocation).toMatchObject({ bytes, requestedBytes: asked, block: { bytes } });
  });

  it('more than a gibibyte is refused, and so is what is no number of bytes', () => {
    const allocator = allocatorOf(new HandSource());
    const queue = new HandQueue(0);
    expect(() => allocator.allocate(2 ** 30 + 1, queue)).toThrow(
      expect.objectContaining({ code: 'EDMESH_GPU_MEMORY', fields: { bytes: 2 ** 30 + 1 } }),
    );
    for (const bytes of [-1, 0.5, NaN, Infinity]) {
      expect(() => allocator.allocate(bytes, queue)).toThrow(
        expect.objectContaining({ code: 'EDMESH_GPU_CONTRACT' }),
      );
    }
    expect(allocator.counters).toMatchObject({ liveBlocks: 0, hits: 0, misses: 0 });
  });
});

describe('reuse', () => {
  it('the same queue reuses device memory at once, another only after the work', () => {
    const allocator = allocatorOf(new HandSource());
    const [first, second] = [new HandQueue(0), new HandQueue(1)];
    const allocation = allocator.allocate(1000, first);
    const { block } = allocation;
    first.run();
    allocator.free(allocation);
    const other = allocator.allocate(1000, second);
    expect(other.block).not.toBe(block);
    const again = allocator.allocate(700, first);
    expect(again.block).toBe(block);
    allocator.free(again);
    first.finish();
    expect(allocator.allocate(1000, second)).toMatchObject({ block, queue: second });
  });

  it('a larger or smaller block never serves', () => {
    const allocator = allocatorOf(new HandSource());
    const queue = new HandQueue(0);
    allocator.free(allocator.allocate(4096, queue));
    queue.finish();
    expect(allocator.allocate(2048, queue).bytes).toBe(2048);
    expect(allocator.allocate(8192, queue).bytes).toBe(8192);
    expect(allocator.counters).toMatchObject({ hits: 0, misses: 3, cachedBytes: 4096 });
  });

  it('host memory waits for the work of its own queue too', () => {
    const allocator = allocatorOf(new HandSource(), unlimited, false);
    const queue = new HandQueue(0);
    const { block } = allocator.allocate(1000, queue);
    queue.upload();
    const first = allocator.allocate(1000, queue);
    allocator.free(first);
    const second = allocator.allocate(1000, queue);
    expect(second.block).not.toBe(first.block);
    queue.finish();
    const third = allocator.allocate(1000, queue);
    expect(third.block).toBe(first.block);
    expect(third.block).not.toBe(block);
  });

  it('the mark of a use is set before the block can be found', () => {
    const source = new HandSource();
    const allocator = allocatorOf(source);
    const cachedWhenMarked: number[] = [];
    const queue = new HandQueue(0, () => {
      cachedWhenMarked.push(allocator.counters.cachedBlocks);
    });
    allocator.free(allocator.allocate(1000, queue));
    allocator.free(allocator.allocate(1000, queue));
    expect(cachedWhenMarked).toEqual([0, 0]);
  });
});

describe('limits and failures', () => {
  it('what is over the limit goes back to the device once its work has ended', () => {
    const source = new HandSource();
    const allocator = allocatorOf(source, 1024);
    const queue = new HandQueue(0);
    const allocations = [1024, 512, 512].map((bytes) => allocator.allocate(bytes, queue));
    for (const allocation of allocations) allocator.free(allocation);
    expect(allocator.counters).toMatchObject({ cachedBytes: 1024, retiringBytes: 1024 });
    expect(source.freed).toBe(0);
    queue.finish();
    allocator.allocate(256, queue);
    expect(allocator.counters).toMatchObject({ cachedBytes: 1024, retiringBlocks: 0 });
    expect(source.usedBytes).toBe(1024 + 256);
  });

  it('a full device gets all free blocks back, and is asked once more', () => {
    const source = new HandSource(8192);
    const allocator = allocatorOf(source);
    const queue = new HandQueue(0);
    const small = Array.from({ length: 8 }, () => allocator.allocate(1024, queue));
    for (const allocation of small) allocator.free(allocation);
    expect(allocator.allocate(8192, queue).bytes).toBe(8192);
    expect(allocator.counters).toMatchObject({ flushes: 1, cachedBlocks: 0, liveBytes: 8192 });
    expect(() => allocator.allocate(256, queue)).toThrow(
      expect.objectContaining({ code: 'EDMESH_GPU_MEMORY' }),
    );
    expect(allocator.counters).toMatchObject({ flushes: 2, liveBlocks: 1, requestedBytes: 8192 });
  });

  it('freeing twice, or what another allocator gave, is refused and changes nothing', () => {
    const allocator = allocatorOf(new HandSource());
    const queue = new HandQueue(0);
    const foreign = allocatorOf(new HandSource()).allocate(1, queue);
    const own = allocator.allocate(1, queue);
    allocator.free(own);
    const { counters } = allocator;
    for (const wrong of [own, foreign]) {
      expect(() => allocator.free(wrong)).toThrow(
        expect.objectContaining({ code: 'EDMESH_GPU_CONTRACT' }),
      );
    }
    expect(allocator.counters).toEqual(counters);
  });

  it('a block whose use cannot be marked is not kept', () => {
    const source = new HandSource();
    const allocator = allocatorOf(source);
    const queue = new HandQueue(0);
    const allocation = allocator.allocate(1000, queue);
    queue.failure = new Error('lost');
    expect(() => allocator.free(allocation)).toThrow('lost');
    expect(allocator.counters).toMatchObject({ liveBlocks: 0, cachedBlocks: 0 });
    expect(source.usedBytes).toBe(0);
  });
});

it('under any order of calls counters are exact and no block has two users', () => {
  const call = fc.record({
    what: fc.constantFrom('allocate', 'free', 'finish', 'flush'),
    bytes: fc.integer({ min: 0, max: 5000 }),
    queue: fc.integer({ min: 0, max: 2 }),
    pick: fc.nat(),
  });
  fc.assert(
    fc.property(
      fc.array(call, { maxLength: 120 }),
      fc.boolean(),
      fc.constantFrom(0, 4096, unlimited),
      (calls, reuseInQueue, maxCachedBytes) => {
        const source = new HandSource(40_000);
        const allocator = allocatorOf(source, maxCachedBytes, reuseInQueue);
        const queues = [0, 1, 2].map((id) => new HandQueue(id));
        const live = new Map<Block, Allocation<Block>>();
        const lastUse = new Map<Block, { queue: HandQueue; at: number }>();
        for (const { what, bytes, queue: index, pick } of calls) {
          const queue = queues[index] ?? new HandQueue(9);
          if (what === 'finish') queue.finish();
          else if (what === 'flush') allocator.freeCached();
          else if (what === 'free') {
            const chosen = [...live.values()][pick % Math.max(live.size, 1)];
            if (chosen === undefined) continue;
            const user = queues[chosen.queue.id] ?? queue;
            user.run();
            lastUse.set(chosen.block, { queue: user, at: user.queued });
            live.delete(chosen.block);
            allocator.free(chosen);
          } else {
            try {
              const given = allocator.allocate(bytes, queue);
              const { block } = given;
              expect(live.has(block)).toBe(false);
              const before = lastUse.get(block);
              const inOrder = reuseInQueue && before?.queue === queue;
              if (before !== undefined && !inOrder) {
                expect(before.queue.ended).toBeGreaterThanOrEqual(before.at);
              }
              live.set(block, given);
            } catch (error) {
              expect(error).toMatchObject({ code: 'EDMESH_GPU_MEMORY' });
            }
          }
          const { counters } = allocator;
          const sum = (value: (a: Allocation<Block>) => number) =>
            [...live.values()].reduce((total, each) => total + value(each), 0);
          expect(counters.liveBlocks).toBe(live.size);
          expect(counters.liveBytes).toBe(sum((each) => each.bytes));
          expect(counters.requestedBytes).toBe(sum((each) => each.requestedBytes));
          expect(counters.cachedBytes).toBeLessThanOrEqual(maxCachedBytes);
          const { liveBytes, cachedBytes, retiringBytes } = counters;
          expect(liveBytes + cachedBytes + retiringBytes).toBe(source.usedBytes);
          const { liveBlocks, cachedBlocks, retiringBlocks } = counters;
          expect(liveBlocks + cachedBlocks + retiringBlocks).toBe(source.made - source.freed);
        }
      },
    ),
    { numRuns: 200 },
  );
});

it('in steady state every allocation is a hit and nothing grows', () => {
  const source = new HandSource();
  const allocator = allocatorOf(source);
  const queues = [0, 1, 2, 3].map((id) => new HandQueue(id));
  const oneEvent = (event: number): void => {
    const queue = queues[event % 4] ?? new HandQueue(9);
    const given = [30_000, 100_000, 300, 30_000].map((bytes) => allocator.allocate(bytes, queue));
    for (const each of given) allocator.free(each);
    if (event % 3 === 0) queue.finish();
  };
  for (let event = 0; event < 100; event++) oneEvent(event);
  const { misses } = allocator.counters;
  for (let event = 0; event < 10_000; event++) oneEvent(event);
  const { counters } = allocator;
  expect(counters.misses).toBe(misses);
  expect(counters.hits / (counters.hits + counters.misses)).toBeGreaterThan(0.99);
  expect(source.made).toBe(misses);
});

it('memory of a backend is cached up to 0.8 of what is free, and is really reused', async () => {
  const backend = await engine('cpu', { memoryBytes: 10_240 });
  const queue = backend.createQueue(0);
  const device = deviceAllocator(backend, 0);
  const host = hostAllocator(backend, 0, 1024);
  const [memory, staging] = [device.allocate(4096, queue), host.allocate(1024, queue)];
  staging.block.memory.fill(7);
  queue.upload(memory.block, staging.block.memory);
  const { block } = memory;
  device.free(memory);
  host.free(staging);
  expect(device.allocate(4000, queue).block).toBe(block);
  await queue.done();
  expect(host.allocate(1000, queue).block).toBe(staging.block);
  // 10,240 - 4096 - 1024 are left: of the 4096 asked for now, nothing can be cached above 8192 in all.
  const more = device.allocate(4096, queue);
  device.free(more);
  expect(device.counters).toMatchObject({ liveBytes: 4096, cachedBytes: 4096, hits: 1 });
  expect(() => deviceAllocator(backend, 1)).toThrow(/no device 1/);
});
