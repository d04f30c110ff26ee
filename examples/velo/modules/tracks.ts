import { defineProducer, z } from 'edmesh';
import { createTrackFinder } from '../algorithms/track-finding.ts';
import { VeloHits, VeloModuleOffsets, VeloTrackHits, VeloTracks } from '../products.ts';
import { hitsOf, type Allocator } from '../product-views.ts';

/** Makes what finds the tracks of an event. */
export function createTrackStep() {
  const find = createTrackFinder();
  return (event: Allocator, hits: VeloHits, offsets: VeloModuleOffsets) => {
    const found = find(hitsOf(hits, offsets));
    const tracks = event.allocate(VeloTracks, found.size + 1);
    tracks.hitStart.set(found.hitStart.subarray(0, found.size + 1));
    const count = tracks.hitStart[found.size] ?? 0;
    const trackHits = event.allocate(VeloTrackHits, count);
    trackHits.hit.set(found.hitIndices.subarray(0, count));
    return { tracks, trackHits };
  };
}

/** Finds straight tracks in the hits of an event. */
export const VeloTrackProducer = defineProducer({
  type: 'VeloTrackProducer',
  description: 'straight tracks, found by triplets of hits of neighbouring layers',
  parameters: z.object({ hits: z.string().default('hits').describe('label of the hits') }),
  construct(context, parameters) {
    const hits = context.consumes(VeloHits, parameters.hits);
    const offsets = context.consumes(VeloModuleOffsets, parameters.hits);
    const tracks = context.produces(VeloTracks);
    const trackHits = context.produces(VeloTrackHits);
    const step = createTrackStep();
    return {
      produce(event) {
        const found = step(event, event.get(hits), event.get(offsets));
        event.put(tracks, found.tracks);
        event.put(trackHits, found.trackHits);
      },
    };
  },
});
