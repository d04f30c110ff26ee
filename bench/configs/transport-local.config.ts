import { defineProcess, EmptySource, MPIController, MPIReceiver, MPISender, z } from 'edmesh';
import { CarriedProducer, Small, SmallChecker, SmallProducer } from './carried-products.ts';

const controller = MPIController({ followers: ['THERE'] });

/** With `bytes`, an SoA product goes there; without, a small product goes there and comes back. */
export default defineProcess({
  name: 'HERE',
  description: 'Sends products of one size to another process.',
  parameters: z.strictObject({ bytes: z.int().min(0).default(0).describe('bytes; 0: an echo') }),
  configure: ({ bytes }) => ({
    source: EmptySource(),
    modules:
      bytes > 0
        ? {
            controller,
            product: CarriedProducer({ bytes }),
            sender: MPISender({ upstream: 'controller', instance: 1, products: ['product'] }),
          }
        : {
            controller,
            product: SmallProducer(),
            sender: MPISender({ upstream: 'controller', instance: 1, products: ['product'] }),
            receiver: MPIReceiver({
              upstream: 'controller',
              instance: 2,
              products: [{ type: Small }],
            }),
            checker: SmallChecker({ from: 'receiver' }),
          },
    paths: {
      path: ['product', 'controller', 'sender', ...(bytes > 0 ? [] : ['receiver', 'checker'])],
    },
  }),
});
