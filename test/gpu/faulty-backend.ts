/**
 * A backend that runs `ref` bodies in this thread, in queues that move when the test's event loop turns, and that fails when
 * it is told to. What is on which queue can be read in its trace.
 */
import type { EdmeshError } from '../../edm/index.ts';
import type {
  BodyKind,
  DeviceBlock,
  DeviceInfo,
  GpuBackend,
  GpuEvent,
  GpuQueue,
  HostBlock,
  OperationArguments,
} from '../../gpu/backend.ts';
import { contractError, lostError, memoryError, operationError } from '../../gpu/gpu-errors.ts';
import { checkArguments } from '../../gpu/operations/check-arguments.ts';
import { elementView, type ElementArray } from '../../gpu/operations/elements.ts';
import { builtInOperations } from '../../gpu/operations/built-in-operations.ts';
import { OperationRegistry } from '../../gpu/operations/operation-registry.ts';

class Block implements DeviceBlock {
  readonly device: number;
  readonly bytes: number;
  readonly address = 0;
  readonly buffer: ArrayBuffer;
  isFreed = false;
  constructor(device: number, bytes: number) {
    this.device = device;
    this.bytes = bytes;
    this.buffer = new ArrayBuffer(bytes);
  }
}

class Mark implements GpuEvent {
  readonly device: number;
  isReached = true;
  failure: EdmeshError | undefined;
  constructor(device: number) {
    this.device = device;
  }
  ready(): boolean {
    return this.isReached;
  }
}

/** What the backend does wrong. Numbers count down: how often it still happens. */
export interface Faults {
  /** Allocations of device memory fail. */
  memory: number;
  /** Runs of an operation fail on the device, `any` for all. */
  operation: { name: string; times: number };
  /** The device is lost at the next command. */
  lost: boolean;
  /** Operations that it has no body of. */
  without: string;
}

/** The backend. */
export class FaultyBackend implements GpuBackend {
  readonly kind = 'cpu';
  readonly capabilities = {
    onGpu: false,
    streams: true,
    pinned: false,
    kernels: false,
    blockingRead: false,
  };
  readonly lost: Promise<EdmeshError>;
  readonly faults: Faults = {
    memory: 0,
    operation: { name: '', times: 0 },
    lost: false,
    without: '',
  };
  /** Commands in the order in which they were queued: queue and what. */
  readonly trace: string[] = [];
  readonly deviceCount: number;
  isClosed = false;
  liveBlocks = 0;
  isLost = false;
  readonly operations = new OperationRegistry(builtInOperations);
  #sayLost: (error: EdmeshError) => void = () => undefined;
  #queues = 0;

  constructor(deviceCount = 1) {
    this.deviceCount = deviceCount;
    this.lost = new Promise((resolve) => {
      this.#sayLost = resolve;
    });
  }

  lose(): EdmeshError {
    this.isLost = true;
    const error = lostError('cpu', 'it fell off the bus');
    this.#sayLost(error);
    return error;
  }

  devices(): readonly DeviceInfo[] {
    return Array.from({ length: this.deviceCount }, (_, index) => ({
      ...{ index, name: 'faulty', memoryBytes: 2 ** 30, freeBytes: 2 ** 30, driver: 'none' },
    }));
  }
  bodyOf(operation: string): BodyKind | undefined {
    return operation === this.faults.without ? undefined : 'ref';
  }
  createQueue(device: number): GpuQueue {
    return new Queue(this, device, this.#queues++);
  }
  createEvent(device: number): GpuEvent {
    return new Mark(device);
  }
  allocate(device: number, bytes: number): DeviceBlock {
    if (this.isLost) throw lostError('cpu', 'it fell off the bus');
    if (this.faults.memory > 0) {
      this.faults.memory--;
      throw memoryError('the device is full', bytes);
    }
    this.liveBlocks++;
    return new Block(device, bytes);
  }
  free(block: DeviceBlock): void {
    if (!(block instanceof Block) || block.isFreed) throw contractError('freed twice');
    block.isFreed = true;
    this.liveBlocks--;
  }
  allocateHost(bytes: number): HostBlock {
    return { memory: new Uint8Array(bytes) };
  }
  freeHost(): void {
    // The collector does.
  }
  pin(): boolean {
    return false;
  }
  unpin(): void {
    // Nothing was pinned.
  }
  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

class Queue implements GpuQueue {
  readonly device: number;
  readonly id: number;
  readonly #backend: FaultyBackend;
  #last: Promise<void> = Promise.resolve();
  #failure: EdmeshError | undefined;

  constructor(backend: FaultyBackend, device: number, id: number) {
    this.#backend = backend;
    this.device = device;
    this.id = id;
  }

  upload(target: DeviceBlock, source: ArrayBufferView, byteOffset = 0): void {
    this.#put('upload', () => {
      bytesOf(target, byteOffset, source.byteLength).set(viewOf(source));
    });
  }
  download(target: ArrayBufferView, source: DeviceBlock, byteOffset = 0): void {
    this.#put('download', () => {
      viewOf(target).set(bytesOf(source, byteOffset, target.byteLength));
    });
  }
  run(name: string, args: OperationArguments): void {
    const { operations, faults } = this.#backend;
    const operation = operations.get(name);
    checkArguments(operation, args, () => undefined);
    this.#put(name, () => {
      if (faults.operation.times > 0 && ['any', name].includes(faults.operation.name)) {
        faults.operation.times--;
        throw new Error('it was told to fail');
      }
      const host: Record<string, ElementArray | number> = {};
      for (const [key, { use, type }] of Object.entries(operation.parameters)) {
        const value = args[key];
        if (use === 'scalar' || typeof value !== 'object') host[key] = Number(value);
        else host[key] = elementView(type, bufferOf(value.block), value.byteOffset, value.length);
      }
      operation.ref(host);
    });
  }
  record(event: GpuEvent): void {
    const mark = markOf(event);
    mark.isReached = false;
    this.#put('record', () => undefined, true);
    this.#last = this.#last.then(() => {
      mark.isReached = true;
      mark.failure = this.#failure;
    });
  }
  wait(event: GpuEvent): void {
    const mark = markOf(event);
    this.#put('wait', () => undefined, true);
    this.#last = this.#last.then(async () => {
      while (!mark.isReached) await turn();
      this.#failure ??= mark.failure;
    });
  }
  async done(): Promise<void> {
    this.#put('done', () => undefined, true);
    await this.#last;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  #put(what: string, command: () => void, always = false): void {
    const backend = this.#backend;
    if (backend.faults.lost) backend.lose();
    if (backend.isLost) throw lostError('cpu', 'it fell off the bus');
    backend.trace.push(`${String(this.id)} ${what}`);
    this.#last = this.#last.then(async () => {
      await turn();
      if (this.#failure !== undefined && !always) return;
      try {
        command();
      } catch (error) {
        this.#failure = operationError({ backend: 'cpu', queue: this.id, operation: what }, error);
      }
    });
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function bufferOf(block: DeviceBlock): ArrayBuffer {
  if (block instanceof Block && !block.isFreed) return block.buffer;
  throw new Error('the memory was freed while work was queued');
}

function bytesOf(block: DeviceBlock, byteOffset: number, length: number): Uint8Array {
  return new Uint8Array(bufferOf(block), byteOffset, length);
}

function viewOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function markOf(event: GpuEvent): Mark {
  if (event instanceof Mark) return event;
  throw contractError('the event is of another backend');
}
