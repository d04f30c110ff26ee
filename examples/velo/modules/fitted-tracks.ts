import { defineProducer, z } from 'edmesh';
import type { VeloHits as Hits } from '../algorithms/hits.ts';
import { createTrackFit } from '../algorithms/track-fit.ts';
import type { Tracks } from '../algorithms/tracks.ts';
import {
  VeloFittedTracks,
  VeloHits,
  VeloModuleOffsets,
  VeloTrackHits,
  VeloTracks,
} from '../products.ts';
import { hitsOf, tracksOf, type Allocator } from '../product-views.ts';

/** Makes what fits the tracks of an event. */
export function createFitStep() {
  const fit = createTrackFit();
  return (event: Allocator, tracks: Tracks, hits: Hits): VeloFittedTracks => {
    const lines = fit(tracks, hits);
    const { size } = lines;
    const fitted = event.allocate(VeloFittedTracks, size);
    fitted.x.set(lines.x.subarray(0, size));
    fitted.y.set(lines.y.subarray(0, size));
    fitted.z.set(lines.z.subarray(0, size));
    fitted.tx.set(lines.tx.subarray(0, size));
    fitted.ty.set(lines.ty.subarray(0, size));
    fitted.variance.set(lines.variance.subarray(0, size));
    fitted.covariance.set(lines.covariance.subarray(0, size));
    fitted.slopeVariance.set(lines.slopeVariance.subarray(0, size));
    fitted.chi2.set(lines.chi2.subarray(0, size));
    fitted.backward.set(lines.backward.subarray(0, size));
    return fitted;
  };
}

/** Fits straight lines to tracks. */
export const VeloFitProducer = defineProducer({
  type: 'VeloFitProducer',
  description: 'least-squares lines through the hits of tracks, at the beam line',
  parameters: z.object({
    hits: z.string().default('hits').describe('label of the hits'),
    tracks: z.string().default('tracks').describe('label of the tracks'),
  }),
  construct(context, parameters) {
    const hits = context.consumes(VeloHits, parameters.hits);
    const offsets = context.consumes(VeloModuleOffsets, parameters.hits);
    const tracks = context.consumes(VeloTracks, parameters.tracks);
    const trackHits = context.consumes(VeloTrackHits, parameters.tracks);
    const fitted = context.produces(VeloFittedTracks);
    const step = createFitStep();
    return {
      produce(event) {
        const found = tracksOf(event.get(tracks), event.get(trackHits));
        event.put(fitted, step(event, found, hitsOf(event.get(hits), event.get(offsets))));
      },
    };
  },
});
