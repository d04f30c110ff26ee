/**
 * Every operation on every backend that is there. Proves that each body computes what `ref` computes, within the tolerance
 * that the operation states. The CUDA kernels run on the mock driver, compiled as C from the sources of the PTX.
 */
import { describe, expect, it } from 'vitest';
import type { BodyKind, GpuBackend } from '../../gpu/backend.ts';
import { tryOperations } from '../../gpu/conformance.ts';
import { builtInOperations } from '../../gpu/operations/built-in-operations.ts';
import { engine } from './engine-thread.ts';
import { describeCompiled, mockCuda } from './mock-cuda.ts';

async function expectConformance(backend: GpuBackend, body: BodyKind): Promise<void> {
  const results = await tryOperations(backend, builtInOperations);
  const samples = builtInOperations.reduce((sum, { samples: { length } }) => sum + length, 0);
  expect(results).toHaveLength(samples);
  expect(results.filter(({ problems }) => problems.length > 0)).toEqual([]);
  expect(results.every((result) => result.body === body)).toBe(true);
}

describe.each(['cpu', 'wasm'] as const)('on %s', (kind) => {
  it('every operation gives what its ref body gives', async () => {
    await expectConformance(await engine(kind, { bodies: 'tfjs' }), 'tfjs');
  });
});

describe('on webgpu, where what tensors hold has to be waited for', () => {
  it('every operation gives what its ref body gives', async () => {
    const fileHere = (name: string) => new URL(`stand-ins/${name}`, import.meta.url).href;
    const module = fileHere('webgpu.mjs');
    const backendModule = fileHere('tfjs-backend-webgpu.mjs');
    const backend = await engine('webgpu', { module, backendModule });
    const results = await tryOperations(backend, builtInOperations);
    expect(results.filter(({ problems }) => problems.length > 0)).toEqual([]);
    const onHost = results.filter(({ body }) => body === 'ref').map(({ operation }) => operation);
    expect([...new Set(onHost)]).toEqual(['velo-hit-coordinates']);
  });
});

describeCompiled('on cuda', () => {
  it('every operation gives what its ref body gives', async () => {
    await expectConformance(await mockCuda(), 'cuda');
  });
});
