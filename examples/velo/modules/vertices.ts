import { defineProducer, z } from 'edmesh';
import { createVertexFinder } from '../algorithms/vertex-finding.ts';
import { PrimaryVertices, VeloFittedTracks } from '../products.ts';
import type { Allocator } from '../product-views.ts';

/** Makes what finds the primary vertices of an event. */
export function createVertexStep() {
  const find = createVertexFinder();
  return (event: Allocator, tracks: VeloFittedTracks): PrimaryVertices => {
    const found = find(tracks);
    const vertices = event.allocate(PrimaryVertices, found.size);
    const { size } = found;
    vertices.x.set(found.x.subarray(0, size));
    vertices.y.set(found.y.subarray(0, size));
    vertices.z.set(found.z.subarray(0, size));
    vertices.zError.set(found.zError.subarray(0, size));
    vertices.chi2.set(found.chi2.subarray(0, size));
    vertices.tracks.set(found.tracks.subarray(0, size));
    return vertices;
  };
}

/** Finds the primary vertices of an event from its fitted tracks. */
export const PrimaryVertexProducer = defineProducer({
  type: 'PrimaryVertexProducer',
  description: 'primary vertices where many tracks come close to the beam line',
  parameters: z.object({
    tracks: z.string().default('fittedTracks').describe('label of the fitted tracks'),
  }),
  construct(context, parameters) {
    const tracks = context.consumes(VeloFittedTracks, parameters.tracks);
    const vertices = context.produces(PrimaryVertices);
    const step = createVertexStep();
    return {
      produce(event) {
        event.put(vertices, step(event, event.get(tracks)));
      },
    };
  },
});
