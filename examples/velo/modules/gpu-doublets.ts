import {
  createHistogram,
  defineAnalyzer,
  defineGpuProducer,
  defineHostCopy,
  fillHistogram,
  onGpu,
  z,
} from 'edmesh';
import { layerCount } from '../algorithms/hit-grid.ts';
import { VeloDoubletCounts, VeloDoublets, VeloHits, VeloModuleOffsets } from '../products.ts';

/** Partners of a hit that are kept. */
const doubletCapacity = 16;

const parameters = z.object({
  hits: z.string().default('hitsOnGpu').describe('label of the hits on the GPU'),
  turn: z.number().min(0).default(0.02).describe('how far tracks turn about the beam line, rad'),
  impact: z.number().min(0).default(0.2).describe('how far from it they pass, mm'),
});

/** Looks, on the GPU, for pairs of hits in neighbouring layers. */
export const VeloDoubletGpuProducer = defineGpuProducer({
  type: 'VeloDoubletGpuProducer',
  description: 'pairs of hits of neighbouring layers on the GPU, within a window of azimuth',
  parameters,
  construct(context, { hits, turn, impact }) {
    const hitToken = context.consumes(onGpu(VeloHits), hits);
    const offsetToken = context.consumes(onGpu(VeloModuleOffsets), hits);
    return {
      inputs: [hitToken, offsetToken],
      outputs: [VeloDoubletCounts, VeloDoublets],
      enqueue(work) {
        const { size, columns } = work.get(hitToken);
        const offsets = work.get(offsetToken);
        const counts = work.allocate(VeloDoubletCounts, size);
        const doublets = work.allocate(VeloDoublets, size * doubletCapacity);
        const { x, y, z } = columns;
        work.run('velo-doublets', {
          ...{ size, layers: layerCount, up: 1, turn, impact, minStep: 4 },
          layerHits: offsets.host === undefined ? size : mostHits(offsets.host.start),
          capacity: doubletCapacity,
          ...{ x, y, z },
          moduleStart: offsets.columns.start,
          counts: counts.columns.count,
          partners: doublets.columns.hit,
        });
        return [counts, doublets];
      },
    };
  },
});

/** Copies doublets from the GPU. */
export const VeloDoubletCopy = defineHostCopy({
  type: 'VeloDoubletCopy',
  description: 'pairs of hits, from the GPU',
  products: [VeloDoubletCounts, VeloDoublets],
});

/** Looks at how many partners hits have. */
export const VeloDoubletAnalyzer = defineAnalyzer({
  type: 'VeloDoubletAnalyzer',
  description: 'histogram of the partners of each hit',
  parameters: z.object({
    doublets: z.string().default('doublets').describe('label of the pairs of hits'),
  }),
  construct(context, parameters) {
    const counts = context.consumes(VeloDoubletCounts, parameters.doublets);
    const partners = createHistogram('partners of a hit', { bins: 20, low: 0, high: 20 });
    return {
      analyze(event) {
        for (const count of event.get(counts).count) fillHistogram(partners, count);
      },
      endJob: () => ({ partners }),
    };
  },
});

/** Most hits that a layer has. */
function mostHits(start: Uint32Array): number {
  let most = 0;
  for (let layer = 0; layer < layerCount; layer++) {
    most = Math.max(most, (start[2 * layer + 2] ?? 0) - (start[2 * layer] ?? 0));
  }
  return most;
}
