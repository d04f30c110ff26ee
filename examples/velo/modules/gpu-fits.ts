import { defineGpuProducer, defineHostCopy, onGpu, z } from 'edmesh';
import { trackFitDefaults } from '../algorithms/track-fit.ts';
import { VeloFittedTracks, VeloHits, VeloTrackHits, VeloTracks } from '../products.ts';

/** Fits straight lines to all tracks of an event at once, on the GPU. */
export const VeloFitGpuProducer = defineGpuProducer({
  type: 'VeloFitGpuProducer',
  description: 'least-squares lines through the hits of tracks, at the beam line, on the GPU',
  parameters: z.object({
    hits: z.string().default('hitsOnGpu').describe('label of the hits on the GPU'),
    tracks: z.string().default('tracks').describe('label of the tracks'),
  }),
  construct(context, parameters) {
    const hits = context.consumes(onGpu(VeloHits), parameters.hits);
    const tracks = context.consumes(VeloTracks, parameters.tracks);
    const trackHits = context.consumes(VeloTrackHits, parameters.tracks);
    return {
      inputs: [hits],
      outputs: [VeloFittedTracks],
      enqueue(work, event) {
        const found = event.get(tracks);
        const size = found.size - 1;
        const { x, y, z } = work.get(hits).columns;
        const fitted = work.allocate(VeloFittedTracks, size);
        work.run('velo-line-fit', {
          ...{ size, maxHits: longest(found.hitStart), ...trackFitDefaults },
          hitStart: work.upload(VeloTracks, found).columns.hitStart,
          hitIndices: work.upload(VeloTrackHits, event.get(trackHits)).columns.hit,
          ...{ hitX: x, hitY: y, hitZ: z, ...fitted.columns },
        });
        return [fitted];
      },
    };
  },
});

/** Copies fitted tracks from the GPU. */
export const VeloFitCopy = defineHostCopy({
  type: 'VeloFitCopy',
  description: 'fitted tracks, from the GPU',
  products: [VeloFittedTracks],
});

/** Hits of the longest track. */
function longest(hitStart: Uint32Array): number {
  let most = 0;
  for (let track = 0; track + 1 < hitStart.length; track++) {
    most = Math.max(most, (hitStart[track + 1] ?? 0) - (hitStart[track] ?? 0));
  }
  return most;
}
