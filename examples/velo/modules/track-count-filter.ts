import { defineFilter, z } from 'edmesh';
import { VeloTracks } from '../products.ts';

/** Passes events with many tracks. */
export const TrackCountFilter = defineFilter({
  type: 'TrackCountFilter',
  description: 'passes events with at least so many tracks',
  parameters: z.object({
    tracks: z.string().default('tracks').describe('label of the tracks'),
    minimum: z.int().min(0).describe('the fewest tracks of an event that passes'),
  }),
  construct(context, { tracks: label, minimum }) {
    const tracks = context.consumes(VeloTracks, label);
    return { filter: (event) => event.get(tracks).size >= minimum };
  },
});
