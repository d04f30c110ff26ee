/** The CUDA backend on the driver without a device, both built from their sources. Skips a file where no C compiler is. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe } from 'vitest';
import { CudaBackend } from '../../gpu/cuda/cuda-backend.ts';
import { loadAddon } from '../../gpu/cuda/load-addon.ts';
import { openCuda, type CudaOptions } from '../../gpu/cuda/open-cuda.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const compiler = process.env.CC ?? 'cc';

const headers = resolve(process.execPath, '../../include/node');

const lacks =
  spawnSync(compiler, ['--version']).status !== 0
    ? `there is no C compiler ${compiler}`
    : existsSync(`${headers}/node_api.h`)
      ? undefined
      : `there are no headers of Node in ${headers}`;

/** `describe` for what needs a C compiler; where there is none it is skipped, and its name says why. */
export function describeCompiled(name: string, body: () => void): void {
  if (lacks === undefined) describe(name, body);
  else describe.skip(`${name} (skipped: ${lacks})`, body);
}

/** What tests tell the mock, and what it counted. */
export interface MockControl {
  counters(): Readonly<Record<string, number>>;
  /** The next `count` calls of an entry point fail. */
  inject(call: string, code: number, count: number): void;
  /** The context of a device fails for good; code 0 mends it. */
  fail(device: number, code: number): void;
}

/** The library of the mock, built unless it is there. */
export function mockLibrary(): string {
  const folder = `${root}test/gpu/mock-driver/`;
  const kernels = `${root}gpu/cuda/kernels/`;
  const sources = readdirSync(folder).filter((name) => name.endsWith('.c'));
  const digest = createHash('sha256');
  for (const name of readdirSync(folder)) digest.update(readFileSync(folder + name));
  for (const name of readdirSync(kernels)) digest.update(readFileSync(kernels + name));
  const cache = `${root}node_modules/.cache/edmesh/`;
  const built = `${cache}mock-cuda-${digest.digest('hex').slice(0, 16)}.node`;
  if (existsSync(built)) return built;
  mkdirSync(cache, { recursive: true });
  const draft = `${built}.${String(process.pid)}`;
  const { status, stderr } = spawnSync(compiler, [
    ...['-std=gnu11', '-O2', '-Wall', '-Wextra', '-fPIC', '-shared', '-fvisibility=hidden'],
    ...['-ffp-contract=off', '-DNAPI_VERSION=8', `-I${root}gpu/cuda/addon`, `-I${headers}`],
    ...sources.map((name) => folder + name),
    ...['-o', draft, '-Wl,-z,nodelete', '-lpthread', '-lm'],
  ]);
  if (status !== 0) throw new Error(`the mock driver is not built: ${String(stderr)}`);
  renameSync(draft, built);
  return built;
}

/** The mock of this process. */
export function mockControl(): MockControl {
  return createRequire(import.meta.url)(mockLibrary()) as MockControl;
}

/** How the CUDA backend is opened on the mock. */
export function mockOptions(options: Partial<CudaOptions> = {}): CudaOptions {
  return {
    loadAddon: () => loadAddon({ packageFolder: root, environment: {} }),
    kernelFolder: `${root}gpu/cuda/kernels`,
    libraries: [mockLibrary()],
    ...options,
  };
}

const opened: CudaBackend[] = [];
afterAll(async () => {
  await Promise.all(opened.map((backend) => backend.close()));
});

/** The backend on the mock, which is closed after the tests of the file. */
export async function mockCuda(options: Partial<CudaOptions> = {}): Promise<CudaBackend> {
  const { backend, refused } = await openCuda(mockOptions(options));
  if (!(backend instanceof CudaBackend)) throw new Error(`refused: ${refused?.reason ?? ''}`);
  opened.push(backend);
  return backend;
}
