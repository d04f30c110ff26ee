import { grownFloat32, grownUint32 } from './growable.ts';
import type { FittedTracks } from './track-fit.ts';
import { vertexFindingDefaults, type VertexFindingOptions } from './vertex-options.ts';
import { createVertexSeeding } from './vertex-seeding.ts';

/** Primary vertices of one event, in order of rising seed z. Columns may be longer than `size`. */
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

/** Finds the primary vertices of one event. The result is valid until the next call of the same finder. */
export type VertexFinder = (tracks: FittedTracks) => Vertices;

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
  let selected = new Uint8Array(0);
  let own = new Uint32Array(0);
  const vertices = new VertexBuffer();
  return (tracks) => {
    if (tracks.size > selected.length) {
      selected = new Uint8Array(2 * tracks.size);
      own = new Uint32Array(2 * tracks.size);
    }
    select(tracks, options, selected);
    const seeds = seedsOf(tracks, selected);
    vertices.begin(seeds.length);
    for (let index = 0; index < seeds.length; index++) {
      const seed = seeds[index] ?? 0;
      const from = index === 0 ? -Infinity : (seed + (seeds[index - 1] ?? seed)) / 2;
      const to = index === seeds.length - 1 ? Infinity : (seed + (seeds[index + 1] ?? seed)) / 2;
      const count = tracksBetween(tracks, selected, from, to, own);
      fitVertex(tracks, own, count, seed, options, vertices);
    }
    return vertices;
  };
}

/** Vertices as growing columns, valid until the next event. */
class VertexBuffer implements Vertices {
  size = 0;
  x: Float32Array = new Float32Array(0);
  y: Float32Array = new Float32Array(0);
  z: Float32Array = new Float32Array(0);
  zError: Float32Array = new Float32Array(0);
  tracks: Uint32Array = new Uint32Array(0);
  chi2: Float32Array = new Float32Array(0);

  /** Forgets all vertices and makes room for so many. */
  begin(capacity: number): void {
    this.size = 0;
    this.x = grownFloat32(this.x, capacity);
    this.y = grownFloat32(this.y, capacity);
    this.z = grownFloat32(this.z, capacity);
    this.zError = grownFloat32(this.zError, capacity);
    this.tracks = grownUint32(this.tracks, capacity);
    this.chi2 = grownFloat32(this.chi2, capacity);
  }
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

/** Puts the selected tracks with a z from `from` up to `to` into `own`; returns how many. */
function tracksBetween(
  { size, z }: FittedTracks,
  selected: Uint8Array,
  from: number,
  to: number,
  own: Uint32Array,
): number {
  let count = 0;
  for (let track = 0; track < size; track++) {
    const trackZ = z[track] ?? 0;
    if (selected[track] === 1 && trackZ >= from && trackZ < to) own[count++] = track;
  }
  return count;
}

/** Fits a vertex to the first `count` tracks of `own`, and adds it to `vertices` where it is one. */
function fitVertex(
  tracks: FittedTracks,
  own: Uint32Array,
  count: number,
  seed: number,
  options: VertexFindingOptions,
  vertices: VertexBuffer,
): void {
  const { beamX, beamY, extraVariance, maxChi2, maxRounds, minTracks, maxRadius } = options;
  let vertexX = beamX;
  let vertexY = beamY;
  let vertexZ = seed;
  let zError = 0;
  let used = 0;
  let sumChi2 = 0;
  for (let round = 0; round < maxRounds; round++) {
    let sum = 0;
    let sumTx = 0;
    let sumTy = 0;
    let sumTT = 0;
    let pullX = 0;
    let pullY = 0;
    let pullZ = 0;
    used = 0;
    sumChi2 = 0;
    for (let index = 0; index < count; index++) {
      const track = own[index] ?? 0;
      const tx = tracks.tx[track] ?? 0;
      const ty = tracks.ty[track] ?? 0;
      const step = vertexZ - (tracks.z[track] ?? 0);
      const missX = (tracks.x[track] ?? 0) + tx * step - vertexX;
      const missY = (tracks.y[track] ?? 0) + ty * step - vertexY;
      const inverse = 1 / ((tracks.variance[track] ?? 0) + extraVariance);
      const chi2 = (missX * missX + missY * missY) * inverse;
      if (chi2 >= maxChi2) continue;
      const tukey = (1 - chi2 / maxChi2) ** 2;
      const weight = tukey * inverse;
      used++;
      sumChi2 += tukey * chi2;
      sum += weight;
      sumTx += weight * tx;
      sumTy += weight * ty;
      sumTT += weight * (tx * tx + ty * ty);
      pullX += weight * missX;
      pullY += weight * missY;
      pullZ -= weight * (missX * tx + missY * ty);
    }
    if (used < 2) break;
    // Normal equations of the shift; x and y are eliminated first, as they only couple through z.
    const curvature = sumTT - (sumTx * sumTx + sumTy * sumTy) / sum;
    if (!(curvature > 0)) break;
    const shiftZ = (pullZ + (sumTx * pullX + sumTy * pullY) / sum) / curvature;
    vertexX += (pullX + sumTx * shiftZ) / sum;
    vertexY += (pullY + sumTy * shiftZ) / sum;
    vertexZ += shiftZ;
    zError = 1 / Math.sqrt(curvature);
    if (Math.abs(shiftZ) < 1e-3) break;
  }
  const offX = vertexX - beamX;
  const offY = vertexY - beamY;
  if (used < minTracks || !(offX * offX + offY * offY <= maxRadius * maxRadius)) return;
  const index = vertices.size++;
  vertices.x[index] = vertexX;
  vertices.y[index] = vertexY;
  vertices.z[index] = vertexZ;
  vertices.zError[index] = zError;
  vertices.tracks[index] = used;
  vertices.chi2[index] = sumChi2;
}
