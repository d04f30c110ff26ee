import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openError } from './input-file.ts';

/** One file of a folder. */
export interface FolderFile {
  readonly path: string;
  readonly name: string;
  /** The last number in the name, as in `event_17.json`; `undefined` where there is none. */
  readonly number: number | undefined;
}

const natural = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/**
 * The files of a folder whose names end in `suffix`, in the order in which people count: `event_2` before `event_10`.
 * Hidden files and subfolders are left out. Throws `EDMESH_FILE_OPEN` where the folder is missing or has no such file.
 */
export async function listFolder(folder: string, suffix: string): Promise<FolderFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw openError(folder, cause);
  });
  const names = entries
    .filter(({ name }) => name.endsWith(suffix) && !name.startsWith('.'))
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .sort((a, b) => natural.compare(a, b) || (a < b ? -1 : 1));
  if (names.length === 0) throw openError(folder, `the folder has no ${suffix} file`);
  return names.map((name) => folderFile(folder, name, suffix));
}

/** The file of a folder with this name. */
export function folderFile(folder: string, name: string, suffix: string): FolderFile {
  return { path: join(folder, name), name, number: lastNumber(name, suffix) };
}

function lastNumber(name: string, suffix: string): number | undefined {
  const digits = /(\d+)\D*$/.exec(name.slice(0, name.length - suffix.length))?.[1];
  const number = Number(digits);
  return digits !== undefined && Number.isSafeInteger(number) ? number : undefined;
}
