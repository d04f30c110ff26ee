import { once } from 'node:events';
import { MessageChannel, SHARE_ENV, Worker } from 'node:worker_threads';
import type { BackendRefusal, OpenedBackend } from '../backend.ts';
import { loadOperations } from '../operations/load-operations.ts';
import type { OperationRegistry } from '../operations/operation-registry.ts';
import { EngineBackend } from './engine-backend.ts';
import type { EngineKind, EngineOpening, EngineStart } from './engine-messages.ts';
import { EnginePort } from './engine-port.ts';
import { messageOf } from './optional-package.ts';

/** What an engine is opened with. */
export interface EngineOptions {
  /** The program of the thread: one that calls {@link serveEngine}. */
  readonly entry: URL;
  /** How much memory blocks may take in all, bytes; default 1 GiB. */
  readonly memoryBytes?: number;
  /** URLs of modules that export further `operations`. */
  readonly operationModules?: readonly string[];
  /** The package or URL that is imported in place of the usual package of this kind. */
  readonly module?: string;
}

const defaultMemoryBytes = 2 ** 30;

/**
 * Opens a backend in a thread of its own. What the machine lacks is a refusal; EdmeshError `EDMESH_DEFINITION` is thrown
 * where a module of operations is wrong.
 */
export async function openEngine(kind: EngineKind, options: EngineOptions): Promise<OpenedBackend> {
  const { operationModules = [], module } = options;
  const operations = await loadOperations(operationModules);
  const progress = new Int32Array(new SharedArrayBuffer(4));
  // What is set in its environment reaches native code only where the environment is shared.
  const worker = new Worker(options.entry, { name: `gpu-${kind}`, env: SHARE_ENV });
  const { port1: near, port2: far } = new MessageChannel();
  const order = { kind, operationModules, progress, ...(module === undefined ? {} : { module }) };
  const life = new ThreadLife(worker);
  worker.postMessage({ order, port: far } satisfies EngineStart, [far]);
  const opening = await Promise.race([firstMessage(near), life.death.then(refusedBy)]);
  if (opening.kind === 'refused') {
    near.close();
    await worker.terminate();
    return { refused: { kind, reason: opening.reason, remedy: opening.remedy } };
  }
  return {
    backend: backendOf(kind, options, operations, opening, { worker, near, progress, life }),
  };
}

function backendOf(
  kind: EngineKind,
  { memoryBytes = defaultMemoryBytes }: EngineOptions,
  operations: OperationRegistry,
  { name, driver }: Extract<EngineOpening, { kind: 'opened' }>,
  { worker, near, progress, life }: EngineThreadParts,
): EngineBackend {
  const port = new EnginePort(kind, worker, near, progress);
  void life.death.then((reason) => port.fail(reason));
  return new EngineBackend({ kind, port, operations, memoryBytes, name, driver });
}

interface EngineThreadParts {
  readonly worker: Worker;
  readonly near: MessageChannel['port1'];
  readonly progress: Int32Array<SharedArrayBuffer>;
  readonly life: ThreadLife;
}

/** Says when a thread has ended, and why. */
class ThreadLife {
  readonly death: Promise<string>;

  constructor(worker: Worker) {
    this.death = new Promise((resolve) => {
      let reason: string | undefined;
      worker.on('error', (error: unknown) => {
        reason = messageOf(error);
      });
      worker.on('exit', (code) =>
        resolve(reason ?? `its thread ended with status ${String(code)}`),
      );
    });
  }
}

async function firstMessage(port: MessageChannel['port1']): Promise<EngineOpening> {
  const [opening] = (await once(port, 'message')) as [EngineOpening];
  return opening;
}

function refusedBy(reason: string): Omit<BackendRefusal, 'kind'> & { readonly kind: 'refused' } {
  return {
    kind: 'refused',
    reason: `its thread did not start: ${reason}`,
    remedy: 'Look at what its library says.',
  };
}
