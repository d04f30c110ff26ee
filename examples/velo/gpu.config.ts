import { defineProcess } from 'edmesh';
import { ClusterValidator } from './modules/cluster-validator.ts';
import { VeloClusterProducer } from './modules/clusters.ts';
import { VeloGeometryProducer } from './modules/geometry.ts';
import {
  VeloDoubletAnalyzer,
  VeloDoubletCopy,
  VeloDoubletGpuProducer,
} from './modules/gpu-doublets.ts';
import { VeloFitCopy, VeloFitGpuProducer } from './modules/gpu-fits.ts';
import { VeloHitCopy, VeloHitGpuProducer } from './modules/gpu-hits.ts';
import { VeloHistogramAnalyzer } from './modules/histograms.ts';
import { HitOwnerProducer } from './modules/hit-owners.ts';
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
    'The VELO job with hit coordinates, doublets and track fits on the GPU that --gpu names.',
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
        hitsOnGpu: VeloHitGpuProducer(),
        hits: VeloHitCopy({ input: 'hitsOnGpu' }),
        doubletsOnGpu: VeloDoubletGpuProducer(),
        doublets: VeloDoubletCopy({ input: 'doubletsOnGpu' }),
        tracks: VeloTrackProducer(),
        fitsOnGpu: VeloFitGpuProducer(),
        fittedTracks: VeloFitCopy({ input: 'fitsOnGpu' }),
        vertices: PrimaryVertexProducer(),
        histograms: VeloHistogramAnalyzer(),
        doubletHistogram: VeloDoubletAnalyzer(),
        ...(validation ? validators : {}),
      },
      tasks: {
        copies: ['hits', 'doublets', 'fittedTracks'],
        ...(validation ? { truth: ['mcParticles', 'hitOwners'] } : {}),
      },
      paths: {
        reconstruction: [
          ...['banks', 'clusters', 'hitsOnGpu', 'doubletsOnGpu'],
          ...['tracks', 'fitsOnGpu', 'vertices'],
        ],
      },
      endPaths: {
        monitoring: ['histograms', 'doubletHistogram'],
        ...(validation
          ? { validation: ['clusterValidator', 'trackValidator', 'vertexValidator'] }
          : {}),
      },
      options: { tryToContinue: skipCorrupt ? ['EventCorruption'] : [] },
    };
  },
});
