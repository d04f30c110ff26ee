import { defineAnalyzer, defineProducer, defineProduct, defineSoA, z } from 'edmesh';

/** Rows of 16 bytes, so that the size of a product is 16 times its rows. */
export const Carried = defineSoA('Carried', { a: 'float64', b: 'float64' });
export const Small = defineProduct('Small', z.number());

/** Puts the same SoA product into every event: its making is not what is measured. */
export const CarriedProducer = defineProducer({
  type: 'CarriedProducer',
  description: 'puts an SoA product of so many bytes',
  parameters: z.object({ bytes: z.int().min(16) }),
  construct(context, { bytes }) {
    const token = context.produces(Carried);
    const rows = bytes / 16;
    const product = Carried.view(new ArrayBuffer(Carried.byteLength(rows)), rows);
    for (let row = 0; row < rows; row++) product.a[row] = row;
    return {
      produce(event) {
        event.put(token, product);
      },
    };
  },
});

/** Puts the event number. */
export const SmallProducer = defineProducer({
  type: 'SmallProducer',
  description: 'puts the event number',
  construct(context) {
    const token = context.produces(Small);
    return {
      produce(event) {
        event.put(token, event.event);
      },
    };
  },
});

/** Fails unless the event number comes back. */
export const SmallChecker = defineAnalyzer({
  type: 'SmallChecker',
  description: 'compares the number that came back with the event number',
  parameters: z.object({ from: z.string() }),
  construct(context, { from }) {
    const token = context.consumes(Small, from);
    return {
      analyze(event) {
        if (event.get(token) !== event.event) throw new Error('another number has come back');
      },
    };
  },
});
