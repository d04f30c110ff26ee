import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { CudaAddon } from './cuda-addon.ts';

/** Where the addon comes from. */
export interface AddonPlace {
  /** The folder of the package: sources of the addon, and the script that builds it, are below. */
  readonly packageFolder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Loads the addon: the file that `$EDMESH_CUDA_ADDON` names, else the one in the cache, which a C compiler builds first
 * where it is not there. Rejects with what is missing.
 */
export async function loadAddon({ packageFolder, environment }: AddonPlace): Promise<CudaAddon> {
  const { EDMESH_CUDA_ADDON: given } = environment;
  const file = given === undefined || given === '' ? await builtAddon(packageFolder) : given;
  const addon: unknown = createRequire(import.meta.url)(file);
  if (isAddon(addon)) return addon;
  throw new Error(`${file} is not the CUDA addon of edmesh`);
}

async function builtAddon(packageFolder: string): Promise<string> {
  const script = pathToFileURL(`${packageFolder}/scripts/build-addon.mjs`).href;
  const { buildAddon } = (await import(script)) as { buildAddon: () => Promise<string> };
  return buildAddon();
}

function isAddon(addon: unknown): addon is CudaAddon {
  if (typeof addon !== 'object' || addon === null) return false;
  return ['open', 'deviceCount', 'complete', 'launch'].every(
    (name) => typeof (addon as Readonly<Record<string, unknown>>)[name] === 'function',
  );
}
