import type { EdmeshError } from '../../edm/index.ts';
import type {
  DeviceBlock,
  DeviceInfo,
  GpuBackend,
  GpuCapabilities,
  GpuEvent,
  GpuQueue,
  HostBlock,
} from '../backend.ts';
import { CachingAllocator } from '../caching-allocator.ts';
import { contractError } from '../gpu-errors.ts';
import type { CompletionStatistics } from './cuda-addon.ts';
import type { CudaContext } from './cuda-context.ts';
import { CudaEvent, CudaQueue, type CudaParts } from './cuda-queue.ts';

/** What an opened CUDA backend is made of. */
export interface CudaBackendParts extends CudaParts {
  readonly contexts: readonly CudaContext[];
  /** For {@link DeviceInfo}. */
  readonly driver: string;
  /** Whether the driver calls back at a completion, in place of threads that wait for it. */
  readonly hostFunctions: boolean;
}

/** Pinned memory that is kept for transfers from and to ordinary memory, bytes a device. */
const stagingKeptBytes = 2 ** 28;

/** A backend over the CUDA driver: the addon does what the driver can, this what it cannot. */
export class CudaBackend implements GpuBackend {
  readonly kind = 'cuda';
  readonly capabilities: GpuCapabilities = {
    onGpu: true,
    streams: true,
    pinned: true,
    kernels: true,
    blockingRead: false,
  };
  readonly lost: Promise<EdmeshError>;
  readonly #parts: CudaBackendParts;
  readonly #staging: readonly CachingAllocator<HostBlock>[];
  readonly #queues: CudaQueue[] = [];
  #closed: Promise<void> | undefined;

  constructor(parts: CudaBackendParts) {
    this.#parts = parts;
    this.lost = parts.status.lost;
    this.#staging = parts.contexts.map(
      (context) =>
        new CachingAllocator<HostBlock>(
          {
            allocate: (bytes) => parts.memory.allocateHost(bytes),
            free: (block) => {
              parts.memory.freeHost(block);
            },
            createEvent: () => new CudaEvent(parts, context),
          },
          { name: 'cuda staging', maxCachedBytes: stagingKeptBytes, reuseInQueue: false },
        ),
    );
  }

  /** What was counted of completions. */
  get statistics(): CompletionStatistics {
    return this.#parts.addon.statistics();
  }

  devices(): readonly DeviceInfo[] {
    const { contexts, driver, status } = this.#parts;
    return contexts.map((context) => ({
      index: context.device,
      name: context.info.name,
      memoryBytes: context.info.totalBytes,
      freeBytes: status.isUsable ? context.freeBytes : 0,
      driver,
    }));
  }

  bodyOf(operation: string): 'cuda' | undefined {
    return this.#parts.operations.find(operation)?.cuda === undefined ? undefined : 'cuda';
  }

  createQueue(device: number): GpuQueue {
    const context = this.#context(device);
    const staging = this.#staging[device];
    if (staging === undefined) throw this.#noDevice(device);
    const { hostFunctions } = this.#parts;
    const queue = new CudaQueue(this.#parts, context, staging, this.#queues.length, hostFunctions);
    this.#queues.push(queue);
    return queue;
  }

  createEvent(device: number): GpuEvent {
    return new CudaEvent(this.#parts, this.#context(device));
  }

  allocate(device: number, bytes: number): DeviceBlock {
    return this.#parts.memory.allocate(this.#context(device), bytes);
  }

  free(block: DeviceBlock): void {
    this.#parts.status.check();
    this.#parts.memory.free(block);
  }

  allocateHost(bytes: number): HostBlock {
    this.#parts.status.check();
    return this.#parts.memory.allocateHost(bytes);
  }

  freeHost(block: HostBlock): void {
    this.#parts.status.check();
    this.#parts.memory.freeHost(block);
  }

  pin(memory: Uint8Array<SharedArrayBuffer>): boolean {
    this.#parts.status.check();
    return this.#parts.memory.pin(memory);
  }

  unpin(memory: Uint8Array<SharedArrayBuffer>): void {
    this.#parts.memory.unpin(memory);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { addon, status, memory } = this.#parts;
    const ends = status.failure === undefined ? this.#queues.map((queue) => queue.done()) : [];
    status.close();
    // What failed was for others to hear of; here it only has to be over.
    await Promise.allSettled(ends);
    memory.close();
    addon.close();
  }

  #context(device: number): CudaContext {
    const { contexts, status } = this.#parts;
    status.check();
    const context = contexts[device];
    if (context === undefined) throw this.#noDevice(device);
    return context;
  }

  #noDevice(device: number): EdmeshError {
    return contractError(`backend cuda has no device ${String(device)}`);
  }
}
