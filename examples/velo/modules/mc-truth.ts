import { defineProducer, RawEvent, sourceLabel, z } from 'edmesh';
import { bankType } from '../algorithms/bank-types.ts';
import { createPayloadJoiner } from '../algorithms/joined-payload.ts';
import {
  decodeMcParticles,
  measureMcParticles,
  particleVersions,
} from '../algorithms/mc-particle-bank.ts';
import { countMcVertices, decodeMcVertices, vertexVersions } from '../algorithms/mc-vertex-bank.ts';
import {
  McParticleHits,
  McParticleOffsets,
  McParticles,
  McVertices,
  RawBankTable,
} from '../products.ts';
import { particlesOf, type Allocator } from '../product-views.ts';

/** Makes what decodes the truth of an event. */
export function createTruthStep() {
  const join = createPayloadJoiner();
  return (event: Allocator, { bytes }: RawEvent, banks: RawBankTable) => {
    const particleBank = join(bytes, banks, bankType.particles, particleVersions);
    const sizes = measureMcParticles(particleBank);
    const particles = event.allocate(McParticles, sizes.particles);
    const offsets = event.allocate(McParticleOffsets, sizes.particles + 1);
    const hits = event.allocate(McParticleHits, sizes.hits);
    decodeMcParticles(particleBank, particlesOf(particles, offsets, hits));
    const vertexBank = join(bytes, banks, bankType.vertices, vertexVersions);
    const vertices = event.allocate(McVertices, countMcVertices(vertexBank));
    decodeMcVertices(vertexBank, vertices);
    return { particles, offsets, hits, vertices };
  };
}

/**
 * Decodes the true particles and primary vertices of a simulated event. An event without the banks 32 and 33 fails with
 * `EDMESH_EVENT_CORRUPT`: with no truth to compare with, every track would count as a ghost.
 */
export const McTruthProducer = defineProducer({
  type: 'McTruthProducer',
  description: 'true particles and primary vertices from the raw banks of simulated events',
  parameters: z.object({
    rawEvent: z.string().default(sourceLabel).describe('label of the raw event'),
    banks: z.string().default('banks').describe('label of the table of its banks'),
  }),
  construct(context, parameters) {
    const rawEvent = context.consumes(RawEvent, parameters.rawEvent);
    const banks = context.consumes(RawBankTable, parameters.banks);
    const particles = context.produces(McParticles);
    const offsets = context.produces(McParticleOffsets);
    const hits = context.produces(McParticleHits);
    const vertices = context.produces(McVertices);
    const step = createTruthStep();
    return {
      produce(event) {
        const truth = step(event, event.get(rawEvent), event.get(banks));
        event.put(particles, truth.particles);
        event.put(offsets, truth.offsets);
        event.put(hits, truth.hits);
        event.put(vertices, truth.vertices);
      },
    };
  },
});
