import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Logger } from '../edm/index.ts';
import type { OpenedBackend } from './backend.ts';
import {
  chooseBackend,
  type BackendOpeners,
  type ChosenBackend,
  type GpuChoice,
} from './choose-backend.ts';
import { loadAddon } from './cuda/load-addon.ts';
import { driverLibraries, openCuda } from './cuda/open-cuda.ts';
import type { EngineKind } from './engine/engine-messages.ts';
import { openEngine } from './engine/open-engine.ts';
import type { OwnOperations } from './operations/load-operations.ts';

/** Where the parts of an installation are that backends need. */
export interface GpuInstallation {
  /** The folder of the package. */
  readonly packageFolder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Operations beside the built-in ones. */
  readonly own?: OwnOperations | undefined;
}

/** A backend in use, until it is released. */
export interface GpuLease extends ChosenBackend {
  /** Closes the backend when its last user in this thread has released it. */
  release(): Promise<void>;
}

/** Opens a backend for one more user in this thread. Rejects as {@link chooseBackend} does. */
export type OpenGpu = (logger: Logger) => Promise<GpuLease>;

/** How the backends of an installation are opened. */
export function backendOpeners(
  { packageFolder, environment, own }: GpuInstallation,
  choice: GpuChoice = 'auto',
): BackendOpeners {
  const entry = pathToFileURL(`${packageFolder}/dist/cli/gpu-thread.js`);
  const engine = (kind: EngineKind) => () => openEngine(kind, { entry, own });
  const libraries = driverLibraries(environment);
  const cuda = (): Promise<OpenedBackend> => {
    // A compiler is not started on machines that cannot have a driver, unless somebody asks for it.
    if (choice !== 'cuda' && !mayHaveDriver(libraries)) return Promise.resolve(noDriver);
    return openCuda({
      loadAddon: () => loadAddon({ packageFolder, environment }),
      kernelFolder: `${packageFolder}/gpu/cuda/kernels`,
      libraries,
      own: own?.operations,
    });
  };
  return {
    cuda,
    'tfjs-node-gpu': engine('tfjs-node-gpu'),
    webgpu: engine('webgpu'),
    wasm: engine('wasm'),
    cpu: engine('cpu'),
  };
}

/** What opens the backend of a choice. All users in a thread share one. */
export function gpuOpener(choice: Exclude<GpuChoice, 'off'>, openers: BackendOpeners): OpenGpu {
  let users = 0;
  let shared: Promise<ChosenBackend> | undefined;
  return async (logger) => {
    users++;
    shared ??= chooseBackend(choice, openers, logger);
    const mine = shared;
    const release = async (): Promise<void> => {
      if (--users > 0) return;
      shared = undefined;
      await mine.then(({ backend }) => backend.close());
    };
    try {
      return { ...(await mine), release };
    } catch (error) {
      users--;
      shared = undefined;
      throw error;
    }
  };
}

function mayHaveDriver(libraries: readonly string[]): boolean {
  return [...libraries, '/dev/nvidiactl', '/dev/dxg'].some(
    (file) => file.startsWith('/') && existsSync(file),
  );
}

const noDriver: OpenedBackend = {
  refused: {
    kind: 'cuda',
    reason: 'no CUDA driver: there is no libcuda.so.1 and no device of NVIDIA',
    remedy: 'Install the NVIDIA driver; $EDMESH_LIBCUDA names its libcuda.so.1 elsewhere.',
  },
};
