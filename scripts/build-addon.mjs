/**
 * Builds the CUDA addon with a C compiler: `node scripts/build-addon.mjs [--out FILE]`. No CUDA toolkit is needed. Without
 * --out the result goes into a cache below node_modules/.cache, under a name that holds a digest of the sources and of how
 * they are compiled, so that it is built once. The backend calls this on demand; an installation never does.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const standard = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared'];
const flags = [...standard, '-fvisibility=hidden', '-DNAPI_VERSION=8'];
// Threads of the addon may outlive the worker that loaded it, so its code stays.
const libraries = ['-Wl,-z,nodelete', '-ldl', '-lpthread'];

/**
 * The addon as a file to load; built unless it is there.
 *
 * @param {{ compiler?: string, headers?: string, cacheFolder?: string, out?: string }} options the compiler (default $CC
 *   or cc), the folder of node_api.h (default beside this Node, or of the package node-api-headers), where to build
 * @returns {Promise<string>} its path
 */
export async function buildAddon(options = {}) {
  const compiler = options.compiler ?? (process.env.CC || 'cc');
  const folder = join(root, 'gpu/cuda/addon');
  const names = (await readdir(folder)).filter((name) => /\.[ch]$/.test(name)).sort();
  const digest = createHash('sha256');
  digest.update([compiler, process.platform, process.arch, ...flags, ...libraries].join('\0'));
  for (const name of names) digest.update(name).update(await readFile(join(folder, name)));
  const cacheFolder = options.cacheFolder ?? join(root, 'node_modules/.cache/edmesh');
  const built = `edmesh-cuda-${process.platform}-${process.arch}-${digest.digest('hex').slice(0, 16)}.node`;
  const out = options.out ?? join(cacheFolder, built);
  if (options.out === undefined && (await exists(out))) return out;
  if (process.platform !== 'linux') {
    throw new Error(`the CUDA addon is for Linux, and this is ${process.platform}`);
  }
  const headers = await headerFolder(options.headers);
  const sources = names.filter((name) => name.endsWith('.c')).map((name) => join(folder, name));
  await mkdir(dirname(out), { recursive: true });
  const draft = `${out}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    await run(compiler, [...flags, `-I${headers}`, ...sources, '-o', draft, ...libraries]);
    // Others may build the same at the same time: whoever is last replaces a file that is equal.
    await rename(draft, out);
  } catch (error) {
    await rm(draft, { force: true });
    throw compilerError(compiler, error);
  }
  return out;
}

function compilerError(compiler, error) {
  if (error.code === 'ENOENT') {
    return new Error(
      `no C compiler: ${compiler} was not found. Install gcc or clang (such as with: apt-get install gcc), ` +
        'or name one in $CC; the addon needs no CUDA toolkit',
      { cause: error },
    );
  }
  return new Error(`${compiler} cannot build the CUDA addon: ${error.stderr || error.message}`, {
    cause: error,
  });
}

/** The folder of Node's own headers, or of the package that holds the same. */
async function headerFolder(given) {
  const candidates =
    given === undefined
      ? [resolve(process.execPath, '../../include/node'), ...packagedHeaders()]
      : [given];
  for (const folder of candidates) if (await exists(join(folder, 'node_api.h'))) return folder;
  throw new Error(
    `node_api.h is not in ${candidates.join(' nor ')}. ` +
      'Install it with: npm install --no-save node-api-headers',
  );
}

function packagedHeaders() {
  try {
    return [createRequire(import.meta.url)('node-api-headers').include_dir];
  } catch {
    return [];
  }
}

async function exists(file) {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const at = process.argv.indexOf('--out');
  const out = at < 0 ? undefined : process.argv[at + 1];
  try {
    console.log(await buildAddon(out === undefined ? {} : { out: resolve(out) }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
