import { RawEvent, type Columns, type SoA, type SoAType } from 'edmesh';
import type { ClusterKind } from './algorithms/cluster-decoding.ts';
import { matchClusters, type ClusterMatching } from './algorithms/cluster-matching.ts';
import {
  addTrackMatching,
  createTrackMatcher,
  noTrackMatching,
} from './algorithms/track-matching.ts';
import type { VeloGeometry } from './algorithms/velo-geometry.ts';
import { matchVertices, type VertexMatching } from './algorithms/vertex-matching.ts';
import { createClusterStep } from './modules/clusters.ts';
import { createFitStep } from './modules/fitted-tracks.ts';
import { createOwnerStep } from './modules/hit-owners.ts';
import { placedHits } from './modules/hits.ts';
import { createTruthStep } from './modules/mc-truth.ts';
import { tableOfBanks } from './modules/raw-banks.ts';
import { createTrackStep } from './modules/tracks.ts';
import { createVertexStep } from './modules/vertices.ts';
import { hitsOf, ownersOf, particlesOf, tracksOf, type Allocator } from './product-views.ts';
import { createVeloHistograms, fillVeloHistograms } from './velo-histograms.ts';

/** Products on memory of their own. */
const allocator: Allocator = {
  allocate<C extends Columns>(type: SoAType<C>, size: number): SoA<C> {
    return type.view(new ArrayBuffer(type.byteLength(size)), size);
  },
};

/**
 * Makes what the process VELO does to an event, without the framework: the same steps on the same products, one after the
 * other. It is what the framework's cost is measured against.
 */
export function createPlainReconstruction(geometry: VeloGeometry, clustering: ClusterKind) {
  const clusterStep = createClusterStep(clustering);
  const trackStep = createTrackStep();
  const fitStep = createFitStep();
  const vertexStep = createVertexStep();
  const truthStep = createTruthStep();
  const ownerStep = createOwnerStep();
  const matchTracks = createTrackMatcher();
  const histograms = createVeloHistograms();
  const clusterValidator: ClusterMatching = { clusters: 0, matched: 0 };
  const trackValidator = noTrackMatching();
  const vertexValidator: VertexMatching = { found: 0, total: 0, extra: 0 };
  return {
    /** Sums over all events so far, by module label. */
    summaries: { clusterValidator, trackValidator, vertexValidator, histograms },
    /** Reconstructs and validates one event, given as the bytes that the source reads. */
    process(bytes: Uint8Array): void {
      const raw = allocator.allocate(RawEvent, bytes.length);
      raw.bytes.set(bytes);
      const banks = tableOfBanks(allocator, raw);
      const clusters = clusterStep(allocator, raw, banks);
      const { hits, offsets } = placedHits(allocator, clusters, geometry);
      const { tracks, trackHits } = trackStep(allocator, hits, offsets);
      const found = tracksOf(tracks, trackHits);
      const fitted = fitStep(allocator, found, hitsOf(hits, offsets));
      const vertices = vertexStep(allocator, fitted);
      const truth = truthStep(allocator, raw, banks);
      const particles = particlesOf(truth.particles, truth.offsets, truth.hits);
      const { owners, links } = ownerStep(allocator, hits, particles);
      const hitOwners = ownersOf(owners, links);
      const matched = matchClusters(hitOwners);
      clusterValidator.clusters += matched.clusters;
      clusterValidator.matched += matched.matched;
      addTrackMatching(trackValidator, matchTracks(found, hitOwners, particles));
      const matching = matchVertices(vertices, truth.vertices);
      vertexValidator.found += matching.found;
      vertexValidator.total += matching.total;
      vertexValidator.extra += matching.extra;
      const all = { tracks: found, fitted, vertices, truth: truth.vertices };
      fillVeloHistograms(histograms, { hits: hits.size, ...all });
    },
  };
}
