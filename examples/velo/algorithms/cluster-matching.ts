import type { HitOwners } from './hit-owners.ts';

/** How many clusters of an event belong to a true particle. */
export interface ClusterMatching {
  clusters: number;
  matched: number;
}

/** Counts the clusters, each of which is one hit, that at least one true particle owns. */
export function matchClusters({ first }: HitOwners): ClusterMatching {
  let matched = 0;
  for (let hit = 0; hit < first.length; hit++) if ((first[hit] ?? -1) >= 0) matched++;
  return { clusters: first.length, matched };
}
