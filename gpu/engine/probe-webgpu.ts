import type { LoadedEngine } from './load-engine.ts';
import { importedPackage, isMissing } from './optional-package.ts';
import { messageOf } from '../gpu-errors.ts';

const packageName = 'webgpu';
const install = `Run \`npm install ${packageName}\` on a machine with a Vulkan driver.`;

/**
 * Looks for a WebGPU adapter with the package `webgpu`, an optional peer dependency. There is no engine over it, so the
 * answer is always a refusal; it says how far this machine would come.
 *
 * @param module what is imported in place of the package
 */
export async function probeWebgpu(module: string | undefined): Promise<LoadedEngine> {
  let create: unknown;
  try {
    ({ create } = await importedPackage(module ?? packageName));
  } catch (error) {
    return isMissing(error, packageName)
      ? { reason: `the package ${packageName} is not installed`, remedy: install }
      : {
          reason: `the package ${packageName} does not load: ${messageOf(error)}`,
          remedy: install,
        };
  }
  if (!isCallable(create)) {
    return { reason: `the package ${packageName} has no function create`, remedy: install };
  }
  const adapter = await adapterOf(create([]));
  return adapter === null
    ? { reason: 'WebGPU finds no adapter', remedy: 'Install a Vulkan driver and its loader.' }
    : {
        reason: `WebGPU finds the adapter ${adapter}, but this version has no backend for it`,
        remedy: 'Choose another backend.',
      };
}

/** The name of the adapter that a GPU object of WebGPU gives; nothing where it has none. */
async function adapterOf(gpu: unknown): Promise<string | null> {
  if (typeof gpu !== 'object' || gpu === null || !('requestAdapter' in gpu)) return null;
  const { requestAdapter } = gpu;
  if (!isCallable(requestAdapter)) return null;
  const adapter: unknown = await requestAdapter.call(gpu);
  if (typeof adapter !== 'object' || adapter === null) return null;
  const info: unknown = 'info' in adapter ? adapter.info : undefined;
  if (typeof info !== 'object' || info === null || !('description' in info))
    return 'without a name';
  return String(info.description);
}

function isCallable(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}
