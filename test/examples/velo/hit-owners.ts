import {
  allocateHitOwners,
  createHitOwnerFinder,
  type HitOwners,
} from '../../../examples/velo/algorithms/hit-owners.ts';
import type { McParticles } from '../../../examples/velo/algorithms/mc-particles.ts';

/** The particles of each hit, on memory of their own. */
export function ownersOf(hitIds: Uint32Array, particles: McParticles): HitOwners {
  const owners = allocateHitOwners(hitIds.length, particles.hitIds.length);
  createHitOwnerFinder()(hitIds, particles, owners);
  return owners;
}
