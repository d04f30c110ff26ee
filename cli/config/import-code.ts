import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EdmeshError } from '../../edm/index.ts';

/** Imports a module by its URL. */
export type ImportModule = (url: string) => Promise<{ readonly default?: unknown }>;

/** Imports a module by its URL, as Node does. */
export const importNatively: ImportModule = (url) =>
  import(url) as Promise<{ readonly default?: unknown }>;

/**
 * Imports JavaScript that is made for a file of this name in a folder; `make` may not count on the folder. Stack traces
 * follow its source map. Nothing is left behind. Throws `EDMESH_FILE_WRITE` where no file can be written.
 */
export async function importCode<T>(
  make: (target: string) => Promise<string>,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const folder = await folderName();
  const target = join(folder, 'config.mjs');
  // The folder is there while its code is imported, and no longer: a signal ends the process at once.
  const code = await make(target);
  const removeAtExit = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  await writable(() => mkdir(folder, { mode: 0o700 }));
  process.once('exit', removeAtExit);
  try {
    await writable(() => writeFile(target, code));
    process.setSourceMapsEnabled(true);
    return await use(pathToFileURL(target).href);
  } finally {
    process.off('exit', removeAtExit);
    await rm(folder, { recursive: true, force: true });
  }
}

/** A folder that is not there yet. */
function folderName(): Promise<string> {
  return writable(async () => join(await realpath(tmpdir()), `edmesh-${randomUUID()}`));
}

async function writable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const message = `cannot write to ${tmpdir()}; name another folder for temporary files in TMPDIR`;
    throw new EdmeshError('EDMESH_FILE_WRITE', message, { cause });
  }
}
