import { ClusterValidator } from './modules/cluster-validator.ts';
import { VeloHistogramAnalyzer } from './modules/histograms.ts';
import { HitOwnerProducer } from './modules/hit-owners.ts';
import { McTruthProducer } from './modules/mc-truth.ts';
import { TrackValidator } from './modules/track-validator.ts';
import { VertexValidator } from './modules/vertex-validator.ts';

/** What looks at the reconstruction of raw events: histograms, and the comparison with the truth where there is to be one. */
export function veloMonitoring(validation: boolean) {
  const monitoring = ['histograms'];
  const modules = { histograms: VeloHistogramAnalyzer() };
  if (!validation) return { modules, tasks: {}, endPaths: { monitoring } };
  return {
    modules: {
      ...modules,
      mcParticles: McTruthProducer(),
      hitOwners: HitOwnerProducer(),
      clusterValidator: ClusterValidator(),
      trackValidator: TrackValidator(),
      vertexValidator: VertexValidator(),
    },
    tasks: { truth: ['mcParticles', 'hitOwners'] },
    endPaths: {
      monitoring,
      validation: ['clusterValidator', 'trackValidator', 'vertexValidator'],
    },
  };
}
