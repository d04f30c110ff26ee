/** The CUDA backend on the driver without a device, both built from their sources. Skips a file where no C compiler is. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { afterAll, describe } from 'vitest';
import { CudaBackend } from '../../gpu/cuda/cuda-backend.ts';
import { loadAddon } from '../../gpu/cuda/load-addon.ts';
import { openCuda, type CudaOptions } from '../../gpu/cuda/open-cuda.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const script = new URL('../../scripts/build-mock.mjs', import.meta.url).href;
const { buildMock, mockLacks } = (await import(/* @vite-ignore */ script)) as {
  readonly buildMock: () => string;
  readonly mockLacks: () => string | undefined;
};
const lacks = mockLacks();

/** `describe` for what needs a C compiler; where there is none it is skipped, and its name says why. */
export function describeCompiled(name: string, body: () => void): void {
  if (lacks === undefined) describe(name, body);
  // There is nothing to load then, neither the addon nor a driver.
  else describe.skip(`${name} (skipped: ${lacks})`, body);
}

/** What tests tell the mock, and what it counted. */
export interface MockControl {
  counters(): Readonly<Record<string, number>>;
  /** The next `count` calls of an entry point fail. */
  inject(call: string, code: number, count: number): void;
  /** The context of a device fails for good; code 0 mends it. */
  fail(device: number, code: number): void;
  /** Makes the context of a device the current one of this thread, as other code in it may; without one, none. */
  enter(device?: number): void;
}

/** The library of the mock. */
export const mockLibrary = buildMock;

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
