import { EdmeshError } from '../../edm/index.ts';
import type { DeviceBlock, GpuEvent, GpuQueue, HostBlock, OperationArguments } from '../backend.ts';
import type { Allocation } from '../cached-block.ts';
import type { CachingAllocator } from '../caching-allocator.ts';
import { contractError, memoryError, messageOf, operationError } from '../gpu-errors.ts';
import { checkArguments, type BlockCheck } from '../operations/check-arguments.ts';
import type { OperationRegistry } from '../operations/operation-registry.ts';
import { cudaOutOfMemory, cudaResultOf, type CudaAddon, type Handle } from './cuda-addon.ts';
import type { CudaCompletions } from './cuda-completions.ts';
import type { CudaContext } from './cuda-context.ts';
import type { CudaMemory } from './cuda-memory.ts';
import type { CudaStatus } from './cuda-status.ts';

/** What the queues and events of a backend share. */
export interface CudaParts {
  readonly addon: CudaAddon;
  readonly status: CudaStatus;
  readonly memory: CudaMemory;
  readonly completions: CudaCompletions;
  readonly operations: OperationRegistry;
}

/** An event of the CUDA driver. */
export class CudaEvent implements GpuEvent {
  readonly device: number;
  readonly handle: Handle;
  readonly parts: CudaParts;
  /** What had failed in the queue that recorded it last. */
  failure: EdmeshError | undefined;

  constructor(parts: CudaParts, context: CudaContext) {
    this.parts = parts;
    this.device = context.device;
    this.handle = parts.status.ask(context.handle, 'an event', 0, () =>
      parts.addon.createEvent(context.handle),
    );
  }

  ready(): boolean {
    const { addon, status } = this.parts;
    if (status.failure !== undefined) return true;
    const result = addon.queryEvent(this.handle);
    if (result === 0) return true;
    return status.observe(result) !== undefined;
  }
}

/** A download by way of pinned memory: the target gets its bytes when the queue is done. */
interface StagedDownload {
  readonly target: Uint8Array;
  readonly staging: Allocation<HostBlock>;
}

/** Transfers from and to ordinary memory go in pieces of at most this. */
const stagedBytes = 2 ** 26;

/** A stream of the CUDA driver. */
export class CudaQueue implements GpuQueue {
  readonly device: number;
  readonly id: number;
  readonly #parts: CudaParts;
  readonly #context: CudaContext;
  readonly #staging: CachingAllocator<HostBlock>;
  readonly #handle: Handle;
  readonly #checkBlock: BlockCheck;
  /** What has failed since the last `done`; commands are skipped. */
  #failure: EdmeshError | undefined;
  #downloads: StagedDownload[] = [];

  constructor(
    parts: CudaParts,
    context: CudaContext,
    staging: CachingAllocator<HostBlock>,
    id: number,
    hostFunctions: boolean,
  ) {
    this.id = id;
    this.device = context.device;
    this.#parts = parts;
    this.#context = context;
    this.#staging = staging;
    this.#handle = parts.status.ask(context.handle, 'a queue', 0, () =>
      parts.addon.createQueue(context.handle, hostFunctions),
    );
    this.#checkBlock = (block) => {
      this.#own(block);
    };
  }

  upload(target: DeviceBlock, source: ArrayBufferView, byteOffset = 0): void {
    const { addon, status, memory } = this.#parts;
    status.check();
    const { handle } = this.#range(target, byteOffset, source.byteLength);
    if (source.byteLength === 0 || this.#failure !== undefined) return;
    const bytes = bytesOf(source);
    this.#try('upload', () => {
      if (memory.isPinned(source)) {
        addon.upload(this.#handle, handle, byteOffset, bytes);
        return;
      }
      for (let at = 0; at < bytes.byteLength; at += stagedBytes) {
        const piece = bytes.subarray(at, at + stagedBytes);
        const staging = this.#staging.allocate(piece.byteLength, this);
        const copy = staging.block.memory.subarray(0, piece.byteLength);
        copy.set(piece);
        try {
          addon.upload(this.#handle, handle, byteOffset + at, copy);
        } finally {
          this.#staging.free(staging);
        }
      }
    });
  }

  download(target: ArrayBufferView, source: DeviceBlock, byteOffset = 0): void {
    const { addon, status, memory } = this.#parts;
    status.check();
    const { handle } = this.#range(source, byteOffset, target.byteLength);
    if (target.byteLength === 0 || this.#failure !== undefined) return;
    const bytes = bytesOf(target);
    this.#try('download', () => {
      if (memory.isPinned(target)) {
        addon.download(this.#handle, handle, byteOffset, bytes);
        return;
      }
      for (let at = 0; at < bytes.byteLength; at += stagedBytes) {
        const piece = bytes.subarray(at, at + stagedBytes);
        const staging = this.#staging.allocate(piece.byteLength, this);
        this.#downloads.push({ target: piece, staging });
        const copy = staging.block.memory.subarray(0, piece.byteLength);
        addon.download(this.#handle, handle, byteOffset + at, copy);
      }
    });
  }

  run(name: string, args: OperationArguments): void {
    const { addon, status, operations } = this.#parts;
    status.check();
    const operation = operations.get(name);
    checkArguments(operation, args, this.#checkBlock);
    if (operation.cuda === undefined) {
      throw contractError(`operation ${name} has no cuda body`, { operation: name });
    }
    if (this.#failure !== undefined) return;
    this.#try(name, () => {
      const plan = this.#context.planOf(operation);
      if (plan.fill(args)) addon.launch(this.#handle, plan.kernel);
    });
  }

  record(given: GpuEvent): void {
    const { addon, status } = this.#parts;
    status.check();
    const event = this.#ownEvent(given);
    if (event.device !== this.device) {
      throw contractError(
        `the event is of device ${String(event.device)}, the queue of device ${String(this.device)}`,
      );
    }
    this.#try('record', () => {
      addon.record(this.#handle, event.handle);
    });
    event.failure = this.#failure;
  }

  wait(given: GpuEvent): void {
    const { addon, status } = this.#parts;
    status.check();
    const event = this.#ownEvent(given);
    this.#failure ??= event.failure;
    this.#try('wait', () => {
      addon.wait(this.#handle, event.handle);
    });
  }

  async done(): Promise<void> {
    const { addon, status, completions } = this.#parts;
    status.check();
    const downloads = this.#downloads;
    const failed = this.#failure;
    if (downloads.length > 0) this.#downloads = [];
    this.#failure = undefined;
    try {
      await completions.ask(addon, this.#handle);
      if (failed !== undefined) throw failed;
      for (const { target, staging } of downloads) {
        target.set(staging.block.memory.subarray(0, target.byteLength));
      }
    } catch (error) {
      throw this.#errorOf('done', error);
    } finally {
      if (status.isUsable) {
        for (const { staging } of downloads) this.#staging.free(staging);
      }
    }
  }

  /** Puts a command into the queue; where that fails, so does the queue. Throws where the device is lost. */
  #try(operation: string, command: () => void): void {
    try {
      command();
    } catch (error) {
      const failure = this.#errorOf(operation, error);
      if (failure.code === 'EDMESH_GPU_LOST') throw failure;
      this.#failure ??= failure;
    }
  }

  #errorOf(operation: string, error: unknown): EdmeshError {
    const lost = this.#parts.status.blame(this.#handle, error);
    if (lost !== undefined) return lost;
    if (cudaResultOf(error) === cudaOutOfMemory) {
      return memoryError(`${operation} on backend cuda: ${messageOf(error)}`, 0, error);
    }
    if (error instanceof EdmeshError) return error;
    return operationError({ backend: 'cuda', queue: this.id, operation }, error);
  }

  #range(given: DeviceBlock, byteOffset: number, bytes: number): { readonly handle: Handle } {
    const block = this.#own(given);
    if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset + bytes > block.bytes) {
      throw contractError(
        `bytes ${String(byteOffset)} to ${String(byteOffset + bytes)} are not in a block of ${String(block.bytes)}`,
      );
    }
    return block;
  }

  #own(given: DeviceBlock): { readonly handle: Handle; readonly bytes: number } {
    const block = this.#parts.memory.own(given);
    if (block.device === this.device) return block;
    throw contractError(
      `the memory is of device ${String(block.device)}, the queue of device ${String(this.device)}`,
    );
  }

  #ownEvent(event: GpuEvent): CudaEvent {
    if (event instanceof CudaEvent && event.parts === this.#parts) return event;
    throw contractError('the event is of another backend');
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
