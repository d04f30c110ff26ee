import { defineAnalyzer, z } from 'edmesh';
import { matchClusters, type ClusterMatching } from '../algorithms/cluster-matching.ts';
import { McHitLinks, McHitOwners } from '../products.ts';
import { ownersOf } from '../product-views.ts';

/** Counts clusters, and those of them that belong to a true particle. */
export const ClusterValidator = defineAnalyzer({
  type: 'ClusterValidator',
  description: 'counts clusters and those that a true particle made',
  parameters: z.object({
    owners: z.string().default('hitOwners').describe('label of the true particles of the hits'),
  }),
  construct(context, parameters) {
    const owners = context.consumes(McHitOwners, parameters.owners);
    const links = context.consumes(McHitLinks, parameters.owners);
    const sum: ClusterMatching = { clusters: 0, matched: 0 };
    return {
      analyze(event) {
        const { clusters, matched } = matchClusters(ownersOf(event.get(owners), event.get(links)));
        sum.clusters += clusters;
        sum.matched += matched;
      },
      endJob: () => sum,
    };
  },
});
