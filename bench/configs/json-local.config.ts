import { defineFilter, defineProcess, MPIController, MPIReceiver, MPISender, z } from 'edmesh';
import { VeloJsonSource } from '../../examples/velo/json-source.ts';
import { ClusterValidator } from '../../examples/velo/modules/cluster-validator.ts';
import { VeloFitProducer } from '../../examples/velo/modules/fitted-tracks.ts';
import { VeloHistogramAnalyzer } from '../../examples/velo/modules/histograms.ts';
import { HitOwnerProducer } from '../../examples/velo/modules/hit-owners.ts';
import { VeloPointProducer } from '../../examples/velo/modules/json-hits.ts';
import { TrackValidator } from '../../examples/velo/modules/track-validator.ts';
import { VeloTrackProducer } from '../../examples/velo/modules/tracks.ts';
import { VertexValidator } from '../../examples/velo/modules/vertex-validator.ts';
import { PrimaryVertexProducer } from '../../examples/velo/modules/vertices.ts';
import { VeloTrackHits, VeloTracks } from '../../examples/velo/products.ts';

const Nothing = defineFilter({
  type: 'Nothing',
  description: 'passes no event',
  construct: () => ({ filter: () => false }),
});

const [hits, particles] = ['clusters', 'source'];
const controller = MPIController({ followers: ['TRACKS'] });
const sendHits = MPISender({ upstream: 'controller', instance: 1, products: [hits] });

/** `json.config.ts` of the flagship, its tracks found in another process; or all here, with a follower that gets nothing. */
export default defineProcess({
  name: 'JSONLOCAL',
  description: 'The JSON job of the flagship, with another process.',
  parameters: z.strictObject({
    input: z.string().min(1).describe('folder of JSON files, one an event'),
    idle: z.boolean().default(false).describe('gives the other process no event'),
  }),
  configure: ({ input, idle }) => ({
    source: VeloJsonSource({ folder: input, preload: true }),
    modules: {
      controller,
      sendHits,
      ...(idle ? { nothing: Nothing() } : {}),
      clusters: VeloPointProducer(),
      tracks: idle
        ? VeloTrackProducer({ hits })
        : MPIReceiver({
            upstream: 'controller',
            instance: 2,
            products: [{ type: VeloTracks }, { type: VeloTrackHits }],
          }),
      fittedTracks: VeloFitProducer({ hits }),
      vertices: PrimaryVertexProducer(),
      hitOwners: HitOwnerProducer({ hits, particles }),
      clusterValidator: ClusterValidator(),
      trackValidator: TrackValidator({ particles }),
      vertexValidator: VertexValidator({ truth: particles }),
      histograms: VeloHistogramAnalyzer({ hits, truth: particles }),
      ...(idle
        ? {
            back: MPIReceiver({
              upstream: 'controller',
              instance: 2,
              products: [{ type: VeloTracks }, { type: VeloTrackHits }],
            }),
          }
        : {}),
    },
    tasks: { truth: ['hitOwners'] },
    paths: {
      offload: [
        ...(idle ? ['nothing'] : ['clusters']),
        'controller',
        'sendHits',
        ...(idle ? ['back'] : []),
      ],
      reconstruction: ['clusters', 'tracks', 'fittedTracks', 'vertices'],
    },
    endPaths: {
      monitoring: ['histograms'],
      validation: ['clusterValidator', 'trackValidator', 'vertexValidator'],
    },
  }),
});
