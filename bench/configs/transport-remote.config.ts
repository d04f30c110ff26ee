import { defineProcess, MPIReceiver, MPISender, MPISource, z } from 'edmesh';
import { Carried, Small } from './carried-products.ts';

/** The other end of `transport-local.config.ts`. */
export default defineProcess({
  name: 'THERE',
  description: 'Receives products, and sends small ones back.',
  parameters: z.strictObject({ echo: z.boolean().default(false).describe('sends back') }),
  configure: ({ echo }) => ({
    source: MPISource({ controller: 'HERE' }),
    modules: {
      receiver: MPIReceiver({ instance: 1, products: [{ type: echo ? Small : Carried }] }),
      ...(echo ? { back: MPISender({ instance: 2, products: ['receiver'] }) } : {}),
    },
    paths: { path: ['receiver', ...(echo ? ['back'] : [])] },
  }),
});
