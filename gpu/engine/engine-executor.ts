import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { EdmeshError, errorToData } from '../../edm/index.ts';
import { contractError, memoryError, operationError } from '../gpu-errors.ts';
import {
  elementBytes,
  elementView,
  tensorType,
  type ElementArray,
  type ElementType,
} from '../operations/elements.ts';
import type { OperationRegistry } from '../operations/operation-registry.ts';
import type { Operation, Tfjs } from '../operations/operation.ts';
import type {
  EngineAnswer,
  EngineArguments,
  EngineArray,
  EngineCommand,
} from './engine-messages.ts';
import { engineBody } from './engine-body.ts';
import { TensorMemory } from './tensor-residence.ts';

/** What an executor works with. */
export interface ExecutorOptions {
  /** The backend's name, for errors. */
  readonly backend: string;
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

  #try(command: Extract<EngineCommand, { kind: 'upload' | 'download' | 'run' }>): void {
    const { kind, queue } = command;
    if (this.#failures.has(queue)) return;
    try {
      if (kind === 'run') this.#run(command);
      else if (kind === 'upload') {
        this.#memory(command.block).write(command.byteOffset, command.source);
      } else this.#download(command);
    } catch (error) {
      // A trap leaves the heap of WebAssembly in no known state: nothing after it can be trusted.
      if (error instanceof Error && error.name === 'RuntimeError') throw error;
      const operation = kind === 'run' ? command.operation : kind;
      this.#fail(queue, this.#errorOf(error, queue, operation));
    }
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
    const body = engineBody(operation, this.#options.prefersRef);
    if (body === 'ref') this.#runOnHost(operation, args);
    else this.#runOnTensors(operation, args);
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

  #runOnTensors(operation: Operation, args: EngineArguments): void {
    const { tf } = this.#options;
    const parameters = Object.entries(operation.parameters);
    const tensors: Record<string, Tensor1D | number> = {};
    for (const [name, { use, type }] of parameters) {
      const value = args[name];
      if (use === 'scalar' || typeof value !== 'object') tensors[name] = Number(value);
      else if (use !== 'out') {
        tensors[name] = this.#memoryOf(value).tensor(type, value.byteOffset, value.length);
      }
    }
    const results = tf.tidy(() => {
      const given = operation.tfjs?.(tf, tensors) ?? {};
      const flat: Record<string, Tensor1D> = {};
      for (const [name, { use, type }] of parameters) {
        const value = args[name];
        if (use === 'in' || use === 'scalar' || typeof value !== 'object') continue;
        flat[name] = flattened(tf, name, given[name], type, value.length);
      }
      return flat;
    });
    for (const [name, { type }] of parameters) {
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

/** A result in one dimension, as a tensor of its own and of the type that stands for the elements. */
function flattened(
  tf: Tfjs,
  name: string,
  tensor: Tensor | undefined,
  type: ElementType,
  length: number,
): Tensor1D {
  if (tensor === undefined || tensor.size > length) {
    const size = tensor === undefined ? 'nothing' : `${String(tensor.size)} elements`;
    throw new Error(`its tfjs body gives ${size} for ${name} of ${String(length)}`);
  }
  return tf.reshape(tf.cast(tensor, tensorType(type) ?? 'float32'), [tensor.size]);
}
