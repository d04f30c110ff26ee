import type { GpuBackend, GpuEvent, GpuQueue } from './backend.ts';
import { contractError } from './gpu-errors.ts';

/** A queue with owners: the products and modules whose work is in its order. */
export class SharedQueue {
  readonly queue: GpuQueue;
  readonly #giveBack: (queue: SharedQueue) => void;
  #owners = 0;

  constructor(queue: GpuQueue, giveBack: (queue: SharedQueue) => void) {
    this.queue = queue;
    this.#giveBack = giveBack;
  }

  /** One more owner. */
  retain(): this {
    this.#owners++;
    return this;
  }

  /** One owner less; without any, the queue goes back to its cache. Throws `EDMESH_GPU_CONTRACT` where there was none. */
  release(): void {
    if (this.#owners === 0) throw contractError(`queue ${String(this.queue.id)} has no owner`);
    if (--this.#owners === 0) this.#giveBack(this);
  }
}

/** Queues that are used again. A queue that comes back may still have work, which what comes next in it follows. */
export class QueueCache {
  readonly #backend: GpuBackend;
  readonly #idle: SharedQueue[][];
  #made = 0;

  constructor(backend: GpuBackend) {
    this.#backend = backend;
    this.#idle = backend.devices().map(() => []);
  }

  /** How many queues there are, idle or not. */
  get size(): number {
    return this.#made;
  }

  /** A queue with one owner. Throws `EDMESH_GPU_CONTRACT` where there is no such device. */
  acquire(device: number): SharedQueue {
    const idle = this.#idle[device];
    const known = idle?.pop();
    if (known !== undefined) return known.retain();
    const queue = this.#backend.createQueue(device);
    this.#made++;
    return new SharedQueue(queue, (shared) => idle?.push(shared)).retain();
  }
}

/** Events that are used again. */
export class EventCache {
  readonly #backend: GpuBackend;
  readonly #idle: GpuEvent[][];
  #made = 0;

  constructor(backend: GpuBackend) {
    this.#backend = backend;
    this.#idle = backend.devices().map(() => []);
  }

  /** How many events there are, idle or not. */
  get size(): number {
    return this.#made;
  }

  /** An event whose last mark, if any, has been passed. Throws `EDMESH_GPU_CONTRACT` where there is no such device. */
  acquire(device: number): GpuEvent {
    const idle = this.#idle[device] ?? [];
    for (let index = idle.length - 1; index >= 0; index--) {
      const event = idle[index];
      if (event?.ready() !== true) continue;
      const last = idle.pop();
      if (last !== undefined && last !== event) idle[index] = last;
      return event;
    }
    this.#made++;
    return this.#backend.createEvent(device);
  }

  /** Takes an event back; queues may still wait on its last mark. */
  release(event: GpuEvent): void {
    this.#idle[event.device]?.push(event);
  }
}
