import { defineProducer, z } from 'edmesh';
import { moduleCount, truthIdMask } from '../algorithms/channel-id.ts';
import { placeClusters } from '../algorithms/hits.ts';
import type { VeloGeometry as Geometry } from '../algorithms/velo-geometry.ts';
import { VeloClusters, VeloGeometry, VeloHits, VeloModuleOffsets } from '../products.ts';
import { hitsOf, type Allocator } from '../product-views.ts';

/** Places the clusters of an event in space: hit i is cluster i. */
export function placedHits(event: Allocator, clusters: VeloClusters, geometry: Geometry) {
  const hits = event.allocate(VeloHits, clusters.size);
  const offsets = event.allocate(VeloModuleOffsets, moduleCount + 1);
  placeClusters(geometry, clusters, hitsOf(hits, offsets));
  const { channelIds } = clusters;
  for (let index = 0; index < hits.size; index++) {
    hits.id[index] = (channelIds[index] ?? 0) & truthIdMask;
  }
  return { hits, offsets };
}

/** Turns clusters into hits in global coordinates. */
export const VeloHitProducer = defineProducer({
  type: 'VeloHitProducer',
  description: 'hits in global coordinates from clusters and geometry',
  parameters: z.object({
    clusters: z.string().default('clusters').describe('label of the clusters'),
  }),
  construct(context, parameters) {
    const clusters = context.consumes(VeloClusters, parameters.clusters);
    const geometry = context.setupConsumes(VeloGeometry);
    const hits = context.produces(VeloHits);
    const offsets = context.produces(VeloModuleOffsets);
    return {
      produce(event, setup) {
        const placed = placedHits(event, event.get(clusters), setup.get(geometry));
        event.put(hits, placed.hits);
        event.put(offsets, placed.offsets);
      },
    };
  },
});
