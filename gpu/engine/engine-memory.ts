import type { DeviceBlock, HostBlock } from '../backend.ts';
import { contractError, memoryError } from '../gpu-errors.ts';
import type { EnginePort } from './engine-port.ts';

/** Device memory of an engine: memory that the thread shares. */
export class EngineBlock implements DeviceBlock {
  readonly device = 0;
  readonly bytes: number;
  readonly address: number;
  /** The name of the block in commands. */
  readonly id: number;
  readonly owner: EngineMemory;
  isFreed = false;

  constructor(owner: EngineMemory, id: number, bytes: number, address: number) {
    this.owner = owner;
    this.id = id;
    this.bytes = bytes;
    this.address = address;
  }
}

/** Host memory that the thread reads and writes in place. */
class SharedHostBlock implements HostBlock {
  readonly memory: Uint8Array<SharedArrayBuffer>;
  constructor(memory: Uint8Array<SharedArrayBuffer>) {
    this.memory = memory;
  }
}

/** The memory of one engine, all of it taken from a limit. */
export class EngineMemory {
  /** The limit, bytes. */
  readonly limitBytes: number;
  readonly #backend: string;
  readonly #port: EnginePort;
  readonly #hostBlocks = new Set<HostBlock>();
  #usedBytes = 0;
  #nextId = 0;
  #nextAddress = 256;

  constructor(backend: string, port: EnginePort, limitBytes: number) {
    this.#backend = backend;
    this.#port = port;
    this.limitBytes = limitBytes;
  }

  /** What is left of the limit, bytes. */
  get freeBytes(): number {
    return this.limitBytes - this.#usedBytes;
  }

  /** See {@link GpuBackend.allocate}. */
  allocate(bytes: number): EngineBlock {
    const memory = this.#take(bytes);
    const id = this.#nextId++;
    const block = new EngineBlock(this, id, bytes, this.#nextAddress);
    this.#nextAddress += Math.ceil((bytes + 1) / 256) * 256;
    this.#port.push({ kind: 'block', block: id, memory });
    return block;
  }

  /** See {@link GpuBackend.free}. */
  free(given: DeviceBlock): void {
    const block = this.own(given);
    block.isFreed = true;
    this.#usedBytes -= block.bytes;
    this.#port.push({ kind: 'forget', block: block.id });
  }

  /** A block as one of this engine. Throws `EDMESH_GPU_CONTRACT` where it is not, or was freed. */
  own(block: DeviceBlock): EngineBlock {
    if (!(block instanceof EngineBlock) || block.owner !== this) {
      throw contractError(`the memory is not of backend ${this.#backend}`);
    }
    if (block.isFreed) {
      throw contractError(`the memory at ${String(block.address)} was freed`);
    }
    return block;
  }

  /** See {@link GpuBackend.allocateHost}. */
  allocateHost(bytes: number): HostBlock {
    const block = new SharedHostBlock(new Uint8Array(this.#take(bytes)));
    this.#hostBlocks.add(block);
    return block;
  }

  /** See {@link GpuBackend.freeHost}. */
  freeHost(block: HostBlock): void {
    if (!this.#hostBlocks.delete(block)) {
      throw contractError(`the host memory is not of backend ${this.#backend}, or was freed`);
    }
    this.#usedBytes -= block.memory.byteLength;
  }

  #take(bytes: number): SharedArrayBuffer {
    if (!Number.isSafeInteger(bytes) || bytes < 0) {
      throw contractError(`${String(bytes)} is no number of bytes`);
    }
    if (bytes > this.freeBytes) {
      throw memoryError(
        `backend ${this.#backend} has ${String(this.freeBytes)} bytes left of ` +
          `${String(this.limitBytes)}, ${String(bytes)} are asked for`,
        bytes,
      );
    }
    try {
      const memory = new SharedArrayBuffer(bytes);
      this.#usedBytes += bytes;
      return memory;
    } catch (error) {
      throw memoryError(`backend ${this.#backend}: no ${String(bytes)} bytes left`, bytes, error);
    }
  }
}
