import { EdmeshError, MdfSource, z } from 'edmesh';
import { clusterKinds } from './modules/clusters.ts';
import { VeloSimulation } from './simulation-source.ts';

/** The fewest tracks of an event that is fitted and looked for vertices. */
export const minTracks = z
  .int()
  .min(0)
  .default(0)
  .describe('events with fewer tracks are not fitted, and no part of histograms and validation');

/** What the jobs on raw events of the VELO can be told. */
export const veloParameters = z.strictObject({
  input: z.string().default('').describe('MDF file of raw events; without: simulated events'),
  geometry: z.string().default('').describe('binary geometry dump; needed with an input file'),
  clustering: z
    .enum(clusterKinds)
    .default('superpixel')
    .describe('clusters: our own of the superpixels, or those of the readout board'),
  events: z
    .int()
    .min(-1)
    .default(-1)
    .describe('events to read or to simulate; -1: the whole file, or 500 simulated ones'),
  preload: z.boolean().default(true).describe('read the input file before the first event'),
  validation: z.boolean().default(true).describe('compare with the truth that the events carry'),
  minTracks,
  skipCorrupt: z.boolean().default(false).describe('go on after events that cannot be decoded'),
});

/** Raw events of a file, or simulated ones. A file needs the geometry that it was taken with. */
export function veloSource({ input, geometry, events, preload }: z.output<typeof veloParameters>) {
  if (input === '') return VeloSimulation({ events: events === -1 ? 500 : events });
  if (geometry === '') {
    throw new EdmeshError(
      'EDMESH_PARAMETER',
      `geometry: events of ${input} need their geometry; give -p geometry=FILE`,
      { fields: { parameter: 'geometry', input } },
    );
  }
  return MdfSource({ file: input, preload, events });
}

/** What happens to events that cannot be decoded. */
export function veloOptions({ skipCorrupt }: z.output<typeof veloParameters>) {
  return { tryToContinue: skipCorrupt ? ['EventCorruption'] : [] };
}
