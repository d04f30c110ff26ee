/** What the modules of the VELO job hand on to each other: structures of arrays, one row a thing. Lengths are in mm. */
import { defineRecord, defineSoA, defineTransient, type SoAOf } from 'edmesh';
import type { VeloGeometry as Geometry } from './algorithms/velo-geometry.ts';

/** The raw banks of an event, in its order: where the payloads lie in the bytes of `RawEvent`. */
export const RawBankTable = defineSoA('RawBankTable', {
  type: 'uint8',
  version: 'uint8',
  source: 'uint16',
  offset: 'uint32',
  length: 'uint32',
});
export type RawBankTable = SoAOf<typeof RawBankTable>;

/** Clusters of pixels, ordered by sensor; fractions of pixels lead from the pixel of the id to the centre. */
export const VeloClusters = defineSoA('VeloClusters', {
  channelIds: 'uint32',
  columnFractions: 'float32',
  rowFractions: 'float32',
});
export type VeloClusters = SoAOf<typeof VeloClusters>;

/**
 * Hits in global coordinates, ordered by module. `id` names a hit in the terms of the truth: the low 28 bits of its channel
 * id, or its index where the input knows no channels.
 */
export const VeloHits = defineSoA('VeloHits', {
  x: 'float32',
  y: 'float32',
  z: 'float32',
  id: 'uint32',
});
export type VeloHits = SoAOf<typeof VeloHits>;

/** 53 rows: hits of module m are those from `start[m]` up to and without `start[m + 1]`. */
export const VeloModuleOffsets = defineSoA('VeloModuleOffsets', { start: 'uint32' });
export type VeloModuleOffsets = SoAOf<typeof VeloModuleOffsets>;

/** One row more than tracks: hits of track t are rows `hitStart[t]` up to and without `hitStart[t + 1]` of VeloTrackHits. */
export const VeloTracks = defineSoA('VeloTracks', { hitStart: 'uint32' });
export type VeloTracks = SoAOf<typeof VeloTracks>;

/** The hits of all tracks, as rows of VeloHits; within a track from high to low modules. */
export const VeloTrackHits = defineSoA('VeloTrackHits', { hit: 'uint32' });
export type VeloTrackHits = SoAOf<typeof VeloTrackHits>;

/** Straight lines through the hits of each track, where they pass closest to the beam line; see `FittedTracks`. */
export const VeloFittedTracks = defineSoA('VeloFittedTracks', {
  x: 'float32',
  y: 'float32',
  z: 'float32',
  tx: 'float32',
  ty: 'float32',
  variance: 'float32',
  covariance: 'float32',
  slopeVariance: 'float32',
  chi2: 'float32',
  backward: 'uint8',
});
export type VeloFittedTracks = SoAOf<typeof VeloFittedTracks>;

/** A row a hit: how many hits of the next layer lie in its window; see the operation `velo-doublets`. */
export const VeloDoubletCounts = defineSoA('VeloDoubletCounts', { count: 'uint32' });
export type VeloDoubletCounts = SoAOf<typeof VeloDoubletCounts>;

/** The first 16 of them, as rows of VeloHits, 16 rows a hit; 0xffffffff behind the last. */
export const VeloDoublets = defineSoA('VeloDoublets', { hit: 'uint32' });
export type VeloDoublets = SoAOf<typeof VeloDoublets>;

/** Reconstructed primary vertices: place, error of z, number of tracks and chi-squared. */
export const PrimaryVertices = defineSoA('PrimaryVertices', {
  x: 'float32',
  y: 'float32',
  z: 'float32',
  zError: 'float32',
  chi2: 'float32',
  tracks: 'uint32',
});
export type PrimaryVertices = SoAOf<typeof PrimaryVertices>;

/** True particles; momenta in MeV, angles in radian. */
export const McParticles = defineSoA('McParticles', {
  key: 'uint32',
  pid: 'int32',
  p: 'float32',
  pt: 'float32',
  eta: 'float32',
  phi: 'float32',
  originZ: 'float32',
  charge: 'float32',
  isLong: 'uint8',
  hasVelo: 'uint8',
});
export type McParticles = SoAOf<typeof McParticles>;

/** One row more than particles: hits of particle i are rows `start[i]` up to and without `start[i + 1]` of McParticleHits. */
export const McParticleOffsets = defineSoA('McParticleOffsets', { start: 'uint32' });
export type McParticleOffsets = SoAOf<typeof McParticleOffsets>;

/** The hits of all true particles, by `id` of VeloHits. */
export const McParticleHits = defineSoA('McParticleHits', { id: 'uint32' });
export type McParticleHits = SoAOf<typeof McParticleHits>;

/** True primary vertices, with the number of their tracks. */
export const McVertices = defineSoA('McVertices', {
  tracks: 'int32',
  x: 'float64',
  y: 'float64',
  z: 'float64',
});
export type McVertices = SoAOf<typeof McVertices>;

/** A row a hit: the first row of McHitLinks that belongs to it, or -1. */
export const McHitOwners = defineSoA('McHitOwners', { first: 'int32' });
export type McHitOwners = SoAOf<typeof McHitOwners>;

/** True particles that own hits, as linked lists: the row of the next one of the same hit (-1: none), and the particle. */
export const McHitLinks = defineSoA('McHitLinks', { next: 'int32', particle: 'int32' });
export type McHitLinks = SoAOf<typeof McHitLinks>;

/** Points in space as a JSON file of the VELO has them, ordered by module. */
export const VeloPoints = defineSoA('VeloPoints', {
  x: 'float32',
  y: 'float32',
  z: 'float32',
  module: 'uint8',
});
export type VeloPoints = SoAOf<typeof VeloPoints>;

/** Conditions data of the VELO change from run to run. */
export const VeloGeometryRecord = defineRecord('VeloGeometryRecord', 'run');

/** Where the pixels are, parsed. */
export const VeloGeometry = defineTransient<Geometry>('VeloGeometry', isGeometry);

function isGeometry(value: unknown): value is Geometry {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['moduleZ', 'localX', 'xPitch', 'transforms'].every(
      (column) => (value as Record<string, unknown>)[column] instanceof Float32Array,
    )
  );
}
