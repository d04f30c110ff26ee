import type { FittedTracks } from './track-fit.ts';
import { vertexFindingDefaults, type VertexFindingOptions } from './vertex-options.ts';
import { createVertexSeeding } from './vertex-seeding.ts';

/** Primary vertices of one event, in order of rising seed z. */
export interface Vertices {
  readonly size: number;
  /** Position, mm. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  /** Error of z, mm. */
  readonly zError: Float32Array;
  /** Tracks with a weight above zero. */
  readonly tracks: Uint32Array;
  /** Of the weighted tracks. */
  readonly chi2: Float32Array;
}

/** Finds the primary vertices of one event. */
export type VertexFinder = (tracks: FittedTracks) => Vertices;

interface FittedVertex {
  x: number;
  y: number;
  z: number;
  zError: number;
  tracks: number;
  chi2: number;
}

/**
 * Makes a finder of primary vertices, after LHCb's TrackBeamLine: seeds where many tracks come close to the beam line at
 * the same z, each track given to the seed nearest in z, and for every seed an adaptive fit in which a track weighs the less
 * the farther it passes from the vertex (Tukey's weights).
 *
 * The finder keeps scratch memory, so make one for every concurrent user. The same tracks give the same vertices.
 */
export function createVertexFinder(given: Partial<VertexFindingOptions> = {}): VertexFinder {
  const options = { ...vertexFindingDefaults, ...given };
  const seedsOf = createVertexSeeding(options);
  let selected = new Uint8Array(512);
  return (tracks) => {
    if (tracks.size > selected.length) selected = new Uint8Array(2 * tracks.size);
    select(tracks, options, selected);
    const seeds = seedsOf(tracks, selected);
    const found: FittedVertex[] = [];
    seeds.forEach((seed, index) => {
      const from = index === 0 ? -Infinity : (seed + (seeds[index - 1] ?? seed)) / 2;
      const to = index === seeds.length - 1 ? Infinity : (seed + (seeds[index + 1] ?? seed)) / 2;
      const vertex = fitVertex(tracks, selected, seed, from, to, options);
      if (vertex.tracks < options.minTracks) return;
      const offX = vertex.x - options.beamX;
      const offY = vertex.y - options.beamY;
      if (offX * offX + offY * offY <= options.maxRadius * options.maxRadius) found.push(vertex);
    });
    return asColumns(found);
  };
}

/** Marks the tracks that come close enough to the beam line, at a z that is known well enough. */
function select(tracks: FittedTracks, options: VertexFindingOptions, selected: Uint8Array): void {
  const { beamX, beamY, maxDistance, maxZError } = options;
  for (let track = 0; track < tracks.size; track++) {
    const offX = (tracks.x[track] ?? 0) - beamX;
    const offY = (tracks.y[track] ?? 0) - beamY;
    const tx = tracks.tx[track] ?? 0;
    const ty = tracks.ty[track] ?? 0;
    const zVariance = (tracks.variance[track] ?? 0) / (tx * tx + ty * ty);
    const near = offX * offX + offY * offY < maxDistance * maxDistance;
    selected[track] = near && zVariance < maxZError * maxZError ? 1 : 0;
  }
}

function fitVertex(
  tracks: FittedTracks,
  selected: Uint8Array,
  seed: number,
  from: number,
  to: number,
  options: VertexFindingOptions,
): FittedVertex {
  const { beamX, beamY, extraVariance, maxChi2, maxRounds } = options;
  const vertex = { x: beamX, y: beamY, z: seed, zError: 0, tracks: 0, chi2: 0 };
  for (let round = 0; round < maxRounds; round++) {
    let sum = 0;
    let sumTx = 0;
    let sumTy = 0;
    let sumTT = 0;
    let pullX = 0;
    let pullY = 0;
    let pullZ = 0;
    vertex.tracks = 0;
    vertex.chi2 = 0;
    for (let track = 0; track < tracks.size; track++) {
      const trackZ = tracks.z[track] ?? 0;
      if (selected[track] !== 1 || trackZ < from || trackZ >= to) continue;
      const tx = tracks.tx[track] ?? 0;
      const ty = tracks.ty[track] ?? 0;
      const step = vertex.z - trackZ;
      const missX = (tracks.x[track] ?? 0) + tx * step - vertex.x;
      const missY = (tracks.y[track] ?? 0) + ty * step - vertex.y;
      const inverse = 1 / ((tracks.variance[track] ?? 0) + extraVariance);
      const chi2 = (missX * missX + missY * missY) * inverse;
      if (chi2 >= maxChi2) continue;
      const tukey = (1 - chi2 / maxChi2) ** 2;
      const weight = tukey * inverse;
      vertex.tracks++;
      vertex.chi2 += tukey * chi2;
      sum += weight;
      sumTx += weight * tx;
      sumTy += weight * ty;
      sumTT += weight * (tx * tx + ty * ty);
      pullX += weight * missX;
      pullY += weight * missY;
      pullZ -= weight * (missX * tx + missY * ty);
    }
    if (vertex.tracks < 2) break;
    // Normal equations of the shift; x and y are eliminated first, as they only couple through z.
    const curvature = sumTT - (sumTx * sumTx + sumTy * sumTy) / sum;
    if (!(curvature > 0)) break;
    const shiftZ = (pullZ + (sumTx * pullX + sumTy * pullY) / sum) / curvature;
    vertex.x += (pullX + sumTx * shiftZ) / sum;
    vertex.y += (pullY + sumTy * shiftZ) / sum;
    vertex.z += shiftZ;
    vertex.zError = 1 / Math.sqrt(curvature);
    if (Math.abs(shiftZ) < 1e-3) break;
  }
  return vertex;
}

function asColumns(found: readonly FittedVertex[]): Vertices {
  return {
    size: found.length,
    x: Float32Array.from(found, (vertex) => vertex.x),
    y: Float32Array.from(found, (vertex) => vertex.y),
    z: Float32Array.from(found, (vertex) => vertex.z),
    zError: Float32Array.from(found, (vertex) => vertex.zError),
    tracks: Uint32Array.from(found, (vertex) => vertex.tracks),
    chi2: Float32Array.from(found, (vertex) => vertex.chi2),
  };
}
