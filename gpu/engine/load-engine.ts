import type { Tfjs } from '../operations/operation.ts';
import type { EngineKind, EngineOrder } from './engine-messages.ts';
import { loadTfjsNodeGpu } from './load-tfjs-node-gpu.ts';
import { loadWebgpu } from './load-webgpu.ts';

/** What a thread that runs an engine gives it. */
export interface EngineThread {
  /** Sets a variable of the environment, as native code sees it, where it is not set. */
  setDefault(name: string, value: string): void;
  /** The operations that a config has declared. */
  operationsOf(config: string): Promise<readonly unknown[]>;
}

/** A library of tensors that is ready for use, or why there is none. */
export type LoadedEngine =
  | {
      readonly tf: Tfjs;
      /** For {@link DeviceInfo}. */
      readonly name: string;
      readonly driver: string;
      /** Whether what tensors hold can only be waited for. */
      readonly readsLater?: boolean;
    }
  | { readonly tf?: never; readonly reason: string; readonly remedy: string };

/** Loads what an order asks for. Does not throw for what a machine lacks. */
export function loadEngine(order: EngineOrder, thread: EngineThread): Promise<LoadedEngine> {
  switch (order.kind) {
    case 'cpu':
      return loadCpu();
    case 'wasm':
      return loadWasm();
    case 'tfjs-node-gpu':
      return loadTfjsNodeGpu(order.module, thread);
    case 'webgpu':
      return loadWebgpu(order, importedCore);
  }
}

async function loadCpu(): Promise<LoadedEngine> {
  const tf = await importedCore();
  await import('@tensorflow/tfjs-backend-cpu');
  return (await isReady(tf, 'cpu')) ?? ready(tf, 'processor');
}

async function loadWasm(): Promise<LoadedEngine> {
  const tf = await importedCore();
  await import('@tensorflow/tfjs-backend-wasm');
  return (await isReady(tf, 'wasm')) ?? ready(tf, 'processor, by WebAssembly');
}

async function importedCore(): Promise<Tfjs> {
  const tf = await import('@tensorflow/tfjs-core');
  // It only stops tfjs from advertising its other packages on the console.
  tf.enableProdMode();
  return tf;
}

/** Nothing, where the backend of tfjs starts. */
async function isReady(tf: Tfjs, kind: EngineKind): Promise<LoadedEngine | undefined> {
  if (await tf.setBackend(kind)) return undefined;
  return {
    reason: `the ${kind} backend of tfjs does not start`,
    remedy: 'Install edmesh again; see the log for what tfjs says.',
  };
}

function ready(tf: Tfjs, name: string): LoadedEngine {
  return { tf, name, driver: `tfjs ${tf.version_core}` };
}
