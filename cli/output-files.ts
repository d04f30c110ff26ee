import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { EdmeshError } from '../edm/index.ts';

/** Makes sure, before a job begins, that a file can be written at its end. Throws `EDMESH_FILE_WRITE`. */
export async function prepareOutput(file: string): Promise<void> {
  await attempt(file, async () => {
    await makeFolder(dirname(resolve(file)));
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory()) throw new Error('it is a folder');
    await access(found ? file : dirname(resolve(file)), constants.W_OK);
  });
}

/** Writes a file, its folder too where it is missing. Throws `EDMESH_FILE_WRITE`. */
export async function writeOutput(file: string, text: string): Promise<void> {
  await attempt(file, async () => {
    await makeFolder(dirname(resolve(file)));
    await writeFile(file, text);
  });
}

/** Makes a folder and those above it. Node's own recursion never ends in a file system that refuses, such as /proc. */
async function makeFolder(folder: string): Promise<void> {
  const problem = await codeOf(mkdir(folder));
  if (problem === undefined) return;
  if (problem === 'EEXIST') {
    if ((await stat(folder)).isDirectory()) return;
    throw new Error(`${folder} is not a folder`);
  }
  if (problem === 'ENOENT' && dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder);
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => String((error as NodeJS.ErrnoException).code),
  );
}

async function attempt(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const fields = { file: resolve(file) };
    throw new EdmeshError('EDMESH_FILE_WRITE', `cannot write ${file}: ${why}`, { cause, fields });
  }
}
