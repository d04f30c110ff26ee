import { defineProducer, z } from 'edmesh';
import { createHitOwnerFinder } from '../algorithms/hit-owners.ts';
import type { McParticles as Particles } from '../algorithms/mc-particles.ts';
import {
  McHitLinks,
  McHitOwners,
  McParticleHits,
  McParticleOffsets,
  McParticles,
  VeloHits,
} from '../products.ts';
import { ownersOf, particlesOf, type Allocator } from '../product-views.ts';

/** Makes what finds the true particles of every hit of an event. */
export function createOwnerStep() {
  const find = createHitOwnerFinder();
  return (event: Allocator, { id }: VeloHits, particles: Particles) => {
    const owners = event.allocate(McHitOwners, id.length);
    const links = event.allocate(McHitLinks, particles.hitIds.length);
    find(id, particles, ownersOf(owners, links));
    return { owners, links };
  };
}

/** Associates hits with the true particles that made them. */
export const HitOwnerProducer = defineProducer({
  type: 'HitOwnerProducer',
  description: 'true particles of every hit',
  parameters: z.object({
    hits: z.string().default('hits').describe('label of the hits'),
    particles: z.string().default('mcParticles').describe('label of the true particles'),
  }),
  construct(context, parameters) {
    const hits = context.consumes(VeloHits, parameters.hits);
    const particles = context.consumes(McParticles, parameters.particles);
    const offsets = context.consumes(McParticleOffsets, parameters.particles);
    const particleHits = context.consumes(McParticleHits, parameters.particles);
    const owners = context.produces(McHitOwners);
    const links = context.produces(McHitLinks);
    const step = createOwnerStep();
    return {
      produce(event) {
        const truth = particlesOf(
          event.get(particles),
          event.get(offsets),
          event.get(particleHits),
        );
        const found = step(event, event.get(hits), truth);
        event.put(owners, found.owners);
        event.put(links, found.links);
      },
    };
  },
});
