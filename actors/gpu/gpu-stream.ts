import { EdmeshError } from '../../edm/index.ts';
import type {
  Allocation,
  CachingAllocator,
  DeviceBlock,
  GpuEvent,
  GpuQueue,
  HostBlock,
  OperationArguments,
  SharedQueue,
} from '../../gpu/index.ts';
import type { DeviceOrigin, GpuProduct } from './gpu-product.ts';
import type { GpuParts } from './gpu-parts.ts';

/**
 * What the event of one EDM stream holds of a device, until it ends: memory, queues and events. All works of an event are
 * on the same device, that of its EDM stream.
 */
export class GpuStream {
  readonly device: number;
  readonly parts: GpuParts;
  readonly memory: CachingAllocator<DeviceBlock>;
  readonly hostMemory: CachingAllocator<HostBlock>;
  #allocations: Allocation<DeviceBlock>[] = [];
  #events: GpuEvent[] = [];
  /** The queues of this event; `true` where somebody waits for what is in it. */
  readonly #queues = new Map<SharedQueue, boolean>();
  readonly #unheard: (error: unknown) => void;

  /** @param unheard takes what went wrong in queues that no module waited for */
  constructor(index: number, parts: GpuParts, unheard: (error: unknown) => void) {
    this.device = index % parts.backend.devices().length;
    this.parts = parts;
    this.memory = known(parts.memory[this.device]);
    this.hostMemory = known(parts.hostMemory[this.device]);
    this.#unheard = unheard;
  }

  /** A place in a queue that follows the inputs of a work; the first input that nobody has followed gives its queue. */
  follow(inputs: readonly GpuProduct[]): DeviceOrigin {
    const origins = inputs.flatMap(({ place }) => (place === undefined ? [] : [place.origin]));
    const free = origins.find(({ isClaimed }) => !isClaimed);
    if (free !== undefined) free.isClaimed = true;
    const shared = free?.queue ?? this.parts.queues.acquire(this.device);
    this.#queues.set(shared, false);
    for (const { queue, event } of origins) {
      if (queue !== shared && !event.ready()) shared.queue.wait(event);
    }
    const event = this.parts.events.acquire(this.device);
    this.#events.push(event);
    return { queue: shared, event, isClaimed: false };
  }

  /** Device memory until the event ends. */
  allocate(bytes: number, queue: GpuQueue): DeviceBlock {
    const allocation = this.memory.allocate(bytes, queue);
    this.#allocations.push(allocation);
    return allocation.block;
  }

  /** Runs an operation, and counts it. */
  run(name: string, args: OperationArguments, queue: GpuQueue): void {
    const { backend, counts } = this.parts;
    let count = counts.operations.get(name);
    if (count === undefined) {
      const body = backend.bodyOf(name);
      if (body === undefined) {
        throw new EdmeshError(
          'EDMESH_GPU_OPERATION',
          `backend ${backend.kind} has no body of operation ${name}`,
          { fields: { backend: backend.kind, operation: name } },
        );
      }
      count = { body, runs: 0 };
      counts.operations.set(name, count);
    }
    queue.run(name, args);
    count.runs++;
  }

  /** Resolves when a work has ended, well or not as the queue says. */
  done({ queue }: DeviceOrigin): Promise<void> {
    this.#queues.set(queue, true);
    return queue.queue.done();
  }

  /** The event is over: gives everything back. What is still queued keeps its order with what is given out next. */
  eventEnded(): void {
    if (this.#queues.size === 0) return;
    const { events } = this.parts;
    const allocations = this.#allocations;
    this.#allocations = [];
    const ended = this.#events;
    this.#events = [];
    const queues = [...this.#queues];
    this.#queues.clear();
    try {
      for (const [shared, isHeard] of queues) {
        // A failure stays in its queue until somebody asks: the next event must not find it.
        if (!isHeard) shared.queue.done().catch(this.#unheard);
      }
      for (const allocation of allocations) this.memory.free(allocation);
      for (const event of ended) events.release(event);
      for (const [shared] of queues) shared.release();
    } catch (error) {
      this.#unheard(error);
    }
  }
}

function known<T>(part: T | undefined): T {
  if (part === undefined) throw new EdmeshError('EDMESH_INTERNAL', 'the device has no allocator');
  return part;
}
