import type { GpuEvent, GpuQueue } from './backend.ts';

/** What an allocator gives: a block that may be larger than what was asked for. Valid until it is freed. */
export interface Allocation<B> {
  readonly block: B;
  /** The size of the block, a power of two. */
  readonly bytes: number;
  /** What was asked for. */
  readonly requestedBytes: number;
  /** The queue whose order the block follows. */
  readonly queue: GpuQueue;
}

/** A block that lives on in an allocator, whoever uses it at the time. */
export class CachedBlock<B> implements Allocation<B> {
  readonly block: B;
  readonly bin: number;
  readonly bytes: number;
  /** Marks the last use of the block by the queue that had it. */
  readonly event: GpuEvent;
  requestedBytes = 0;
  queue: GpuQueue;
  /** Neighbours in a list of free blocks. */
  next: CachedBlock<B> | undefined;
  previous: CachedBlock<B> | undefined;

  constructor(block: B, bin: number, event: GpuEvent, queue: GpuQueue) {
    this.block = block;
    this.bin = bin;
    this.bytes = 2 ** bin;
    this.event = event;
    this.queue = queue;
  }
}

/** Free blocks in the order in which they were freed. Adding and removing one allocates nothing. */
export class FreeList<B> {
  first: CachedBlock<B> | undefined;
  last: CachedBlock<B> | undefined;

  /** Adds a block that is in no list. */
  add(block: CachedBlock<B>): void {
    block.previous = this.last;
    block.next = undefined;
    if (this.last === undefined) this.first = block;
    else this.last.next = block;
    this.last = block;
  }

  /** Removes a block of this list. */
  remove(block: CachedBlock<B>): void {
    const { next, previous } = block;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    block.next = undefined;
    block.previous = undefined;
  }

  /** The block freed last by a queue. */
  ofQueue(queue: GpuQueue): CachedBlock<B> | undefined {
    let block = this.last;
    while (block !== undefined && block.queue !== queue) block = block.previous;
    return block;
  }

  /** The block freed first of those whose last use has ended. */
  ready(): CachedBlock<B> | undefined {
    let block = this.first;
    while (block !== undefined && !block.event.ready()) block = block.next;
    return block;
  }
}
