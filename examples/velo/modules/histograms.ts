import { defineAnalyzer, z } from 'edmesh';
import {
  McVertices,
  PrimaryVertices,
  VeloFittedTracks,
  VeloHits,
  VeloTrackHits,
  VeloTracks,
} from '../products.ts';
import { tracksOf } from '../product-views.ts';
import { createVeloHistograms, fillVeloHistograms } from '../velo-histograms.ts';

/** Histograms of hits, tracks and vertices; they are its summary. */
export const VeloHistogramAnalyzer = defineAnalyzer({
  type: 'VeloHistogramAnalyzer',
  description: 'histograms of hits, tracks and vertices',
  parameters: z.object({
    hits: z.string().default('hits').describe('label of the hits'),
    tracks: z.string().default('tracks').describe('label of the tracks'),
    fittedTracks: z.string().default('fittedTracks').describe('label of the fitted tracks'),
    vertices: z.string().default('vertices').describe('label of the primary vertices'),
    truth: z.string().default('mcParticles').describe('label of the true vertices, if any'),
  }),
  construct(context, parameters) {
    const hits = context.consumes(VeloHits, parameters.hits);
    const tracks = context.consumes(VeloTracks, parameters.tracks);
    const trackHits = context.consumes(VeloTrackHits, parameters.tracks);
    const fitted = context.consumes(VeloFittedTracks, parameters.fittedTracks);
    const vertices = context.consumes(PrimaryVertices, parameters.vertices);
    const truth = context.mayConsume(McVertices, parameters.truth);
    const histograms = createVeloHistograms();
    return {
      analyze(event) {
        fillVeloHistograms(histograms, {
          hits: event.get(hits).size,
          tracks: tracksOf(event.get(tracks), event.get(trackHits)),
          fitted: event.get(fitted),
          vertices: event.get(vertices),
          truth: event.find(truth),
        });
      },
      endJob: () => histograms,
    };
  },
});
