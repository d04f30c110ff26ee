import { createRequire } from 'node:module';
import type { Tfjs } from '../operations/operation.ts';
import { importedPackage, isMissing } from './optional-package.ts';
import { messageOf } from '../gpu-errors.ts';
import type { EngineThread, LoadedEngine } from './load-engine.ts';

const packageName = '@tensorflow/tfjs-node-gpu';
const install = `Run \`npm install ${packageName}@4.22.0\` on the machine with the GPU, with install scripts allowed.`;
const needs = 'It needs a driver above 450, the libraries of CUDA 11.2 and cuDNN 8.1.';

/**
 * Loads `@tensorflow/tfjs-node-gpu`, an optional peer dependency. That it loads proves nothing: without its CUDA libraries
 * TensorFlow falls back to the processor and only logs so; the binding is asked.
 *
 * @param module what is imported in place of the package
 */
export async function loadTfjsNodeGpu(
  module: string | undefined,
  thread: EngineThread,
): Promise<LoadedEngine> {
  // TensorFlow takes nearly all memory of a device otherwise, and leaves none to others.
  thread.setDefault('TF_FORCE_GPU_ALLOW_GROWTH', 'true');
  restoreIsNullOrUndefined();
  let loaded: Readonly<Record<string, unknown>>;
  try {
    loaded = await importedPackage(module ?? packageName);
  } catch (error) {
    if (isMissing(error, packageName)) {
      return { reason: `the package ${packageName} is not installed`, remedy: install };
    }
    const message = messageOf(error);
    if (message.includes('tfjs_binding.node')) {
      return {
        reason: `${packageName} is installed without its native binary`,
        remedy: `${install} Its script downloads the binary; TFJS_NODE_CDN_STORAGE names a mirror.`,
      };
    }
    return { reason: `${packageName} does not load: ${message}`, remedy: needs };
  }
  if (!isTfjs(loaded)) {
    return { reason: `what ${packageName} exports is not tfjs`, remedy: install };
  }
  if (!(await loaded.setBackend('tensorflow'))) {
    return { reason: `the backend of ${packageName} does not start`, remedy: needs };
  }
  if (!usesGpu(loaded.backend())) {
    return {
      reason: `${packageName} loads, but TensorFlow finds no GPU it can use`,
      remedy: needs,
    };
  }
  return { tf: loaded, name: 'GPU of TensorFlow', driver: `${packageName} ${loaded.version_core}` };
}

function isTfjs(loaded: Readonly<Record<string, unknown>>): loaded is typeof loaded & Tfjs {
  const functions = ['setBackend', 'backend', 'tidy', 'tensor1d', 'reshape', 'cast'];
  return functions.every((name) => typeof loaded[name] === 'function');
}

function usesGpu(backend: object): boolean {
  return 'isUsingGpuDevice' in backend && backend.isUsingGpuDevice === true;
}

/** The package calls `util.isNullOrUndefined`, which Node has dropped after version 22. */
function restoreIsNullOrUndefined(): void {
  const util: unknown = createRequire(import.meta.url)('node:util');
  if (typeof util !== 'object' || util === null || 'isNullOrUndefined' in util) return;
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  });
}
