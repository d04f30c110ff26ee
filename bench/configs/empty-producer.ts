import { defineProducer, defineProduct, z, type ProcessBody } from 'edmesh';

const Small = defineProduct('Small', z.number());

/** A producer that does nothing but put one small product, and read one if it is told which. */
const EmptyProducer = defineProducer({
  type: 'EmptyProducer',
  description: 'Puts one number',
  parameters: z.object({ input: z.string().default('').describe('label to read from') }),
  construct(context, { input }) {
    const output = context.produces(Small);
    if (input === '') {
      return {
        produce(event) {
          event.put(output, 1);
        },
      };
    }
    const token = context.consumes(Small, input);
    return {
      produce(event) {
        event.put(output, event.get(token));
      },
    };
  },
});

/** How the modules depend on each other: each on the one before, or all on the first. */
export type Shape = 'chain' | 'fan';

/** Empty producers, all on one path: what a process has beside its source. */
export function emptyModules(
  shape: Shape,
  modules: number,
): Required<Pick<ProcessBody, 'modules' | 'paths'>> {
  const labels = Array.from({ length: modules }, (_, index) => `m${String(index)}`);
  const inputOf = (index: number) => {
    if (index === 0) return '';
    return shape === 'chain' ? `m${String(index - 1)}` : 'm0';
  };
  return {
    modules: Object.fromEntries(
      labels.map((label, index) => [label, EmptyProducer({ input: inputOf(index) })]),
    ),
    paths: { path: labels },
  };
}
