import type { OpenedBackend } from '../backend.ts';
import { messageOf } from '../gpu-errors.ts';
import { loadOperations } from '../operations/load-operations.ts';
import type { OperationRegistry } from '../operations/operation-registry.ts';
import { cudaResultOf, isNoDriver, type CudaAddon } from './cuda-addon.ts';
import { CudaBackend } from './cuda-backend.ts';
import { CudaCompletions } from './cuda-completions.ts';
import { CudaContext } from './cuda-context.ts';
import { CudaMemory } from './cuda-memory.ts';
import { CudaStatus } from './cuda-status.ts';

/** What the CUDA backend is opened with. */
export interface CudaOptions {
  /** Gives the addon for this thread; rejects where it is neither there nor can be built. */
  readonly loadAddon: () => Promise<CudaAddon>;
  /** Folder of the PTX of the built-in operations. */
  readonly kernelFolder: string;
  /** Driver libraries to try, in order; see {@link driverLibraries}. */
  readonly libraries: readonly string[];
  /** URLs of modules that export further `operations`. */
  readonly operationModules?: readonly string[];
  /** Operations of the config. */
  readonly own?: readonly unknown[] | undefined;
  /** Whether the driver calls back at completions; default: threads wait for them. */
  readonly hostFunctions?: boolean;
  /** Most threads that wait for completions, default 8; each waits for one queue at a time. */
  readonly waitersMax?: number;
  /** With `hostFunctions`: after how long the driver is asked whether it will ever call back, default 1000. */
  readonly watchdogMs?: number;
}

/** Where the library of the driver may be: where `$EDMESH_LIBCUDA` says, or where the loader and distributions have it. */
export function driverLibraries(environment: NodeJS.ProcessEnv): readonly string[] {
  const { EDMESH_LIBCUDA: given } = environment;
  if (given !== undefined && given !== '') return [given];
  return [
    'libcuda.so.1',
    '/usr/lib/x86_64-linux-gnu/libcuda.so.1',
    '/usr/lib/aarch64-linux-gnu/libcuda.so.1',
    '/usr/lib64/libcuda.so.1',
    '/usr/lib/wsl/lib/libcuda.so.1',
  ];
}

const installDriver =
  'Install the NVIDIA driver; $EDMESH_LIBCUDA names its libcuda.so.1 elsewhere.';

/**
 * Opens the CUDA driver with all its devices. What the machine lacks is a refusal; EdmeshError `EDMESH_DEFINITION` is thrown
 * where a module of operations is wrong. One backend of a thread can be open at a time.
 */
export async function openCuda(options: CudaOptions): Promise<OpenedBackend> {
  const operations = await loadOperations(options.operationModules, options.own);
  let addon: CudaAddon;
  try {
    addon = await options.loadAddon();
  } catch (error) {
    return refusal(`its addon is not there: ${messageOf(error)}`, 'Install a C compiler.');
  }
  const completions = new CudaCompletions();
  let opened: ReturnType<CudaAddon['open']>;
  try {
    opened = openDriver(addon, completions, options);
  } catch (error) {
    return refusal(messageOf(error), isNoDriver(error) ? installDriver : '');
  }
  const status = new CudaStatus(addon);
  completions.use(opened.batch, status);
  try {
    const contexts = Array.from(
      { length: addon.deviceCount() },
      (_, device) => new CudaContext(addon, device, options.kernelFolder),
    );
    if (contexts.length > 0) {
      const backend = backendOf(
        { addon, status, completions, operations, contexts },
        opened,
        options,
      );
      return { backend };
    }
    addon.close();
    return refusal('the CUDA driver finds no device', 'See what `nvidia-smi` says.');
  } catch (error) {
    addon.close();
    if (cudaResultOf(error) === undefined) throw error;
    return refusal(messageOf(error), 'See what `nvidia-smi` says.');
  }
}

interface OpenParts {
  readonly addon: CudaAddon;
  readonly status: CudaStatus;
  readonly completions: CudaCompletions;
  readonly operations: OperationRegistry;
  readonly contexts: readonly CudaContext[];
}

function backendOf(
  parts: OpenParts,
  { driverVersion }: { readonly driverVersion: number },
  { hostFunctions = false }: CudaOptions,
): CudaBackend {
  const [major, minor] = [
    Math.floor(driverVersion / 1000),
    Math.floor((driverVersion % 1000) / 10),
  ];
  return new CudaBackend({
    ...parts,
    memory: new CudaMemory(parts.addon, parts.status, parts.contexts),
    driver: `CUDA ${String(major)}.${String(minor)}`,
    hostFunctions,
  });
}

/** Opens the first library that there is. Throws what the last one that exists, or the first one, is refused with. */
function openDriver(
  addon: CudaAddon,
  completions: CudaCompletions,
  { libraries, waitersMax = 8, watchdogMs = 1000 }: CudaOptions,
): ReturnType<CudaAddon['open']> {
  let refused: unknown;
  for (const library of libraries) {
    try {
      return addon.open(library, completions.completed, waitersMax, watchdogMs);
    } catch (error) {
      if (!isNoDriver(error)) throw error;
      const exists = 'result' in error && error.result !== 0;
      if (exists || refused === undefined) refused = error;
      if (exists) break;
    }
  }
  throw refused;
}

function refusal(reason: string, remedy: string): OpenedBackend {
  return { refused: { kind: 'cuda', reason, remedy } };
}
