import { defineProcess, MPISource, z } from 'edmesh';

/** The other end of `transitions-local.config.ts`. */
export default defineProcess({
  name: 'THERE',
  description: 'Replicates the transitions of another process.',
  parameters: z.strictObject({}),
  configure: () => ({ source: MPISource({ controller: 'HERE', slots: 1024 }) }),
});
