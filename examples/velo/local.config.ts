import { defineProcess, MPIController, MPIReceiver, MPISender } from 'edmesh';
import { ClusterValidator } from './modules/cluster-validator.ts';
import { VeloClusterProducer } from './modules/clusters.ts';
import { VeloGeometryProducer } from './modules/geometry.ts';
import { VeloHistogramAnalyzer } from './modules/histograms.ts';
import { HitOwnerProducer } from './modules/hit-owners.ts';
import { VeloHitProducer } from './modules/hits.ts';
import { McTruthProducer } from './modules/mc-truth.ts';
import { RawBankProducer } from './modules/raw-banks.ts';
import { TrackValidator } from './modules/track-validator.ts';
import { VertexValidator } from './modules/vertex-validator.ts';
import { PrimaryVertices, VeloFittedTracks, VeloTrackHits, VeloTracks } from './products.ts';
import { veloParameters, veloSource } from './velo-input.ts';

/** Each receiver has the label of the module that makes the product in the other process. */
const received = {
  tracks: MPIReceiver({
    upstream: 'controller',
    instance: 2,
    products: [{ type: VeloTracks }, { type: VeloTrackHits }],
  }),
  fittedTracks: MPIReceiver({
    upstream: 'controller',
    instance: 3,
    products: [{ type: VeloFittedTracks }],
  }),
  vertices: MPIReceiver({
    upstream: 'controller',
    instance: 4,
    products: [{ type: PrimaryVertices }],
  }),
};

export default defineProcess({
  name: 'LOCAL',
  description: 'The VELO job without its track finding, which remote.config.ts does.',
  parameters: veloParameters,
  configure(given) {
    const { geometry, clustering, validation, skipCorrupt } = given;
    const validators = {
      mcParticles: McTruthProducer(),
      hitOwners: HitOwnerProducer(),
      clusterValidator: ClusterValidator(),
      trackValidator: TrackValidator(),
      vertexValidator: VertexValidator(),
    };
    return {
      source: veloSource(given),
      eventSetup: { geometry: VeloGeometryProducer({ file: geometry }) },
      modules: {
        controller: MPIController({ followers: ['REMOTE'] }),
        banks: RawBankProducer(),
        clusters: VeloClusterProducer({ clustering }),
        hits: VeloHitProducer(),
        sendHits: MPISender({ upstream: 'controller', instance: 1, products: ['hits'] }),
        ...received,
        histograms: VeloHistogramAnalyzer(),
        ...(validation ? validators : {}),
      },
      tasks: validation ? { truth: ['mcParticles', 'hitOwners'] } : {},
      paths: {
        offload: ['banks', 'clusters', 'hits', 'controller', 'sendHits'],
        reconstruction: ['tracks', 'fittedTracks', 'vertices'],
      },
      endPaths: {
        monitoring: ['histograms'],
        ...(validation
          ? { validation: ['clusterValidator', 'trackValidator', 'vertexValidator'] }
          : {}),
      },
      options: { tryToContinue: skipCorrupt ? ['EventCorruption'] : [] },
    };
  },
});
