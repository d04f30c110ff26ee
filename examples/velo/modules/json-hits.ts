import { defineProducer, sourceLabel, z } from 'edmesh';
import { moduleCount } from '../algorithms/channel-id.ts';
import { VeloHits, VeloModuleOffsets, VeloPoints } from '../products.ts';

/** Takes the points of a JSON file as clusters that have been placed already. Their indices name them in the truth. */
export const VeloPointProducer = defineProducer({
  type: 'VeloPointProducer',
  description: 'hits by module from points in space that the input gives',
  parameters: z.object({
    points: z.string().default(sourceLabel).describe('label of the points'),
  }),
  construct(context, parameters) {
    const points = context.consumes(VeloPoints, parameters.points);
    const hits = context.produces(VeloHits);
    const offsets = context.produces(VeloModuleOffsets);
    return {
      produce(event) {
        const { size, x, y, z: pointZ, module } = event.get(points);
        const placed = event.allocate(VeloHits, size);
        placed.x.set(x);
        placed.y.set(y);
        placed.z.set(pointZ);
        const modules = event.allocate(VeloModuleOffsets, moduleCount + 1);
        const { start } = modules;
        for (let index = 0; index < size; index++) {
          placed.id[index] = index;
          const end = (module[index] ?? 0) + 1;
          start[end] = (start[end] ?? 0) + 1;
        }
        for (let each = 0; each < moduleCount; each++) {
          start[each + 1] = (start[each + 1] ?? 0) + (start[each] ?? 0);
        }
        event.put(hits, placed);
        event.put(offsets, modules);
      },
    };
  },
});
