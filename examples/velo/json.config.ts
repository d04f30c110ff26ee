import { defineProcess, sourceLabel, z } from 'edmesh';
import { VeloJsonSource } from './json-source.ts';
import { ClusterValidator } from './modules/cluster-validator.ts';
import { VeloFitProducer } from './modules/fitted-tracks.ts';
import { VeloHistogramAnalyzer } from './modules/histograms.ts';
import { HitOwnerProducer } from './modules/hit-owners.ts';
import { VeloPointProducer } from './modules/json-hits.ts';
import { TrackValidator } from './modules/track-validator.ts';
import { VeloTrackProducer } from './modules/tracks.ts';
import { VertexValidator } from './modules/vertex-validator.ts';
import { PrimaryVertexProducer } from './modules/vertices.ts';

/** The files have hits where the detector has clusters, and true particles but no true vertices. */
const [hits, particles] = ['clusters', sourceLabel];

const reconstruction = ['clusters', 'tracks', 'fittedTracks', 'vertices'];

export default defineProcess({
  name: 'VELOJSON',
  description: 'Tracks and primary vertices from hits of the VELO in a folder of JSON files.',
  parameters: z.strictObject({
    input: z
      .string({ error: 'name the folder to read: -p input=FOLDER' })
      .min(1)
      .describe('folder of JSON files, one an event'),
    preload: z.boolean().default(true).describe('read the folder before the first event'),
    events: z.int().min(-1).default(-1).describe('events to read, the first ones; -1: all'),
    skipCorrupt: z.boolean().default(false).describe('go on after events that cannot be decoded'),
  }),
  configure: ({ input, preload, events, skipCorrupt }) => ({
    source: VeloJsonSource({ folder: input, preload, events }),
    modules: {
      clusters: VeloPointProducer(),
      tracks: VeloTrackProducer({ hits }),
      fittedTracks: VeloFitProducer({ hits }),
      vertices: PrimaryVertexProducer(),
      hitOwners: HitOwnerProducer({ hits, particles }),
      clusterValidator: ClusterValidator(),
      trackValidator: TrackValidator({ particles }),
      vertexValidator: VertexValidator({ truth: particles }),
      histograms: VeloHistogramAnalyzer({ hits, truth: particles }),
    },
    tasks: { truth: ['hitOwners'] },
    paths: { reconstruction },
    endPaths: {
      monitoring: ['histograms'],
      validation: ['clusterValidator', 'trackValidator', 'vertexValidator'],
    },
    options: { tryToContinue: skipCorrupt ? ['EventCorruption'] : [] },
  }),
});
