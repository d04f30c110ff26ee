import { defineGpuProducer, defineHostCopy, z } from 'edmesh';
import { channelSensor, moduleCount, truthIdMask } from '../algorithms/channel-id.ts';
import { rowPitch } from '../algorithms/velo-geometry.ts';
import { VeloClusters, VeloGeometry, VeloHits, VeloModuleOffsets } from '../products.ts';

/** Places clusters in space on the GPU: hit i is cluster i. */
export const VeloHitGpuProducer = defineGpuProducer({
  type: 'VeloHitGpuProducer',
  description: 'hits in global coordinates on the GPU, from clusters and geometry',
  parameters: z.object({
    clusters: z.string().default('clusters').describe('label of the clusters'),
  }),
  construct(context, parameters) {
    const clusters = context.consumes(VeloClusters, parameters.clusters);
    const geometry = context.setupConsumes(VeloGeometry);
    return {
      outputs: [VeloHits, VeloModuleOffsets],
      enqueue(work, event, setup) {
        const found = event.get(clusters);
        const { localX, xPitch, transforms } = setup.get(geometry);
        const { size, channelIds } = found;
        const hits = work.allocate(VeloHits, size);
        const { x, y, z } = hits.columns;
        work.run('velo-hit-coordinates', {
          ...{ size, rowPitch },
          ...work.upload(VeloClusters, found).columns,
          localX: work.constant(localX),
          xPitch: work.constant(xPitch),
          transforms: work.constant(transforms),
          ...{ x, y, z },
        });
        work.write(
          hits.columns.id,
          channelIds.map((id) => id & truthIdMask),
        );
        const offsets = event.allocate(VeloModuleOffsets, moduleCount + 1);
        countModules(channelIds, offsets.start);
        return [hits, work.upload(VeloModuleOffsets, offsets)];
      },
    };
  },
});

/** Copies hits from the GPU. */
export const VeloHitCopy = defineHostCopy({
  type: 'VeloHitCopy',
  description: 'hits, from the GPU',
  products: [VeloHits, VeloModuleOffsets],
});

/** Where the hits of each module begin; channels are ordered by sensor. */
function countModules(channelIds: Uint32Array, start: Uint32Array): void {
  for (const id of channelIds) {
    const end = (channelSensor(id) >> 2) + 1;
    start[end] = (start[end] ?? 0) + 1;
  }
  for (let module = 0; module < moduleCount; module++) {
    start[module + 1] = (start[module + 1] ?? 0) + (start[module] ?? 0);
  }
}
