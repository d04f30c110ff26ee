import type { MessagePort, Worker } from 'node:worker_threads';
import { errorFromData, type EdmeshError } from '../../edm/index.ts';
import { contractError, lostError } from '../gpu-errors.ts';
import type { EngineAnswer, EngineCommand } from './engine-messages.ts';

/** A `done` that has been asked for. */
interface Waiting {
  /** Where the bytes of downloads into ordinary memory go. */
  readonly targets: readonly Uint8Array[];
  readonly resolve: () => void;
  readonly reject: (error: EdmeshError) => void;
}

const nothing: readonly Uint8Array[] = [];

/**
 * The near end of an engine in a thread. Commands are gathered and sent together at the end of the current turn of the
 * microtask queue, or when somebody asks how far the engine is.
 */
export class EnginePort {
  /** Resolves with `EDMESH_GPU_LOST` when the thread has ended by itself. */
  readonly lost: Promise<EdmeshError>;
  readonly #backend: string;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #progress: Int32Array<SharedArrayBuffer>;
  readonly #waiting = new Map<number, Waiting>();
  #commands: EngineCommand[] = [];
  #transfers: ArrayBuffer[] = [];
  #sequence = 0;
  #dones = 0;
  #failure: EdmeshError | undefined;
  #sayLost: (error: EdmeshError) => void = () => undefined;
  #sayClosed: (() => void) | undefined;
  #isClosing = false;
  #closed: Promise<void> | undefined;

  constructor(
    backend: string,
    worker: Worker,
    port: MessagePort,
    progress: Int32Array<SharedArrayBuffer>,
  ) {
    this.#backend = backend;
    this.#worker = worker;
    this.#port = port;
    this.#progress = progress;
    this.lost = new Promise((resolve) => {
      this.#sayLost = resolve;
    });
    port.on('message', (answer: EngineAnswer) => {
      this.#take(answer);
    });
    // An engine without work keeps no process alive.
    port.unref();
    worker.unref();
  }

  /** Puts a command at the end and returns its number, for {@link reached}. Throws where the engine is lost or closed. */
  push(command: EngineCommand, transfer?: ArrayBuffer): number {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isClosing) throw contractError(`backend ${this.#backend} is closed`);
    if (this.#commands.push(command) === 1) queueMicrotask(() => this.flush());
    if (transfer !== undefined) this.#transfers.push(transfer);
    return (this.#sequence = (this.#sequence + 1) | 0);
  }

  /** Sends what has been gathered. */
  flush(): void {
    if (this.#commands.length === 0 || this.#failure !== undefined) return;
    const commands = this.#commands;
    const transfers = this.#transfers;
    this.#commands = [];
    this.#transfers = [];
    this.#port.postMessage(commands, transfers);
  }

  /** Whether the command of this number has ended; true for all once the engine is lost. */
  reached(sequence: number): boolean {
    if (this.#failure !== undefined || this.#hasEnded(sequence)) return true;
    this.flush();
    return this.#hasEnded(sequence);
  }

  #hasEnded(sequence: number): boolean {
    return ((Atomics.load(this.#progress, 0) - sequence) | 0) >= 0;
  }

  /** Resolves when the queue has come this far; see {@link GpuQueue.done}. */
  done(queue: number, targets: readonly Uint8Array[] = nothing): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = this.#dones++;
      this.push({ kind: 'done', queue, done });
      this.#waiting.set(done, { targets, resolve, reject });
      if (this.#waiting.size === 1) this.#port.ref();
    });
  }

  /** Lets all commands end, and then the thread. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#failure === undefined) {
      const closed = new Promise<void>((resolve) => {
        this.#sayClosed = resolve;
      });
      this.push({ kind: 'close' });
      this.#port.ref();
      this.#isClosing = true;
      this.flush();
      await closed;
    }
    this.#isClosing = true;
    this.#port.close();
    await this.#worker.terminate();
  }

  /** The thread has ended: nothing that was asked for will come. */
  fail(reason: string): void {
    this.#sayClosed?.();
    if (this.#isClosing || this.#failure !== undefined) return;
    const error = lostError(this.#backend, reason);
    this.#failure = error;
    this.#commands = [];
    this.#transfers = [];
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#port.close();
    this.#sayLost(error);
  }

  #take(answer: EngineAnswer): void {
    if (answer.kind === 'closed') {
      this.#sayClosed?.();
      return;
    }
    const waiting = this.#waiting.get(answer.done);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.done);
    if (this.#waiting.size === 0 && !this.#isClosing) this.#port.unref();
    if (answer.error !== null) {
      waiting.reject(errorFromData(answer.error));
      return;
    }
    for (const [index, bytes] of answer.staged.entries()) waiting.targets[index]?.set(bytes);
    waiting.resolve();
  }
}
