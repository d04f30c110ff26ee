import { defineAnalyzer, z } from 'edmesh';
import { matchVertices, type VertexMatching } from '../algorithms/vertex-matching.ts';
import { McVertices, PrimaryVertices } from '../products.ts';

/**
 * Counts the true primary vertices found of those with enough tracks, and reconstructed ones without a partner. Where no
 * module of the process gives true vertices there is nothing to compare with, and all counts stay 0.
 */
export const VertexValidator = defineAnalyzer({
  type: 'VertexValidator',
  description: 'compares primary vertices with true ones; counts nothing where there are none',
  parameters: z.object({
    vertices: z.string().default('vertices').describe('label of the primary vertices'),
    truth: z.string().default('mcParticles').describe('label of the true primary vertices'),
  }),
  construct(context, parameters) {
    const vertices = context.consumes(PrimaryVertices, parameters.vertices);
    const truth = context.mayConsume(McVertices, parameters.truth);
    const sum: VertexMatching = { found: 0, total: 0, extra: 0 };
    return {
      analyze(event) {
        const trueVertices = event.find(truth);
        if (trueVertices === undefined) return;
        const { found, total, extra } = matchVertices(event.get(vertices), trueVertices);
        sum.found += found;
        sum.total += total;
        sum.extra += extra;
      },
      endJob: () => sum,
    };
  },
});
