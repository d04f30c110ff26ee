import type { MessagePort } from 'node:worker_threads';
import type { ErrorData } from '../../edm/index.ts';

/** The backends that run in a thread of their own. */
export type EngineKind = 'tfjs-node-gpu' | 'webgpu' | 'wasm' | 'cpu';

/** What a thread is to become. */
export interface EngineOrder {
  readonly kind: EngineKind;
  /** The package or URL that is imported in place of the usual package of this kind. */
  readonly module?: string;
  /** What is imported in place of the backend of tfjs for `webgpu`. */
  readonly backendModule?: string;
  /** Whether `ref` bodies run where they are the faster ones on a processor. */
  readonly prefersRef: boolean;
  /** URLs of modules that export further `operations`. */
  readonly operationModules: readonly string[];
  /** A config that has declared operations, as a module. */
  readonly config?: string;
  /** One number: how many commands have ended, modulo 2^32. */
  readonly progress: Int32Array<SharedArrayBuffer>;
}

/** The first message to a thread: an order, and the port for everything after it. */
export interface EngineStart {
  readonly order: EngineOrder;
  readonly port: MessagePort;
}

/** The first answer of a thread. */
export type EngineOpening =
  | { readonly kind: 'opened'; readonly name: string; readonly driver: string }
  | { readonly kind: 'refused'; readonly reason: string; readonly remedy: string };

/** An array argument, as it goes to the thread. */
export interface EngineArray {
  readonly block: number;
  readonly byteOffset: number;
  readonly length: number;
}

/** Arguments of an operation, as they go to the thread. */
export type EngineArguments = Readonly<Record<string, EngineArray | number>>;

/** One command of a queue, or about memory. They are carried out one after the other, in the order of their sending. */
export type EngineCommand =
  | { readonly kind: 'block'; readonly block: number; readonly memory: SharedArrayBuffer }
  | { readonly kind: 'forget'; readonly block: number }
  | {
      readonly kind: 'upload';
      readonly queue: number;
      readonly block: number;
      readonly byteOffset: number;
      readonly source: Uint8Array;
    }
  | {
      readonly kind: 'download';
      readonly queue: number;
      readonly block: number;
      readonly byteOffset: number;
      /** Shared memory, or the number of bytes that the answer to the next `done` carries. */
      readonly target: Uint8Array<SharedArrayBuffer> | number;
    }
  | {
      readonly kind: 'run';
      readonly queue: number;
      readonly operation: string;
      readonly args: EngineArguments;
    }
  | { readonly kind: 'record'; readonly queue: number; readonly event: number }
  | { readonly kind: 'wait'; readonly queue: number; readonly event: number }
  | { readonly kind: 'done'; readonly queue: number; readonly done: number }
  | { readonly kind: 'close' };

/** What a thread answers: a queue has come to a `done`, with the bytes of downloads since the last one; or it has closed. */
export type EngineAnswer =
  | {
      readonly kind: 'done';
      readonly done: number;
      readonly error: ErrorData | null;
      readonly staged: readonly Uint8Array[];
    }
  | { readonly kind: 'closed' };
