import {
  backendOpeners,
  gpuOpener,
  type GpuChoice,
  type GpuInstallation,
  type OpenGpu,
} from '../../gpu/index.ts';

/** How a job uses GPUs. */
export interface GpuOptions {
  /** For lanes in the thread of the process. */
  readonly open: OpenGpu;
  /** For lanes in other threads: plain data from which the program of the thread opens theirs. */
  readonly thread?: unknown;
}

/** Options of a job whose modules use the backend of a choice, as it is installed. */
export function gpuOptions(
  choice: Exclude<GpuChoice, 'off'>,
  installation: GpuInstallation,
): GpuOptions {
  const open = gpuOpener(choice, backendOpeners(installation, choice));
  return { open, thread: choice };
}
