import { once } from 'node:events';
import { MessageChannel, receiveMessageOnPort, SHARE_ENV, Worker } from 'node:worker_threads';
import type { BackendRefusal, OpenedBackend } from '../backend.ts';
import { loadOperations, type OwnOperations } from '../operations/load-operations.ts';
import { EngineBackend } from './engine-backend.ts';
import type { EngineKind, EngineOpening, EngineStart } from './engine-messages.ts';
import { EnginePort } from './engine-port.ts';
import { messageOf } from '../gpu-errors.ts';

/** What an engine is opened with. */
export interface EngineOptions {
  /** The program of the thread: one that calls {@link serveEngine}. */
  readonly entry: URL;
  /** How much memory blocks may take in all, bytes; default 1 GiB. */
  readonly memoryBytes?: number;
  /** URLs of modules that export further `operations`. */
  readonly operationModules?: readonly string[];
  readonly own?: OwnOperations | undefined;
  /**
   * What runs where an operation has both: the body that is faster on a processor, which the operation knows, or the `tfjs`
   * one. Default `faster`; engines on a GPU always run `tfjs`.
   */
  readonly bodies?: 'faster' | 'tfjs';
  /** The package or URL that is imported in place of the usual package of this kind. */
  readonly module?: string;
  /** What is imported in place of the backend of tfjs for `webgpu`. */
  readonly backendModule?: string;
}

const defaultMemoryBytes = 2 ** 30;

/**
 * Opens a backend in a thread of its own. What the machine lacks is a refusal; EdmeshError `EDMESH_DEFINITION` is thrown
 * where a module of operations is wrong.
 */
export async function openEngine(kind: EngineKind, options: EngineOptions): Promise<OpenedBackend> {
  const { operationModules = [], own, module, backendModule, bodies = 'faster' } = options;
  const { memoryBytes = defaultMemoryBytes } = options;
  const operations = await loadOperations(operationModules, own?.operations);
  const prefersRef = bodies === 'faster' && (kind === 'wasm' || kind === 'cpu');
  const progress = new Int32Array(new SharedArrayBuffer(4));
  // What is set in its environment reaches native code only where the environment is shared.
  const worker = new Worker(options.entry, { name: `gpu-${kind}`, env: SHARE_ENV });
  const death = deathOf(worker);
  const { port1: near, port2: far } = new MessageChannel();
  const order = {
    ...{ kind, prefersRef, operationModules, progress },
    ...(module === undefined ? {} : { module }),
    ...(backendModule === undefined ? {} : { backendModule }),
    ...(own === undefined ? {} : { config: own.code }),
  };
  worker.postMessage({ order, port: far } satisfies EngineStart, [far]);
  const opening = await Promise.race([
    firstMessage(near),
    // A thread that refuses ends at once: what it said may lie in the port still.
    death.then((reason) => waitingMessage(near) ?? refusedBy(reason)),
  ]);
  if (opening.kind === 'refused') {
    near.close();
    await worker.terminate();
    return { refused: { kind, reason: opening.reason, remedy: opening.remedy } };
  }
  const { name, driver } = opening;
  const port = new EnginePort(kind, worker, near, progress);
  void death.then((reason) => port.fail(reason));
  const parts = { kind, port, operations, prefersRef, memoryBytes, name, driver };
  return { backend: new EngineBackend(parts) };
}

/** Says why a thread has ended, when it has. */
function deathOf(worker: Worker): Promise<string> {
  return new Promise((resolve) => {
    let reason: string | undefined;
    worker.on('error', (error: unknown) => {
      reason = messageOf(error);
    });
    worker.on('exit', (code) => resolve(reason ?? `its thread ended with status ${String(code)}`));
  });
}

async function firstMessage(port: MessageChannel['port1']): Promise<EngineOpening> {
  const [opening] = (await once(port, 'message')) as [EngineOpening];
  return opening;
}

/** What a thread has said before its end, where that has not been heard yet. */
function waitingMessage(port: MessageChannel['port1']): EngineOpening | undefined {
  const received = receiveMessageOnPort(port) as { readonly message: EngineOpening } | undefined;
  return received?.message;
}

function refusedBy(reason: string): Omit<BackendRefusal, 'kind'> & { readonly kind: 'refused' } {
  return {
    kind: 'refused',
    reason: `its thread did not start: ${reason}`,
    remedy: 'Look at what its library says.',
  };
}
