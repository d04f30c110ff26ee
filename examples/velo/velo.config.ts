import { defineProcess } from 'edmesh';
import { ClusterValidator } from './modules/cluster-validator.ts';
import { VeloClusterProducer } from './modules/clusters.ts';
import { VeloFitProducer } from './modules/fitted-tracks.ts';
import { VeloGeometryProducer } from './modules/geometry.ts';
import { VeloHistogramAnalyzer } from './modules/histograms.ts';
import { HitOwnerProducer } from './modules/hit-owners.ts';
import { VeloHitProducer } from './modules/hits.ts';
import { McTruthProducer } from './modules/mc-truth.ts';
import { RawBankProducer } from './modules/raw-banks.ts';
import { TrackValidator } from './modules/track-validator.ts';
import { VeloTrackProducer } from './modules/tracks.ts';
import { VertexValidator } from './modules/vertex-validator.ts';
import { PrimaryVertexProducer } from './modules/vertices.ts';
import { veloParameters, veloSource } from './velo-input.ts';

export default defineProcess({
  name: 'VELO',
  description:
    'Tracks and primary vertices in the pixel detector of LHCb, from raw data or a simulation.',
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
        banks: RawBankProducer(),
        clusters: VeloClusterProducer({ clustering }),
        hits: VeloHitProducer(),
        tracks: VeloTrackProducer(),
        fittedTracks: VeloFitProducer(),
        vertices: PrimaryVertexProducer(),
        histograms: VeloHistogramAnalyzer(),
        ...(validation ? validators : {}),
      },
      tasks: validation ? { truth: ['mcParticles', 'hitOwners'] } : {},
      paths: {
        reconstruction: ['banks', 'clusters', 'hits', 'tracks', 'fittedTracks', 'vertices'],
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
