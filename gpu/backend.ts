import { backendNames, type BackendName, type EdmeshError } from '../edm/index.ts';

/** The kinds of backend, as `--gpu` names them. */
export const backendKinds = backendNames;
/** A kind of backend. */
export type BackendKind = BackendName;

/** What a backend can do. What it cannot do it emulates or refuses, as the methods say. */
export interface GpuCapabilities {
  /** Operations run on a GPU, not on the processor. */
  readonly onGpu: boolean;
  /** Work of different queues can run at the same time. Without, all queues of a device share one order. */
  readonly streams: boolean;
  /** Host memory is page-locked: transfers from and to it run beside other work. Without, it is ordinary shared memory. */
  readonly pinned: boolean;
  /** `cuda` bodies of operations run, and blocks have real device addresses. */
  readonly kernels: boolean;
  /** Reading results blocks the thread of the backend (which is never the thread of its user). */
  readonly blockingRead: boolean;
}

/** One device of a backend. */
export interface DeviceInfo {
  /** 0 and up, without gaps. */
  readonly index: number;
  readonly name: string;
  /** All memory of the device, bytes. */
  readonly memoryBytes: number;
  /** Memory that was free when asked, bytes. */
  readonly freeBytes: number;
  /** Driver or library that runs it, with its version. */
  readonly driver: string;
}

/** A piece of device memory. Objects are made by the backend alone and are compared by identity. */
export interface DeviceBlock {
  readonly device: number;
  /** Its size, at least what was asked for. */
  readonly bytes: number;
  /** The address on the device where the backend has `kernels`; elsewhere a number that no living block shares. */
  readonly address: number;
}

/** A piece of host memory that transfers need not copy first. */
export interface HostBlock {
  /** The memory, on a SharedArrayBuffer where other threads may read it. Starts at a multiple of 64 bytes of its buffer. */
  readonly memory: Uint8Array;
}

/** Elements of one type in a device block: an argument of an operation. The type is the one the operation declares. */
export interface DeviceArray {
  readonly block: DeviceBlock;
  /** Where it starts in the block: a multiple of the size of its elements. */
  readonly byteOffset: number;
  /** Number of elements. */
  readonly length: number;
}

/** Arguments of an operation by the names it declares: arrays on the device, and numbers. */
export type OperationArguments = Readonly<Record<string, DeviceArray | number>>;

/** Which body of an operation a backend runs. */
export type BodyKind = 'cuda' | 'tfjs' | 'ref';

/** A mark in the work of a queue. It can be recorded again when nobody waits for its last use. */
export interface GpuEvent {
  readonly device: number;
  /**
   * Whether all work before the last `record` has ended, well or not; true before the first. Costs nanoseconds, never
   * waits, and does not need the event loop to turn.
   */
  ready(): boolean;
}

/**
 * An order of work on one device. All methods but `done` put a command at the end of the queue and return; none waits.
 * They throw EdmeshError `EDMESH_GPU_CONTRACT` at once for what is wrong in the call itself (unknown operation, wrong
 * arguments, a block that was freed or is of another device or backend, a range outside of its block), and
 * `EDMESH_GPU_LOST` where the device is lost.
 *
 * A command that fails on the device fails its queue: later commands are skipped up to the next `done`, which rejects.
 * The queue then works again. An event that is recorded in a failed queue carries the failure to the queues that wait on
 * it, so that a consumer never works on what was not made.
 */
export interface GpuQueue {
  readonly device: number;
  /** Counts from 0 in each backend; named in errors. */
  readonly id: number;
  /**
   * Copies host memory to the device. The source of a host block, or on memory that is shared or pinned, is read when the
   * queue comes to it and must not change before; other memory is copied at once and is free when the call returns.
   *
   * @param byteOffset where in the block the copy starts, default 0
   */
  upload(target: DeviceBlock, source: ArrayBufferView, byteOffset?: number): void;
  /**
   * Copies device memory to the host, as many bytes as the target has. The target holds them when `done` says so; that of
   * a host block, or pinned memory, also when an event does that was recorded later. The backend keeps the target alive
   * until then.
   *
   * @param byteOffset where in the block the copy starts, default 0
   */
  download(target: ArrayBufferView, source: DeviceBlock, byteOffset?: number): void;
  /** Runs an operation that is registered under this name. */
  run(operation: string, args: OperationArguments): void;
  /** Marks this place in the queue. */
  record(event: GpuEvent): void;
  /** Lets later commands of this queue start only after the last place `event` was recorded at. The host does not wait. */
  wait(event: GpuEvent): void;
  /**
   * Resolves when all commands so far have ended. Rejects with EdmeshError `EDMESH_GPU_OPERATION` (naming backend, queue
   * and operation), `EDMESH_GPU_MEMORY`, or `EDMESH_GPU_LOST`, when one of them failed.
   */
  done(): Promise<void>;
}

/**
 * Devices of one kind and all that happens on them. One thread uses a backend object. Memory, queues and events are what
 * the device gives, uncached: the caching allocator and the caches of queues and events are above.
 */
export interface GpuBackend {
  readonly kind: BackendKind;
  readonly capabilities: GpuCapabilities;
  /** The devices; at least one. */
  devices(): readonly DeviceInfo[];
  /** The body that `run` uses for an operation; nothing where it cannot run it. */
  bodyOf(operation: string): BodyKind | undefined;
  /** A new queue. Throws `EDMESH_GPU_CONTRACT` where there is no such device. */
  createQueue(device: number): GpuQueue;
  /** A new event, for queues of one device; queues of other devices may wait on it too. */
  createEvent(device: number): GpuEvent;
  /** Device memory, undefined content. Throws `EDMESH_GPU_MEMORY` where there is not enough. */
  allocate(device: number, bytes: number): DeviceBlock;
  /**
   * Gives device memory back. Work that is queued already may still use it: the backend sees to that, and may wait for the
   * device (the CUDA driver does), so this is nothing for every event.
   */
  free(block: DeviceBlock): void;
  /** Host memory, pinned where the backend can. Throws `EDMESH_GPU_MEMORY`. */
  allocateHost(bytes: number): HostBlock;
  /** As `free`, for host memory. Its `memory` must not be used again. */
  freeHost(block: HostBlock): void;
  /**
   * Pins memory that somebody else allocated, so that transfers treat it as a host block; false where the backend cannot,
   * which costs speed only. `unpin` before the memory goes away.
   */
  pin(memory: Uint8Array<SharedArrayBuffer>): boolean;
  /** Undoes `pin`; does nothing for memory that was not pinned. */
  unpin(memory: Uint8Array<SharedArrayBuffer>): void;
  /** Resolves with `EDMESH_GPU_LOST` when the devices can no longer be used; every `done` then rejects with it. */
  readonly lost: Promise<EdmeshError>;
  /** Lets queued work end, then gives everything back. Later calls throw or reject with `EDMESH_GPU_CONTRACT`. */
  close(): Promise<void>;
}

/** Why a backend is not used, for people and for the report. */
export interface BackendRefusal {
  readonly kind: BackendKind;
  /** What is missing or was not asked for. */
  readonly reason: string;
  /** What a user can do about it; empty where nothing. */
  readonly remedy: string;
}

/** A backend, or why there is none. Opening never throws for what a machine lacks. */
export type OpenedBackend =
  | { readonly backend: GpuBackend; readonly refused?: never }
  | { readonly backend?: never; readonly refused: BackendRefusal };
