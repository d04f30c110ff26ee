import { EdmeshError } from '../edm/index.ts';
import type { DeviceBlock, GpuBackend, GpuEvent, GpuQueue, HostBlock } from './backend.ts';
import { CachedBlock, FreeList, type Allocation } from './cached-block.ts';
import { contractError, memoryError } from './gpu-errors.ts';

/** Where an allocator gets memory and events from. */
export interface AllocatorSource<B> {
  /** Throws `EDMESH_GPU_MEMORY` where there is not enough. */
  allocate(bytes: number): B;
  free(block: B): void;
  createEvent(): GpuEvent;
}

/** How an allocator works. */
export interface AllocatorOptions {
  /** What it is of, for messages: `device 0`, `pinned host`. */
  readonly name: string;
  /** Most bytes of free blocks that are kept. */
  readonly maxCachedBytes: number;
  /**
   * Whether a queue may reuse at once what it used before, as its own order keeps the uses apart. Not for host memory: the
   * host writes into it at once, whatever the queue still does.
   */
  readonly reuseInQueue: boolean;
}

/** What an allocator has done; all numbers are exact at any time. */
export interface AllocatorCounters {
  /** Blocks that are in use, and their bytes. */
  readonly liveBlocks: number;
  readonly liveBytes: number;
  /** Bytes that were asked for of the blocks in use. */
  readonly requestedBytes: number;
  /** Free blocks that are kept, and their bytes. */
  readonly cachedBlocks: number;
  readonly cachedBytes: number;
  /** Free blocks over the limit whose last use has not ended, and their bytes. */
  readonly retiringBlocks: number;
  readonly retiringBytes: number;
  /** Allocations that a cached block served, and those that the source served. */
  readonly hits: number;
  readonly misses: number;
  /** How often the cache was freed because the source had no memory left. */
  readonly flushes: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The smallest and the largest block, as powers of two: 256 B and 1 GiB. */
const minBin = 8;
/** The bin of the largest block. */
const maxBin = 30;
/** The part of the free memory of a device that is kept in free blocks at most. */
const cachedPart = 0.8;

/**
 * A caching allocator of device or pinned host memory. A request is rounded up to a power of two, and only free blocks of
 * that size serve it: one that the same queue used last, at once (device memory), or one whose last use has ended. Blocks
 * are never split. In steady state it allocates nothing and makes no call to the driver but that which asks for an event.
 *
 * A block follows the order of its queue: every use is queued there, or ordered to it by events. Freeing never waits. One
 * thread uses an allocator.
 */
export class CachingAllocator<B> {
  readonly #source: AllocatorSource<B>;
  readonly #options: AllocatorOptions;
  readonly #bins: readonly FreeList<B>[];
  readonly #live = new Map<Allocation<B>, CachedBlock<B>>();
  /** Free blocks over the limit, until their last use has ended. */
  readonly #retiring = new FreeList<B>();
  readonly #counters: Mutable<AllocatorCounters> = {
    ...{ liveBlocks: 0, liveBytes: 0, requestedBytes: 0, cachedBlocks: 0, cachedBytes: 0 },
    ...{ retiringBlocks: 0, retiringBytes: 0, hits: 0, misses: 0, flushes: 0 },
  };

  constructor(source: AllocatorSource<B>, options: AllocatorOptions) {
    this.#source = source;
    this.#options = options;
    this.#bins = Array.from({ length: maxBin - minBin + 1 }, () => new FreeList<B>());
  }

  /** A copy of the counters. */
  get counters(): AllocatorCounters {
    return { ...this.#counters };
  }

  /**
   * Memory of at least `bytes`, content undefined.
   *
   * @param queue in whose order it is used
   * @throws EdmeshError `EDMESH_GPU_MEMORY` where more than 1 GiB is asked for, or where the source has not enough even
   * after all free blocks went back to it
   */
  allocate(bytes: number, queue: GpuQueue): Allocation<B> {
    const bin = this.#binOf(bytes);
    const bins = this.#listOf(bin);
    const counters = this.#counters;
    const found = (this.#options.reuseInQueue ? bins.ofQueue(queue) : undefined) ?? bins.ready();
    let block: CachedBlock<B>;
    if (found === undefined) {
      block = this.#made(bin, queue);
      counters.misses++;
    } else {
      block = found;
      bins.remove(block);
      counters.cachedBlocks--;
      counters.cachedBytes -= block.bytes;
      block.queue = queue;
      counters.hits++;
    }
    this.#live.set(block, block);
    block.requestedBytes = bytes;
    counters.liveBlocks++;
    counters.liveBytes += block.bytes;
    counters.requestedBytes += bytes;
    return block;
  }

  /**
   * Gives memory back; work queued before may still use it. Throws `EDMESH_GPU_CONTRACT` where it is not in use or of
   * another allocator, and what the queue throws where its device is lost.
   */
  free(allocation: Allocation<B>): void {
    const counters = this.#counters;
    const block = this.#live.get(allocation);
    if (block === undefined) {
      throw contractError(`${this.#options.name}: memory is freed that is not in use`);
    }
    this.#live.delete(block);
    counters.liveBlocks--;
    counters.liveBytes -= block.bytes;
    counters.requestedBytes -= block.requestedBytes;
    // Before the block is in a list: whoever finds it there must see the mark of this use, not of the one before.
    this.#mark(block);
    if (counters.cachedBytes + block.bytes <= this.#options.maxCachedBytes) {
      this.#listOf(block.bin).add(block);
      counters.cachedBlocks++;
      counters.cachedBytes += block.bytes;
      return;
    }
    this.#retiring.add(block);
    counters.retiringBlocks++;
    counters.retiringBytes += block.bytes;
    this.#releaseRetired(false);
  }

  /** Gives all free blocks back to the source, which may wait for the device. */
  freeCached(): void {
    this.#releaseRetired(true);
    const counters = this.#counters;
    for (const list of this.#bins) {
      for (let block = list.first; block !== undefined; block = list.first) {
        list.remove(block);
        counters.cachedBlocks--;
        counters.cachedBytes -= block.bytes;
        this.#source.free(block.block);
      }
    }
  }

  #binOf(bytes: number): number {
    if (!Number.isInteger(bytes) || bytes < 0) {
      throw contractError(`${this.#options.name}: ${String(bytes)} is no number of bytes`);
    }
    if (bytes > 2 ** maxBin) {
      throw memoryError(
        `${this.#options.name}: ${String(bytes)} bytes are asked for, the largest block has ${String(2 ** maxBin)}`,
        bytes,
      );
    }
    return bytes <= 2 ** minBin ? minBin : 32 - Math.clz32(bytes - 1);
  }

  #listOf(bin: number): FreeList<B> {
    const list = this.#bins[bin - minBin];
    if (list === undefined) throw contractError(`there is no bin ${String(bin)}`);
    return list;
  }

  #mark(block: CachedBlock<B>): void {
    try {
      block.queue.record(block.event);
    } catch (error) {
      this.#source.free(block.block);
      throw error;
    }
  }

  #made(bin: number, queue: GpuQueue): CachedBlock<B> {
    this.#releaseRetired(false);
    return new CachedBlock(this.#fromSource(2 ** bin), bin, this.#source.createEvent(), queue);
  }

  #fromSource(bytes: number): B {
    try {
      return this.#source.allocate(bytes);
    } catch (error) {
      if (!(error instanceof EdmeshError) || error.code !== 'EDMESH_GPU_MEMORY') throw error;
      this.#counters.flushes++;
      this.freeCached();
      return this.#source.allocate(bytes);
    }
  }

  #releaseRetired(all: boolean): void {
    const counters = this.#counters;
    let block = this.#retiring.first;
    while (block !== undefined && (all || block.event.ready())) {
      this.#retiring.remove(block);
      counters.retiringBlocks--;
      counters.retiringBytes -= block.bytes;
      this.#source.free(block.block);
      block = this.#retiring.first;
    }
  }
}

/** An allocator of the memory of one device, which keeps at most 0.8 of what is free now. */
export function deviceAllocator(
  backend: GpuBackend,
  device: number,
  maxCachedBytes = cachedPart * freeBytesOf(backend, device),
): CachingAllocator<DeviceBlock> {
  const source = {
    allocate: (bytes: number) => backend.allocate(device, bytes),
    free: (block: DeviceBlock) => backend.free(block),
    createEvent: () => backend.createEvent(device),
  };
  const name = `${backend.kind} device ${String(device)}`;
  return new CachingAllocator(source, { name, maxCachedBytes, reuseInQueue: true });
}

/**
 * An allocator of host memory for transfers with one device, pinned where the backend can. It keeps at most 0.8 of what is
 * free on the device now: more would not be of use to it.
 */
export function hostAllocator(
  backend: GpuBackend,
  device: number,
  maxCachedBytes = cachedPart * freeBytesOf(backend, device),
): CachingAllocator<HostBlock> {
  const source = {
    allocate: (bytes: number) => backend.allocateHost(bytes),
    free: (block: HostBlock) => backend.freeHost(block),
    createEvent: () => backend.createEvent(device),
  };
  const name = `${backend.kind} host memory`;
  return new CachingAllocator(source, { name, maxCachedBytes, reuseInQueue: false });
}

function freeBytesOf(backend: GpuBackend, device: number): number {
  const found = backend.devices().find(({ index }) => index === device);
  if (found !== undefined) return found.freeBytes;
  throw contractError(`backend ${backend.kind} has no device ${String(device)}`);
}
