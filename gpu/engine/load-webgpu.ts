import { messageOf } from '../gpu-errors.ts';
import type { Tfjs } from '../operations/operation.ts';
import type { EngineOrder } from './engine-messages.ts';
import type { LoadedEngine } from './load-engine.ts';
import { importedPackage, isMissing } from './optional-package.ts';

const packageName = 'webgpu';
const backendName = '@tensorflow/tfjs-backend-webgpu';
const install = `Run \`npm install ${packageName} ${backendName}@4.22.0\` on a machine with a Vulkan driver.`;

/**
 * Loads tfjs on WebGPU, by the optional peer dependencies `webgpu`, which brings WebGPU to Node, and
 * `@tensorflow/tfjs-backend-webgpu`.
 *
 * @param core tfjs itself, which is imported once WebGPU is there
 */
export async function loadWebgpu(
  { module, backendModule }: EngineOrder,
  core: () => Promise<Tfjs>,
): Promise<LoadedEngine> {
  const found = await loaded(module ?? packageName, packageName);
  if ('reason' in found) return found;
  const { create, globals } = found.exports;
  if (!isCallable(create)) {
    return { reason: `the package ${packageName} has no function create`, remedy: install };
  }
  const gpu: unknown = create([]);
  const adapter = await adapterOf(gpu);
  if (adapter === undefined) {
    return { reason: 'WebGPU finds no adapter', remedy: 'Install a Vulkan driver and its loader.' };
  }
  offer(gpu, globals);
  const tf = await core();
  const backend = await loaded(backendModule ?? backendName, backendName);
  if ('reason' in backend) return backend;
  if (!(await tf.setBackend('webgpu'))) {
    return {
      reason: `the webgpu backend of tfjs does not start on ${adapter}`,
      remedy: 'See the log for what tfjs says, or choose another backend.',
    };
  }
  return { tf, name: adapter, driver: `tfjs ${tf.version_core} on WebGPU`, readsLater: true };
}

/** What a package exports, or why it does not. */
async function loaded(
  specifier: string,
  name: string,
): Promise<
  | { readonly exports: Readonly<Record<string, unknown>> }
  | { readonly reason: string; readonly remedy: string }
> {
  try {
    return { exports: await importedPackage(specifier) };
  } catch (error) {
    const reason = isMissing(error, name)
      ? `the package ${name} is not installed`
      : `the package ${name} does not load: ${messageOf(error)}`;
    return { reason, remedy: install };
  }
}

/** Puts WebGPU where tfjs looks for it, as a browser has it. */
function offer(gpu: unknown, globals: unknown): void {
  if (typeof globals === 'object' && globals !== null) Object.assign(globalThis, globals);
  const navigator = { gpu, userAgent: 'node' };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
}

/** The name of the adapter that a GPU object of WebGPU gives; nothing where it has none. */
async function adapterOf(gpu: unknown): Promise<string | undefined> {
  if (typeof gpu !== 'object' || gpu === null || !('requestAdapter' in gpu)) return undefined;
  const { requestAdapter } = gpu;
  if (!isCallable(requestAdapter)) return undefined;
  const adapter: unknown = await requestAdapter.call(gpu);
  if (typeof adapter !== 'object' || adapter === null) return undefined;
  const info: unknown = 'info' in adapter ? adapter.info : undefined;
  const isNamed = typeof info === 'object' && info !== null && 'description' in info;
  return isNamed ? String(info.description) : 'an adapter without a name';
}

function isCallable(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}
