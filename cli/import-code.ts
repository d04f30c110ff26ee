import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EdmeshError } from '../edm/index.ts';

/** Imports a module by its URL. */
export type ImportModule = (url: string) => Promise<{ readonly default?: unknown }>;

/** Imports a module by its URL, as Node does. */
export const importNatively: ImportModule = (url) =>
  import(url) as Promise<{ readonly default?: unknown }>;

/**
 * Imports JavaScript that is made for a file of this name in a folder; `make` may write it only then. Stack traces follow
 * its source map. Nothing is left behind. Throws `EDMESH_FILE_WRITE` where no file can be written.
 */
export async function importCode<T>(
  make: (target: string) => Promise<string>,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const folder = await temporaryFolder();
  try {
    const target = join(folder, 'config.mjs');
    await writeFile(target, await make(target));
    process.setSourceMapsEnabled(true);
    return await use(pathToFileURL(target).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(await realpath(tmpdir()), 'edmesh-'));
  } catch (cause) {
    const message = `cannot write to ${tmpdir()}; name another folder for temporary files in TMPDIR`;
    throw new EdmeshError('EDMESH_FILE_WRITE', message, { cause });
  }
}
