import { defineProcess, EmptySource, MPIController, z } from 'edmesh';

/** Sends nothing but transitions. */
export default defineProcess({
  name: 'HERE',
  description: 'Sends its runs, luminosity blocks and events to another process.',
  parameters: z.strictObject({}),
  configure: () => ({
    source: EmptySource(),
    modules: { controller: MPIController({ followers: ['THERE'] }) },
    paths: { path: ['controller'] },
  }),
});
