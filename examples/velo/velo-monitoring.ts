import { ClusterValidator } from './modules/cluster-validator.ts';
import { VeloHistogramAnalyzer } from './modules/histograms.ts';
import { HitOwnerProducer } from './modules/hit-owners.ts';
import { McTruthProducer } from './modules/mc-truth.ts';
import { TrackValidator } from './modules/track-validator.ts';
import { VertexValidator } from './modules/vertex-validator.ts';

/** What looks at the reconstruction of raw events. */
export interface Monitoring {
  /** Whether it is compared with the truth. */
  readonly validation: boolean;
  /** Labels of filters: only events that pass them are looked at. */
  readonly selection: readonly string[];
}

/** Histograms, and where asked for the comparison with the truth. */
export function veloMonitoring({ validation, selection }: Monitoring) {
  const validators = {
    mcParticles: McTruthProducer(),
    hitOwners: HitOwnerProducer(),
    clusterValidator: ClusterValidator(),
    trackValidator: TrackValidator(),
    vertexValidator: VertexValidator(),
  };
  const looks = {
    monitoring: [...selection, 'histograms'],
    ...(validation
      ? { validation: [...selection, 'clusterValidator', 'trackValidator', 'vertexValidator'] }
      : {}),
  };
  return {
    modules: { histograms: VeloHistogramAnalyzer(), ...(validation ? validators : {}) },
    tasks: validation ? { truth: ['mcParticles', 'hitOwners'] } : {},
    // On an end path a filter stops nothing.
    ...(selection.length > 0 ? { paths: looks, endPaths: {} } : { paths: {}, endPaths: looks }),
  };
}
