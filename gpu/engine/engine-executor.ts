import type { Tensor1D } from '@tensorflow/tfjs-core';
import { EdmeshError, errorToData } from '../../edm/index.ts';
import { contractError, memoryError, operationError } from '../gpu-errors.ts';
import { elementBytes, elementView, type ElementArray } from '../operations/elements.ts';
import type { OperationRegistry } from '../operations/operation-registry.ts';
import type { Operation, Tfjs } from '../operations/operation.ts';
import type {
  EngineAnswer,
  EngineArguments,
  EngineArray,
  EngineCommand,
  EngineKind,
} from './engine-messages.ts';
import { engineBody } from './engine-body.ts';
import { TensorMemory } from './tensor-residence.ts';
import { tensorsOf } from './tensors-of.ts';

/** What an executor works with. */
export interface ExecutorOptions {
  readonly backend: EngineKind;
  readonly tf: Tfjs;
  /** Whether tensors are made on the very arrays that they are given. */
  readonly keepsArrays: boolean;
  /** Whether `ref` bodies run where they are the faster ones on a processor. */
  readonly prefersRef: boolean;
  readonly operations: OperationRegistry;
  readonly progress: Int32Array<SharedArrayBuffer>;
  answer(answer: EngineAnswer): void;
}

type RunCommand = Extract<EngineCommand, { kind: 'run' }>;
/** Commands that may fail, and their queue with them. */
type TriedCommand = Extract<EngineCommand, { kind: 'upload' | 'download' | 'run' }>;

/** Carries out the commands of one user of an engine, in order. */
export class EngineExecutor {
  readonly #options: ExecutorOptions;
  readonly #blocks = new Map<number, TensorMemory>();
  /** Queues that have failed and not said so yet. */
  readonly #failures = new Map<number, EdmeshError>();
  /** Events that were recorded in such a queue. */
  readonly #failedEvents = new Map<number, EdmeshError>();
  readonly #staged = new Map<number, Uint8Array[]>();

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** Carries out a batch of commands. Throws only where the engine itself is broken. */
  execute(commands: readonly EngineCommand[]): void {
    const { progress } = this.#options;
    for (const command of commands) {
      this.#take(command);
      Atomics.add(progress, 0, 1);
    }
  }

  /** The same for an engine whose tensors can only be waited for. A batch must have ended before the next begins. */
  async executeInTurn(commands: readonly EngineCommand[]): Promise<void> {
    for (const command of commands) {
      if (isTried(command)) await this.#tryInTurn(command);
      else this.#take(command);
      Atomics.add(this.#options.progress, 0, 1);
    }
  }

  #take(command: EngineCommand): void {
    const { tf, keepsArrays } = this.#options;
    switch (command.kind) {
      case 'block':
        this.#blocks.set(command.block, new TensorMemory(tf, keepsArrays, command.memory));
        return;
      case 'forget':
        this.#blocks.get(command.block)?.dispose();
        this.#blocks.delete(command.block);
        return;
      case 'done':
        this.#done(command.queue, command.done);
        return;
      case 'close':
        for (const memory of this.#blocks.values()) memory.dispose();
        this.#blocks.clear();
        this.#options.answer({ kind: 'closed' });
        return;
      case 'record':
        this.#record(command.queue, command.event);
        return;
      case 'wait': {
        const failure = this.#failedEvents.get(command.event);
        if (failure !== undefined) this.#fail(command.queue, failure);
        return;
      }
      case 'upload':
      case 'download':
      case 'run':
        this.#try(command);
    }
  }

  #try(command: TriedCommand): void {
    if (this.#failures.has(command.queue)) return;
    try {
      if (command.kind === 'run') this.#run(command);
      else if (command.kind === 'upload') this.#upload(command);
      else this.#download(command);
    } catch (error) {
      this.#failed(command, error);
    }
  }

  /** What tensors hold and the command needs as bytes is waited for first. */
  async #tryInTurn(command: TriedCommand): Promise<void> {
    if (this.#failures.has(command.queue)) return;
    try {
      if (command.kind === 'run') await this.#runInTurn(command);
      else if (command.kind === 'upload') {
        const { block, byteOffset, source } = command;
        await this.#memory(block).fetch('write', byteOffset, source.byteLength);
        this.#upload(command);
      } else {
        const { block, byteOffset, target } = command;
        const bytes = typeof target === 'number' ? target : target.byteLength;
        await this.#memory(block).fetch('bytes', byteOffset, bytes);
        this.#download(command);
      }
    } catch (error) {
      this.#failed(command, error);
    }
  }

  #failed(command: TriedCommand, error: unknown): void {
    // A trap leaves the heap of WebAssembly in no known state: nothing after it can be trusted.
    if (error instanceof Error && error.name === 'RuntimeError') throw error;
    const operation = command.kind === 'run' ? command.operation : command.kind;
    this.#fail(command.queue, this.#errorOf(error, command.queue, operation));
  }

  #upload({ block, byteOffset, source }: Extract<EngineCommand, { kind: 'upload' }>): void {
    this.#memory(block).write(byteOffset, source);
  }

  #errorOf(error: unknown, queue: number, operation: string): EdmeshError {
    const { backend } = this.#options;
    if (error instanceof EdmeshError) return error;
    if (error instanceof RangeError && /allocation/i.test(error.message)) {
      return memoryError(`${operation} on backend ${backend}: ${error.message}`, 0, error);
    }
    return operationError({ backend, queue, operation }, error);
  }

  #fail(queue: number, error: EdmeshError): void {
    if (!this.#failures.has(queue)) this.#failures.set(queue, error);
  }

  #record(queue: number, event: number): void {
    const failure = this.#failures.get(queue);
    if (failure === undefined) this.#failedEvents.delete(event);
    else this.#failedEvents.set(event, failure);
  }

  #done(queue: number, done: number): void {
    const failure = this.#failures.get(queue);
    const staged = this.#staged.get(queue) ?? [];
    this.#failures.delete(queue);
    this.#staged.delete(queue);
    const error = failure === undefined ? null : errorToData(failure);
    this.#options.answer({ kind: 'done', done, error, staged: error === null ? staged : [] });
  }

  #download(command: Extract<EngineCommand, { kind: 'download' }>): void {
    const { queue, target, byteOffset } = command;
    const memory = this.#memory(command.block);
    if (typeof target !== 'number') {
      memory.copyTo(target, byteOffset);
      return;
    }
    const staged = new Uint8Array(target);
    memory.copyTo(staged, byteOffset);
    const before = this.#staged.get(queue);
    if (before === undefined) this.#staged.set(queue, [staged]);
    else before.push(staged);
  }

  #run({ operation: name, args }: RunCommand): void {
    const operation = this.#options.operations.get(name);
    const body = this.#bodyOf(operation);
    if (body === 'ref') this.#runOnHost(operation, args);
    else this.#put(operation, args, this.#computed(operation, args));
  }

  #bodyOf(operation: Operation): 'tfjs' | 'ref' {
    const { backend, prefersRef } = this.#options;
    return engineBody(operation, backend, prefersRef);
  }

  async #runInTurn({ operation: name, args }: RunCommand): Promise<void> {
    const operation = this.#options.operations.get(name);
    const isOnHost = this.#bodyOf(operation) === 'ref';
    for (const [parameter, { use, type }] of Object.entries(operation.parameters)) {
      const value = args[parameter];
      if (typeof value !== 'object' || (use === 'out' && !isOnHost)) continue;
      const bytes = value.length * elementBytes(type);
      const reads = isOnHost ? 'bytes' : type;
      await this.#memoryOf(value).fetch(reads, value.byteOffset, bytes);
    }
    if (isOnHost) {
      this.#runOnHost(operation, args);
      return;
    }
    const results = this.#computed(operation, args);
    for (const [parameter, { size }] of Object.entries(results)) {
      const value = args[parameter];
      const type = operation.parameters[parameter]?.type;
      if (typeof value !== 'object' || type === undefined) continue;
      await this.#memoryOf(value).fetch('write', value.byteOffset, size * elementBytes(type));
    }
    this.#put(operation, args, results);
  }

  #runOnHost(operation: Operation, args: EngineArguments): void {
    const host: Record<string, ElementArray | number> = {};
    for (const [name, { use, type }] of Object.entries(operation.parameters)) {
      const value = args[name];
      if (use === 'scalar' || typeof value !== 'object') host[name] = Number(value);
      else {
        const { byteOffset, length } = value;
        const bytes = this.#memoryOf(value).bytes(
          byteOffset,
          length * elementBytes(type),
          use !== 'in',
        );
        host[name] = elementView(type, bytes.buffer, byteOffset, length);
      }
    }
    operation.ref(host);
  }

  #computed(operation: Operation, args: EngineArguments): Record<string, Tensor1D> {
    return tensorsOf(this.#options.tf, operation, args, (array) => this.#memoryOf(array));
  }

  #put(
    { parameters }: Operation,
    args: EngineArguments,
    results: Readonly<Record<string, Tensor1D>>,
  ): void {
    for (const [name, { type }] of Object.entries(parameters)) {
      const value = args[name];
      const result = results[name];
      if (result === undefined || typeof value !== 'object') continue;
      this.#memoryOf(value).put(type, value.byteOffset, result);
    }
  }

  #memoryOf({ block }: EngineArray): TensorMemory {
    return this.#memory(block);
  }

  #memory(block: number): TensorMemory {
    const memory = this.#blocks.get(block);
    if (memory !== undefined) return memory;
    throw contractError(`there is no block ${String(block)}`, { block });
  }
}

function isTried(command: EngineCommand): command is TriedCommand {
  return command.kind === 'run' || command.kind === 'upload' || command.kind === 'download';
}
