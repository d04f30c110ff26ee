/** Products that belong together, in the form in which the algorithms read and write them. Nothing is copied. */
import type { Event } from 'edmesh';
import type { HitOwners } from './algorithms/hit-owners.ts';
import type { VeloHits as Hits } from './algorithms/hits.ts';
import type { McParticles as Particles } from './algorithms/mc-particles.ts';
import type { Tracks } from './algorithms/tracks.ts';
import type {
  McHitLinks,
  McHitOwners,
  McParticleHits,
  McParticleOffsets,
  McParticles,
  VeloHits,
  VeloModuleOffsets,
  VeloTrackHits,
  VeloTracks,
} from './products.ts';

/** Where products get their memory from: the event, in a module. */
export type Allocator = Pick<Event, 'allocate'>;

/** Hits with their modules. */
export function hitsOf({ x, y, z }: VeloHits, { start }: VeloModuleOffsets): Hits {
  return { x, y, z, moduleStart: start };
}

/** Tracks with their hits. */
export function tracksOf({ size, hitStart }: VeloTracks, { hit }: VeloTrackHits): Tracks {
  return { size: size - 1, hitStart, hitIndices: hit };
}

/** True particles with their hits. */
export function particlesOf(
  particles: McParticles,
  { start }: McParticleOffsets,
  { id }: McParticleHits,
): Particles {
  const { size, key, pid, p, pt, eta, phi, originZ, charge, isLong, hasVelo } = particles;
  const columns = { key, pid, p, pt, eta, phi, originZ, charge, isLong, hasVelo };
  return { size, ...columns, hitStart: start, hitIds: id };
}

/** The true particles of each hit. */
export function ownersOf({ first }: McHitOwners, { next, particle }: McHitLinks): HitOwners {
  return { first, next, particle };
}
