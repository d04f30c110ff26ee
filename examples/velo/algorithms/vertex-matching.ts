import type { McVertices } from './mc-vertex-bank.ts';
import type { Vertices } from './vertex-finding.ts';

/** What vertex matching counts in one event; add the fields of many events up for a job. */
export interface VertexMatching {
  /** True vertices with enough tracks that have a reconstructed one of their own. */
  found: number;
  /** True vertices with enough tracks. */
  total: number;
  /** Reconstructed vertices left over. */
  extra: number;
}

/** A true vertex counts when it has at least this many tracks. */
const minTrueTracks = 10;
/** Largest distance in z between a true vertex and the one found for it, mm. */
const maxVertexDistance = 1;

/**
 * Compares vertices with the truth: true ones with at least 10 tracks, one to one with those reconstructed within 1 mm in
 * z, the closest pairs first.
 *
 * @param onMatch told of each pair: indices of the reconstructed and of the true vertex
 */
export function matchVertices(
  vertices: Pick<Vertices, 'size' | 'z'>,
  truth: McVertices,
  onMatch?: (vertex: number, trueVertex: number) => void,
): VertexMatching {
  const pairs: { distance: number; vertex: number; trueVertex: number }[] = [];
  let total = 0;
  for (let trueVertex = 0; trueVertex < truth.size; trueVertex++) {
    if ((truth.tracks[trueVertex] ?? 0) < minTrueTracks) continue;
    total++;
    for (let vertex = 0; vertex < vertices.size; vertex++) {
      const distance = Math.abs((vertices.z[vertex] ?? 0) - (truth.z[trueVertex] ?? 0));
      if (distance <= maxVertexDistance) pairs.push({ distance, vertex, trueVertex });
    }
  }
  pairs.sort((first, second) => first.distance - second.distance);
  const taken = new Set<number>();
  const matched = new Set<number>();
  for (const { vertex, trueVertex } of pairs) {
    if (taken.has(vertex) || matched.has(trueVertex)) continue;
    taken.add(vertex);
    matched.add(trueVertex);
    onMatch?.(vertex, trueVertex);
  }
  return { found: matched.size, total, extra: vertices.size - taken.size };
}
