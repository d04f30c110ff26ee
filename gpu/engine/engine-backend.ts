import type { EdmeshError } from '../../edm/index.ts';
import type {
  BodyKind,
  DeviceBlock,
  DeviceInfo,
  GpuBackend,
  GpuCapabilities,
  GpuEvent,
  GpuQueue,
  HostBlock,
} from '../backend.ts';
import { contractError } from '../gpu-errors.ts';
import type { OperationRegistry } from '../operations/operation-registry.ts';
import { engineBody } from './engine-body.ts';
import { EngineMemory } from './engine-memory.ts';
import type { EngineKind } from './engine-messages.ts';
import type { EnginePort } from './engine-port.ts';
import { EngineEvent, EngineQueue } from './engine-queue.ts';

/** What an opened engine is made of. */
export interface EngineBackendParts {
  readonly kind: EngineKind;
  readonly port: EnginePort;
  readonly operations: OperationRegistry;
  readonly memoryBytes: number;
  readonly prefersRef: boolean;
  readonly name: string;
  readonly driver: string;
}

/**
 * A backend that runs operations in a thread of its own: the `tfjs` body, or `ref` where there is none or
 * it is the faster one.
 * It has one device. Device memory is memory that the thread shares, and tensors where operations made it.
 */
export class EngineBackend implements GpuBackend {
  readonly kind: EngineKind;
  readonly capabilities: GpuCapabilities;
  readonly lost: Promise<EdmeshError>;
  readonly #parts: EngineBackendParts;
  readonly #memory: EngineMemory;
  #queues = 0;
  #events = 0;

  constructor(parts: EngineBackendParts) {
    const { kind, port, memoryBytes } = parts;
    const onGpu = kind === 'tfjs-node-gpu' || kind === 'webgpu';
    this.kind = kind;
    this.capabilities = {
      onGpu,
      streams: false,
      pinned: false,
      kernels: false,
      blockingRead: kind !== 'webgpu',
    };
    this.lost = port.lost;
    this.#parts = parts;
    this.#memory = new EngineMemory(kind, port, memoryBytes);
  }

  devices(): readonly DeviceInfo[] {
    const { name, driver } = this.#parts;
    const { limitBytes, freeBytes } = this.#memory;
    return [{ index: 0, name, memoryBytes: limitBytes, freeBytes, driver }];
  }

  bodyOf(operation: string): BodyKind | undefined {
    const { operations, prefersRef } = this.#parts;
    const found = operations.find(operation);
    return found === undefined ? undefined : engineBody(found, this.kind, prefersRef);
  }

  createQueue(device: number): GpuQueue {
    this.#check(device);
    const { port, operations } = this.#parts;
    return new EngineQueue(this.#queues++, port, this.#memory, operations);
  }

  createEvent(device: number): GpuEvent {
    this.#check(device);
    return new EngineEvent(this.#events++, this.#parts.port);
  }

  allocate(device: number, bytes: number): DeviceBlock {
    this.#check(device);
    return this.#memory.allocate(bytes);
  }

  free(block: DeviceBlock): void {
    this.#memory.free(block);
  }

  allocateHost(bytes: number): HostBlock {
    return this.#memory.allocateHost(bytes);
  }

  freeHost(block: HostBlock): void {
    this.#memory.freeHost(block);
  }

  pin(_memory: Uint8Array<SharedArrayBuffer>): boolean {
    return false;
  }

  unpin(_memory: Uint8Array<SharedArrayBuffer>): void {
    // Nothing was pinned: the thread reads all shared memory in place.
  }

  close(): Promise<void> {
    return this.#parts.port.close();
  }

  #check(device: number): void {
    if (device !== 0) throw contractError(`backend ${this.kind} has no device ${String(device)}`);
  }
}
