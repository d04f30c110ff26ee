import type { DeviceBlock, GpuEvent, GpuQueue, OperationArguments } from '../backend.ts';
import { contractError } from '../gpu-errors.ts';
import { checkArguments, type BlockCheck } from '../operations/check-arguments.ts';
import type { OperationRegistry } from '../operations/operation-registry.ts';
import type { EngineArguments, EngineArray } from './engine-messages.ts';
import type { EngineMemory } from './engine-memory.ts';
import type { EnginePort } from './engine-port.ts';

/** An event of an engine: the number of the command that marks it. */
export class EngineEvent implements GpuEvent {
  readonly device = 0;
  readonly id: number;
  readonly port: EnginePort;
  /** The number of the last `record`. */
  sequence: number | undefined;

  constructor(id: number, port: EnginePort) {
    this.id = id;
    this.port = port;
  }

  ready(): boolean {
    return this.sequence === undefined || this.port.reached(this.sequence);
  }
}

/** A queue of an engine. All queues of an engine are in one order, that of their commands. */
export class EngineQueue implements GpuQueue {
  readonly device = 0;
  readonly id: number;
  readonly #port: EnginePort;
  readonly #memory: EngineMemory;
  readonly #operations: OperationRegistry;
  readonly #checkBlock: BlockCheck;
  /** Targets of downloads since the last `done` whose bytes come with the answer. */
  #targets: Uint8Array[] = [];

  constructor(id: number, port: EnginePort, memory: EngineMemory, operations: OperationRegistry) {
    this.id = id;
    this.#port = port;
    this.#memory = memory;
    this.#operations = operations;
    this.#checkBlock = (block) => {
      memory.own(block);
    };
  }

  upload(target: DeviceBlock, source: ArrayBufferView, byteOffset = 0): void {
    const block = this.#range(target, byteOffset, source.byteLength);
    const command = { kind: 'upload', queue: this.id, block, byteOffset } as const;
    const shared = sharedBytes(source);
    if (shared !== undefined) {
      this.#port.push({ ...command, source: shared });
      return;
    }
    const copy = new Uint8Array(source.byteLength);
    copy.set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
    this.#port.push({ ...command, source: copy }, copy.buffer);
  }

  download(target: ArrayBufferView, source: DeviceBlock, byteOffset = 0): void {
    const block = this.#range(source, byteOffset, target.byteLength);
    const command = { kind: 'download', queue: this.id, block, byteOffset } as const;
    const shared = sharedBytes(target);
    this.#port.push({ ...command, target: shared ?? target.byteLength });
    if (shared !== undefined) return;
    this.#targets.push(new Uint8Array(target.buffer, target.byteOffset, target.byteLength));
  }

  run(name: string, args: OperationArguments): void {
    const operation = this.#operations.get(name);
    checkArguments(operation, args, this.#checkBlock);
    this.#port.push({
      kind: 'run',
      queue: this.id,
      operation: name,
      args: this.#namesOf(args),
    });
  }

  record(event: GpuEvent): void {
    const own = this.#own(event);
    own.sequence = this.#port.push({ kind: 'record', queue: this.id, event: own.id });
  }

  wait(event: GpuEvent): void {
    this.#port.push({ kind: 'wait', queue: this.id, event: this.#own(event).id });
  }

  done(): Promise<void> {
    const targets = this.#targets;
    if (targets.length > 0) this.#targets = [];
    return this.#port.done(this.id, targets);
  }

  #own(event: GpuEvent): EngineEvent {
    if (event instanceof EngineEvent && event.port === this.#port) return event;
    throw contractError('the event is of another backend');
  }

  #range(given: DeviceBlock, byteOffset: number, bytes: number): number {
    const block = this.#memory.own(given);
    if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset + bytes > block.bytes) {
      throw contractError(
        `bytes ${String(byteOffset)} to ${String(byteOffset + bytes)} are not in a block of ${String(block.bytes)}`,
      );
    }
    return block.id;
  }

  #namesOf(args: OperationArguments): EngineArguments {
    const names: Record<string, EngineArray | number> = {};
    for (const name in args) {
      const value = args[name];
      if (typeof value === 'number') names[name] = value;
      else if (value !== undefined) {
        const { byteOffset, length } = value;
        names[name] = { block: this.#memory.own(value.block).id, byteOffset, length };
      }
    }
    return names;
  }
}

/** The bytes of a view on shared memory; nothing for other memory. */
function sharedBytes({
  buffer,
  byteOffset,
  byteLength,
}: ArrayBufferView): Uint8Array<SharedArrayBuffer> | undefined {
  return buffer instanceof SharedArrayBuffer
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : undefined;
}
