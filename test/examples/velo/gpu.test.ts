/**
 * The flagship on GPU backends. Proves that its products are those of the job without, within the tolerances that operations
 * state, that its efficiencies are the same, and that its memory does not grow.
 */
import { describe, expect, it } from 'vitest';
import type { GpuBackend } from '../../../gpu/backend.ts';
import gpu from '../../../examples/velo/gpu.config.ts';
import velo from '../../../examples/velo/velo.config.ts';
import type { JobReport, SoA } from '../../../index.ts';
import { using } from '../../actors/gpu/gpu-toys.ts';
import { engine } from '../../gpu/engine-thread.ts';
import { describeCompiled, mockCuda } from '../../gpu/mock-cuda.ts';
import { figuresOf, runVelo } from './velo-job.ts';

type Products = Readonly<Record<string, unknown>>;

/** How far a column may be off: |difference| <= absolute + relative x |value|; what is not listed is equal. */
const tolerances: Readonly<Record<string, readonly [absolute: number, relative: number]>> = {
  'VeloHits.x': [2e-5, 1e-6],
  'VeloHits.y': [2e-5, 1e-6],
  'VeloHits.z': [2e-5, 1e-6],
  'VeloFittedTracks.x': [2e-3, 1e-4],
  'VeloFittedTracks.y': [2e-3, 1e-4],
  'VeloFittedTracks.z': [2e-2, 1e-4],
  'VeloFittedTracks.tx': [1e-6, 1e-5],
  'VeloFittedTracks.ty': [1e-6, 1e-5],
  'VeloFittedTracks.variance': [1e-8, 1e-3],
  'VeloFittedTracks.covariance': [1e-9, 1e-3],
  'VeloFittedTracks.slopeVariance': [1e-12, 1e-4],
  'VeloFittedTracks.chi2': [2e-2, 1e-2],
};

async function run(
  template: typeof velo,
  events: number,
  options: Parameters<typeof runVelo>[2] = {},
) {
  const seen = new Map<number, Products>();
  const onEvent = (ordinal: number, products: Products): void => {
    const kept = Object.entries(products).map(([branch, product]) => [branch, product] as const);
    seen.set(ordinal, Object.fromEntries(kept));
  };
  const report = await runVelo(template, { events, validation: true }, { ...options, onEvent });
  return { report, seen };
}

/** The largest difference of each column, in units of its tolerance. */
function differences(of: Map<number, Products>, from: Map<number, Products>): string[] {
  const wrong: string[] = [];
  for (const [ordinal, products] of from) {
    for (const branch of ['VeloHits_hits__VELO', 'VeloFittedTracks_fittedTracks__VELO']) {
      const [want, have] = [products[branch] as SoA, of.get(ordinal)?.[branch] as SoA];
      expect(have.size).toBe(want.size);
      for (const [column, values] of Object.entries(want)) {
        if (!ArrayBuffer.isView(values)) continue;
        const name = `${branch.split('_')[0] ?? ''}.${column}`;
        const [absolute, relative] = tolerances[name] ?? [0, 0];
        const found = (have as unknown as Readonly<Record<string, Float32Array>>)[column];
        (values as Float32Array).forEach((value, row) => {
          const off = Math.abs((found?.[row] ?? NaN) - value);
          if (!(off <= absolute + relative * Math.abs(value))) {
            wrong.push(`event ${String(ordinal)}, ${name}[${String(row)}]: ${String(off)} off`);
          }
        });
      }
    }
  }
  return wrong;
}

/** Runs the job with a backend and without any, and compares. */
async function expectSame(events: number, backend?: GpuBackend, body?: string): Promise<void> {
  const plain = await run(velo, events);
  const alone = await run(gpu, events);
  const { report, seen } =
    backend === undefined ? alone : await run(gpu, events, { ...using(backend), streams: 3 });
  expect(report.exitCode).toBe(0);
  expect(differences(seen, plain.seen)).toEqual([]);
  expect(figuresOf(report)).toEqual(figuresOf(plain.report));
  const doublets = (of: JobReport) => of.modules.doubletHistogram?.summary;
  expect(doublets(report)).toEqual(doublets(alone.report));
  if (backend === undefined) return;
  expect(report.gpu?.operations).toEqual({
    'velo-hit-coordinates': { body, runs: events },
    'velo-doublets': { body, runs: events },
    'velo-line-fit': { body, runs: events },
  });
  expect(report.gpu).toMatchObject({ state: 'ready', fallbacks: 0 });
  const { device, host } = report.gpu?.allocator ?? {};
  expect([device?.liveBlocks, host?.liveBlocks]).toEqual([0, 0]);
}

describe('the flagship gives the same', () => {
  it('on the host', async () => {
    await expectSame(40);
  });

  // Tensors are not what these operations are best at on a processor: few events do.
  it.each(['cpu', 'wasm'] as const)('on %s, with tfjs bodies', async (kind) => {
    await expectSame(2, await engine(kind, { bodies: 'tfjs' }), 'tfjs');
  });

  it('on wasm, with the bodies that are faster there', async () => {
    await expectSame(40, await engine('wasm'), 'ref');
  });

  describeCompiled('on the CUDA driver without a device', () => {
    it('with its kernels', async () => {
      await expectSame(40, await mockCuda(), 'cuda');
    });
  });
});
