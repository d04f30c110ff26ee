import { createActor, type ActorRefFrom, type AnyActorRef } from 'xstate';
import { EdmeshError, type Logger } from '../../edm/index.ts';
import {
  deviceAllocator,
  EventCache,
  hostAllocator,
  QueueCache,
  type AllocatorCounters,
  type CachingAllocator,
  type GpuLease,
  type OpenGpu,
  type OperationRegistry,
} from '../../gpu/index.ts';
import { DeviceConstants } from './device-constants.ts';
import { gpuDeviceMachine } from './gpu-device.machine.ts';
import type { GpuParts } from './gpu-parts.ts';
import { addedCounters, type GpuReport } from './gpu-report.ts';
import { GpuStream } from './gpu-stream.ts';

/** After so many works without a failure a degraded device counts as ready. */
const recoveredAfter = 100;

/**
 * The GPU of one lane: its backend, and what its modules do there. It is opened when a module needs it, and where it is not
 * there or fails, their work is done on the host.
 */
export class LaneGpu {
  readonly #open: OpenGpu;
  readonly #logger: Logger;
  readonly #operations: OperationRegistry;
  readonly #streams = new Map<number, GpuStream>();
  readonly #failuresSaid = new Set<string>();
  #isNeeded = false;
  #lease: GpuLease | undefined;
  #parts: GpuParts | undefined;
  #actor: ActorRefFrom<typeof gpuDeviceMachine> | undefined;
  #isUsable = false;
  #isDegraded = false;
  #goodWorks = 0;

  constructor(open: OpenGpu, logger: Logger, operations: OperationRegistry) {
    this.#open = open;
    this.#operations = operations;
    this.#logger = logger;
  }

  /** A module that uses the GPU is constructed. */
  need(): void {
    this.#isNeeded = true;
  }

  /** Whether a module uses the GPU. */
  get isNeeded(): boolean {
    return this.#isNeeded;
  }

  /** Whether work goes to the device. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Opens the backend, where a module needs it. Rejects with `EDMESH_GPU_UNAVAILABLE`. */
  async open(parent: AnyActorRef): Promise<void> {
    if (!this.#isNeeded) return;
    const systemId = `gpu of ${parent.id}`;
    const actor = createActor(gpuDeviceMachine, { parent, id: 'gpu', systemId }).start();
    this.#actor = actor;
    try {
      this.#lease = await this.#open(this.#logger);
    } catch (error) {
      actor.send({ type: 'REFUSED', reason: messageOf(error) });
      throw error;
    }
    const { backend, refused } = this.#lease;
    const devices = backend.devices();
    this.#parts = {
      backend,
      operations: this.#operations,
      queues: new QueueCache(backend),
      events: new EventCache(backend),
      memory: devices.map(({ index }) => deviceAllocator(backend, index)),
      hostMemory: devices.map(({ index }) => hostAllocator(backend, index)),
      constants: devices.map(({ index }) => new DeviceConstants(backend, index)),
      counts: { operations: new Map(), fallbacks: 0, bytesUp: 0, bytesDown: 0 },
    };
    this.#isUsable = true;
    actor.send({ type: 'OPENED', backend: backend.kind, devices, refused });
    void backend.lost.then((error) => {
      this.#lost(error);
    });
  }

  /** What an EDM stream has on its device; nothing where no device can be used. */
  stream(index: number): GpuStream | undefined {
    if (!this.#isUsable || this.#parts === undefined) return undefined;
    let stream = this.#streams.get(index);
    if (stream === undefined) {
      stream = new GpuStream(index, this.#parts, (error) => {
        this.#unheard(error);
      });
      this.#streams.set(index, stream);
    }
    return stream;
  }

  /** The event of an EDM stream is over. */
  eventEnded(index: number): void {
    if (this.#isUsable) this.#streams.get(index)?.eventEnded();
  }

  /** Work on the device has gone well. */
  worked(): void {
    if (!this.#isDegraded || ++this.#goodWorks < recoveredAfter) return;
    this.#isDegraded = false;
    this.#actor?.send({ type: 'RECOVERED' });
  }

  /** Work on the device has failed; errors of modules and wrong calls are thrown again. */
  failed(error: unknown): void {
    if (!(error instanceof EdmeshError) || !deviceErrors.has(error.code)) throw error;
    if (error.code === 'EDMESH_GPU_LOST') {
      this.#lost(error);
      return;
    }
    this.#isDegraded = true;
    this.#goodWorks = 0;
    this.#actor?.send({ type: 'FAILED', reason: error.message });
    // Once for each kind of failure: it may be the same for every event.
    const said = `${error.code} ${String(error.fields.operation)}`;
    if (this.#failuresSaid.has(said)) return;
    this.#failuresSaid.add(said);
    this.#logger.warn(`gpu: ${error.message}; such work is done on the host`);
  }

  /** A work that was for the device is done on the host. */
  fellBack(): void {
    if (this.#parts !== undefined) this.#parts.counts.fallbacks++;
  }

  /** Memory came back from the device. */
  downloaded(bytes: number): void {
    if (this.#parts !== undefined) this.#parts.counts.bytesDown += bytes;
  }

  /** What became of the GPU; nothing where none was opened. */
  report(): GpuReport | undefined {
    const parts = this.#parts;
    if (parts === undefined) return undefined;
    const { backend, queues, counts, memory, hostMemory } = parts;
    return {
      backend: backend.kind,
      devices: this.#actor?.getSnapshot().context.devices ?? [],
      refused: this.#lease?.refused ?? [],
      state: this.#actor?.getSnapshot().value ?? 'closed',
      operations: Object.fromEntries(
        [...counts.operations].map(([name, { body, runs }]) => [name, { body, runs }]),
      ),
      fallbacks: counts.fallbacks,
      bytesUp: counts.bytesUp,
      bytesDown: counts.bytesDown,
      queues: queues.size,
      allocator: { device: allCounters(memory), host: allCounters(hostMemory) },
    };
  }

  /** The job is over. */
  async close(): Promise<void> {
    this.#isUsable = false;
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.release();
    this.#actor?.send({ type: 'CLOSE' });
  }

  /** What went wrong where no module waited for it: there is nobody to throw it at. */
  #unheard(error: unknown): void {
    try {
      this.failed(error);
    } catch (notOfDevice) {
      this.#logger.error(`gpu: ${messageOf(notOfDevice)}`);
    }
  }

  #lost(error: EdmeshError): void {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    this.#logger.warn(`gpu: ${error.message}; from here on its work is done on the host`);
    this.#actor?.send({ type: 'LOST', reason: error.message });
  }
}

/** What goes wrong with a device, and not with the work. */
const deviceErrors: ReadonlySet<string> = new Set([
  'EDMESH_GPU_LOST',
  'EDMESH_GPU_MEMORY',
  'EDMESH_GPU_OPERATION',
]);

function allCounters<B>(allocators: readonly CachingAllocator<B>[]): AllocatorCounters {
  return allocators.map(({ counters }) => counters).reduce(addedCounters);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
