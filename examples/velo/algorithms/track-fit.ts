import type { VeloHits } from './hits.ts';
import type { Tracks } from './tracks.ts';

/** What the fit of tracks can be tuned with. */
export interface TrackFitOptions {
  /** The beam line, parallel to z, mm. */
  readonly beamX: number;
  readonly beamY: number;
  /** Error of a hit in x and y, mm. */
  readonly hitError: number;
  /** Multiple scattering, rad, of a track of slope 1; it falls with the slope, as slow particles fly at large angles. */
  readonly scattering: number;
}

/** The beam line of the simulation, and hits of pixels. */
export const trackFitDefaults: TrackFitOptions = {
  beamX: 0,
  beamY: 0,
  hitError: 0.0125,
  scattering: 0.003,
};

/** Straight lines through the hits of tracks, where they pass closest to the beam line. Columns may be longer than `size`. */
export interface FittedTracks {
  readonly size: number;
  /** The point closest to the beam line, mm. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  /** Slopes dx/dz and dy/dz. */
  readonly tx: Float32Array;
  readonly ty: Float32Array;
  /** Variance of x, and of y, in the plane of that point, mm squared. */
  readonly variance: Float32Array;
  /** Covariance of x and tx, and of y and ty, mm. */
  readonly covariance: Float32Array;
  /** Variance of tx, and of ty. */
  readonly slopeVariance: Float32Array;
  /** Of the fit, with twice the number of hits minus 4 degrees of freedom. */
  readonly chi2: Float32Array;
  /** 1 where the hits lie upstream (at lower z) of the point closest to the beam line. */
  readonly backward: Uint8Array;
}

/** Fits all tracks of one event. The result is valid until the next call of the same fit. */
export type TrackFit = (tracks: Tracks, hits: VeloHits) => FittedTracks;

/**
 * Makes a least-squares fit of straight lines. Hits far from the beam line weigh less, as a particle has been scattered on
 * its way there. x and y share their weights and therefore their covariance. A track needs two hits at different z.
 *
 * The fit keeps scratch memory, so make one for every concurrent user.
 */
export function createTrackFit(given: Partial<TrackFitOptions> = {}): TrackFit {
  const options = { ...trackFitDefaults, ...given };
  const fitted = new FitBuffer();
  return (tracks, hits) => {
    fitted.begin(tracks.size);
    for (let track = 0; track < tracks.size; track++)
      fitTrack(track, tracks, hits, options, fitted);
    return fitted;
  };
}

/** Fitted tracks as growing columns, valid until the next event. */
class FitBuffer implements FittedTracks {
  size = 0;
  x: Float32Array = new Float32Array(0);
  y: Float32Array = new Float32Array(0);
  z: Float32Array = new Float32Array(0);
  tx: Float32Array = new Float32Array(0);
  ty: Float32Array = new Float32Array(0);
  variance: Float32Array = new Float32Array(0);
  covariance: Float32Array = new Float32Array(0);
  slopeVariance: Float32Array = new Float32Array(0);
  chi2: Float32Array = new Float32Array(0);
  backward: Uint8Array = new Uint8Array(0);

  /** Makes room for so many tracks. */
  begin(size: number): void {
    this.size = size;
    if (size <= this.backward.length) return;
    const capacity = 2 * size;
    for (const column of floatColumns) this[column] = new Float32Array(capacity);
    this.backward = new Uint8Array(capacity);
  }
}

const floatColumns = [
  ...(['x', 'y', 'z', 'tx', 'ty'] as const),
  ...(['variance', 'covariance', 'slopeVariance', 'chi2'] as const),
];

/** Fits one track. It is a function of its own, so that it is compiled after a few tracks and not after a few events. */
function fitTrack(
  track: number,
  { hitStart, hitIndices }: Tracks,
  { x: hitsX, y: hitsY, z: hitsZ }: VeloHits,
  { beamX, beamY, hitError, scattering }: TrackFitOptions,
  fitted: FitBuffer,
): void {
  const start = hitStart[track] ?? 0;
  const end = hitStart[track + 1] ?? 0;
  const top = hitIndices[start] ?? 0;
  const bottom = hitIndices[end - 1] ?? 0;
  const way = (hitsZ[top] ?? 0) - (hitsZ[bottom] ?? 0) || 1;
  const slopeX = ((hitsX[top] ?? 0) - (hitsX[bottom] ?? 0)) / way;
  const slopeY = ((hitsY[top] ?? 0) - (hitsY[bottom] ?? 0)) / way;
  const outward = slopeX * ((hitsX[bottom] ?? 0) - beamX) + slopeY * ((hitsY[bottom] ?? 0) - beamY);
  const origin = outward > 0 ? bottom : top;
  const originZ = hitsZ[origin] ?? 0;
  const bend = scattering * scattering * (slopeX * slopeX + slopeY * slopeY);
  let sum = 0;
  let sumZ = 0;
  let sumZZ = 0;
  let sumX = 0;
  let sumXZ = 0;
  let sumY = 0;
  let sumYZ = 0;
  for (let index = start; index < end; index++) {
    const hit = hitIndices[index] ?? 0;
    const step = (hitsZ[hit] ?? 0) - originZ;
    const weight = 1 / (hitError * hitError + bend * step * step);
    const hitX = hitsX[hit] ?? 0;
    const hitY = hitsY[hit] ?? 0;
    sum += weight;
    sumZ += weight * step;
    sumZZ += weight * step * step;
    sumX += weight * hitX;
    sumXZ += weight * hitX * step;
    sumY += weight * hitY;
    sumYZ += weight * hitY * step;
  }
  const inverse = 1 / (sum * sumZZ - sumZ * sumZ);
  const fitX = (sumZZ * sumX - sumZ * sumXZ) * inverse;
  const fitY = (sumZZ * sumY - sumZ * sumYZ) * inverse;
  const fitTx = (sum * sumXZ - sumZ * sumX) * inverse;
  const fitTy = (sum * sumYZ - sumZ * sumY) * inverse;
  const slopeSquare = fitTx * fitTx + fitTy * fitTy;
  const toBeam =
    slopeSquare > 1e-10 ? -(fitTx * (fitX - beamX) + fitTy * (fitY - beamY)) / slopeSquare : 0;
  let misfit = 0;
  for (let index = start; index < end; index++) {
    const hit = hitIndices[index] ?? 0;
    const step = (hitsZ[hit] ?? 0) - originZ;
    const missX = fitX + fitTx * step - (hitsX[hit] ?? 0);
    const missY = fitY + fitTy * step - (hitsY[hit] ?? 0);
    misfit += (missX * missX + missY * missY) / (hitError * hitError + bend * step * step);
  }
  fitted.x[track] = fitX + fitTx * toBeam;
  fitted.y[track] = fitY + fitTy * toBeam;
  fitted.z[track] = originZ + toBeam;
  fitted.tx[track] = fitTx;
  fitted.ty[track] = fitTy;
  fitted.variance[track] = (sumZZ - 2 * toBeam * sumZ + toBeam * toBeam * sum) * inverse;
  fitted.covariance[track] = (toBeam * sum - sumZ) * inverse;
  fitted.slopeVariance[track] = sum * inverse;
  fitted.chi2[track] = misfit;
  fitted.backward[track] = origin === top ? 1 : 0;
}
