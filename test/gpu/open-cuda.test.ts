/**
 * Opening CUDA. Proves that whatever a machine lacks is a refusal that says what, and never an exception. The variable of
 * the mock is read once a process, so what it configures is tried in processes of their own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadAddon } from '../../gpu/cuda/load-addon.ts';
import { driverLibraries, openCuda } from '../../gpu/cuda/open-cuda.ts';
import { describeCompiled, mockLibrary, mockOptions } from './mock-cuda.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('looks for the driver where it is said to be, else where it usually is', () => {
  expect(driverLibraries({ EDMESH_LIBCUDA: '/there' })).toEqual(['/there']);
  expect(driverLibraries({ EDMESH_LIBCUDA: '' })[0]).toBe('libcuda.so.1');
});

it('without an addon there is no backend', async () => {
  const loadMissing = () =>
    loadAddon({ packageFolder: root, environment: { EDMESH_CUDA_ADDON: '/nowhere.node' } });
  const { refused } = await openCuda({ ...bare, loadAddon: loadMissing });
  expect(refused).toMatchObject({ kind: 'cuda', remedy: 'Install a C compiler.' });
  expect(refused?.reason).toMatch(/its addon is not there: .*nowhere\.node/);
});

const bare = { kernelFolder: root, libraries: [] };

it('what is not the addon is not taken for it', async () => {
  const addon = () =>
    loadAddon({ packageFolder: root, environment: { EDMESH_CUDA_ADDON: 'node:path' } });
  await expect(addon()).rejects.toThrow(/node:path is not the CUDA addon/);
});

describeCompiled('on this machine', () => {
  let folder = '';
  let program = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'edmesh-cuda-'));
    program = join(folder, 'open.mjs');
    writeFileSync(
      join(folder, 'open.ts'),
      `import { openCuda } from '${root}gpu/cuda/open-cuda.ts';
       import { loadAddon } from '${root}gpu/cuda/load-addon.ts';
       const { backend, refused } = await openCuda({
         loadAddon: () => loadAddon({ packageFolder: '${root}', environment: {} }),
         kernelFolder: '${root}gpu/cuda/kernels',
         libraries: ['${mockLibrary()}'],
       });
       console.log(JSON.stringify(refused ?? backend.devices()));
       await backend?.close();`,
    );
    buildSync({
      entryPoints: [join(folder, 'open.ts')],
      outfile: program,
      bundle: true,
      format: 'esm',
      platform: 'node',
      external: ['@tensorflow/*'],
    });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const openedWith = (configuration: string): unknown => {
    const { stdout, stderr } = spawnSync(process.execPath, [program], {
      env: { ...process.env, EDMESH_MOCK_CUDA: configuration },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  it('a library that does not exist is no driver', async () => {
    const { refused } = await openCuda(mockOptions({ libraries: ['/nowhere.so', '/nor/here.so'] }));
    expect(refused?.reason).toMatch(/^no CUDA driver: \/nowhere\.so: cannot open/);
    expect(refused?.remedy).toMatch(/Install the NVIDIA driver/);
  });

  it('a library without the functions of a driver is too old', async () => {
    const { refused } = await openCuda(mockOptions({ libraries: ['libc.so.6'] }));
    expect(refused?.reason).toMatch(/no CUDA driver: no function cuInit/);
  });

  it('a later library serves where the first does not exist', async () => {
    const { backend } = await openCuda(mockOptions({ libraries: ['/nowhere', mockLibrary()] }));
    await backend?.close();
    expect(backend?.kind).toBe('cuda');
  });

  it('all devices are opened', () => {
    expect(openedWith('devices=3')).toMatchObject([{ index: 0 }, { index: 1 }, { index: 2 }]);
  });

  it.each([
    ['devices=0', /no CUDA driver: .*cuInit failed: no CUDA-capable device is detected \(100\)/],
    ['cuInit=999', /cuInit failed: unknown error \(999\)/],
    ['cuDriverGetVersion=3', /cuDriverGetVersion failed/],
    ['cuDeviceGetCount=3', /cuDeviceGetCount/],
    ['cuDeviceGet=101', /cuDeviceGet: CUDA_ERROR_INVALID_DEVICE \(101\)/],
    ['cuDeviceGetName=3', /cuDeviceGetName/],
    ['cuDeviceTotalMem=3', /cuDeviceTotalMem/],
    ['cuDeviceGetAttribute=3', /cuDeviceGetAttribute/],
    ['cuDevicePrimaryCtxRetain=46', /CUDA_ERROR_DEVICE_UNAVAILABLE/],
  ])('with %s it is refused', (configuration, reason) => {
    expect(openedWith(configuration)).toMatchObject({
      kind: 'cuda',
      reason: expect.stringMatching(reason) as unknown,
    });
  });
});
