/** What vertex finding can be tuned with. Lengths in mm. */
export interface VertexFindingOptions {
  /** The beam line, parallel to z. */
  readonly beamX: number;
  readonly beamY: number;
  /** Where vertices are looked for. */
  readonly zMin: number;
  readonly zMax: number;
  /** How far from the beam line a track may pass. */
  readonly maxDistance: number;
  /** Largest error of a track's z at the beam line. */
  readonly maxZError: number;
  /** Bins of z in which tracks are counted. */
  readonly binWidth: number;
  /** Tracks that a peak needs to become a seed. */
  readonly minSeedTracks: number;
  /** Two peaks are two seeds where the density between them falls below this fraction of both. */
  readonly dipFraction: number;
  /** Added to the variance of a track's position, mm squared, for what the fit does not know. */
  readonly extraVariance: number;
  /** Chi-squared (2 degrees of freedom) to the vertex at which the weight of a track reaches zero. */
  readonly maxChi2: number;
  /** Fits of a vertex end after so many rounds, or when z moves by less than 1 micrometre. */
  readonly maxRounds: number;
  /** Tracks (with a weight above zero) of a vertex. */
  readonly minTracks: number;
  /** How far from the beam line a vertex may be. */
  readonly maxRadius: number;
}

export const vertexFindingDefaults: VertexFindingOptions = {
  beamX: 0,
  beamY: 0,
  zMin: -300,
  zMax: 300,
  maxDistance: 0.5,
  maxZError: 1.5,
  binWidth: 0.5,
  minSeedTracks: 3,
  dipFraction: 0.6,
  extraVariance: 0.0004,
  maxChi2: 9,
  maxRounds: 10,
  minTracks: 4,
  maxRadius: 0.3,
};
