/** A device whose work ends when the test says so, with a limit of memory: what allocators and caches are tried on. */
import type { GpuEvent, GpuQueue } from '../../gpu/backend.ts';
import type { AllocatorSource } from '../../gpu/caching-allocator.ts';
import { memoryError } from '../../gpu/gpu-errors.ts';

/** A block of the device. */
export interface Block {
  readonly bytes: number;
  readonly id: number;
}

class Mark implements GpuEvent {
  readonly device = 0;
  place: { queue: HandQueue; at: number } | undefined;
  ready(): boolean {
    return this.place === undefined || this.place.queue.ended >= this.place.at;
  }
}

/** A queue of commands that take no time but an order: `finish` ends those so far. */
export class HandQueue implements GpuQueue {
  readonly device = 0;
  readonly id: number;
  queued = 0;
  ended = 0;
  /** Thrown by `record`, once it is set. */
  failure: Error | undefined;
  readonly seen: (event: GpuEvent) => void;

  constructor(id: number, seen: (event: GpuEvent) => void = () => undefined) {
    this.id = id;
    this.seen = seen;
  }

  upload(): void {
    this.queued++;
  }
  download(): void {
    this.queued++;
  }
  run(): void {
    this.queued++;
  }
  wait(): void {
    this.queued++;
  }
  record(event: GpuEvent): void {
    if (this.failure !== undefined) throw this.failure;
    if (event instanceof Mark) event.place = { queue: this, at: ++this.queued };
    this.seen(event);
  }
  async done(): Promise<void> {
    this.finish();
  }
  finish(): void {
    this.ended = this.queued;
  }
}

/** Gives blocks out of so many bytes. */
export class HandSource implements AllocatorSource<Block> {
  readonly limitBytes: number;
  usedBytes = 0;
  made = 0;
  freed = 0;
  readonly #blocks = new Set<Block>();

  constructor(limitBytes = 2 ** 40) {
    this.limitBytes = limitBytes;
  }

  allocate(bytes: number): Block {
    if (this.usedBytes + bytes > this.limitBytes) throw memoryError('the device is full', bytes);
    this.usedBytes += bytes;
    const block = { bytes, id: this.made++ };
    this.#blocks.add(block);
    return block;
  }

  free(block: Block): void {
    if (!this.#blocks.delete(block)) throw new Error('freed twice');
    this.usedBytes -= block.bytes;
    this.freed++;
  }

  createEvent(): GpuEvent {
    return new Mark();
  }
}
