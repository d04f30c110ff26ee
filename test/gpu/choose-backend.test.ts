/**
 * Choosing a backend. Proves the order of `auto`, that an explicit choice is that one or nothing, that every refusal is
 * told with its remedy, and that the users of a thread share one backend.
 */
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../edm/index.ts';
import { backendKinds, type BackendKind, type OpenedBackend } from '../../gpu/backend.ts';
import { chooseBackend, type BackendOpeners } from '../../gpu/choose-backend.ts';
import { backendOpeners, gpuOpener } from '../../gpu/open-gpu.ts';
import { FaultyBackend } from './faulty-backend.ts';

/** Openers of which only some find what they need; `tried` says which were asked. */
function openersWith(there: readonly BackendKind[], tried: BackendKind[] = []): BackendOpeners {
  const openers = backendKinds.map((kind) => {
    const open = (): Promise<OpenedBackend> => {
      tried.push(kind);
      return Promise.resolve(
        there.includes(kind)
          ? { backend: Object.assign(new FaultyBackend(), { kind }) as never }
          : { refused: { kind, reason: `${kind} is absent`, remedy: 'Install it.' } },
      );
    };
    return [kind, open] as const;
  });
  return Object.fromEntries(openers) as unknown as BackendOpeners;
}

describe('auto', () => {
  it.each<[readonly BackendKind[], BackendKind]>([
    [['tfjs-node-gpu', 'cuda', 'webgpu', 'wasm', 'cpu'], 'tfjs-node-gpu'],
    [['cuda', 'webgpu', 'wasm', 'cpu'], 'cuda'],
    [['webgpu', 'wasm', 'cpu'], 'wasm'],
    [['cpu'], 'cpu'],
  ])('with %s takes %s', async (there, taken) => {
    const tried: BackendKind[] = [];
    const { backend, refused } = await chooseBackend(
      'auto',
      openersWith(there, tried),
      silentLogger,
    );
    expect(backend.kind).toBe(taken);
    expect(tried.at(-1)).toBe(taken);
    expect(tried).not.toContain('webgpu');
    const absent = tried.slice(0, -1).map((kind) => ({ kind, reason: `${kind} is absent` }));
    expect(refused).toMatchObject([...absent, { kind: 'webgpu' }]);
  });

  it('logs the choice and the refusals', async () => {
    const said: string[] = [];
    const info = (...words: readonly unknown[]): void => {
      said.push(words.join(' '));
    };
    await chooseBackend('auto', openersWith(['wasm']), { ...silentLogger, info });
    expect(said).toEqual([
      'gpu: not tfjs-node-gpu: tfjs-node-gpu is absent. Install it.',
      'gpu: not cuda: cuda is absent. Install it.',
      'gpu: not webgpu: it is used on request only. Give `--gpu webgpu`.',
      'gpu: backend wasm, faulty (none)',
    ]);
  });
});

describe('an explicit choice', () => {
  it.each(backendKinds)('%s is that one', async (kind) => {
    const { backend, refused } = await chooseBackend(kind, openersWith([kind]), silentLogger);
    expect([backend.kind, refused]).toEqual([kind, []]);
  });

  it('is not replaced where it is not there', async () => {
    await expect(
      chooseBackend('cuda', openersWith(['wasm', 'cpu']), silentLogger),
    ).rejects.toMatchObject({
      code: 'EDMESH_GPU_UNAVAILABLE',
      message: 'no GPU backend can be used: cuda: cuda is absent. Install it.',
      fields: { choice: 'cuda', refused: ['cuda: cuda is absent. Install it.'] },
    });
  });
});

describe('the users of a thread', () => {
  it('share one backend, which closes after the last and opens again', async () => {
    const tried: BackendKind[] = [];
    const open = gpuOpener('cpu', openersWith(['cpu'], tried));
    const [first, second] = await Promise.all([open(silentLogger), open(silentLogger)]);
    expect(first.backend).toBe(second.backend);
    expect(tried).toEqual(['cpu']);
    const backend = first.backend as unknown as FaultyBackend;
    await first.release();
    expect(backend.isClosed).toBe(false);
    await second.release();
    expect(backend.isClosed).toBe(true);
    const third = await open(silentLogger);
    expect(third.backend).not.toBe(backend);
  });

  it('all hear of a refusal, and may try again', async () => {
    const there: BackendKind[] = [];
    const open = gpuOpener('cpu', openersWith(there));
    const ends = await Promise.allSettled([open(silentLogger), open(silentLogger)]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    there.push('cpu');
    expect((await open(silentLogger)).backend.kind).toBe('cpu');
  });
});

it('no compiler is started where there can be no driver', async () => {
  const nowhere = { packageFolder: '/nowhere', environment: { EDMESH_LIBCUDA: '/nowhere.so' } };
  const { refused } = await backendOpeners(nowhere).cuda();
  expect(refused?.reason).toMatch(/^(?:no CUDA driver: there is no|its addon is not there)/);
  const asked = await backendOpeners(nowhere, 'cuda').cuda();
  expect(asked.refused?.reason).toMatch(/its addon is not there/);
});
