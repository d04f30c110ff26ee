/** Two processes of a job that send each other rows and texts, as configs; a parameter makes the answer another. */
const types = `
const Rows = defineSoA('Rows', { value: 'float64', index: 'uint16' });
const Text = defineProduct('Text', z.object({ said: z.string() }));
const Maker = defineProducer({
  type: 'Maker',
  description: 'puts rows and a text that depend on the event',
  parameters: z.object({ scale: z.number(), delayMs: z.number().default(0), failAt: z.int().default(-1) }),
  construct(context, { scale, delayMs, failAt }) {
    const rows = context.produces(Rows);
    const said = context.produces(Text);
    return {
      acquire(event, _setup, holder) {
        if (delayMs === 0) holder.done();
        else setTimeout(() => holder.done(), delayMs);
      },
      produce(event) {
        if (event.event === failAt) throw new RangeError('no luck');
        const soa = event.allocate(Rows, 4);
        for (let row = 0; row < 4; row++) {
          soa.value[row] = row === 3 ? scale * event.event : row;
          soa.index[row] = row;
        }
        event.put(rows, soa);
        event.put(said, { said: String(event.event) });
      },
    };
  },
});
const both = [{ type: Rows }, { type: Text }];
`;

/** The process with a source, and its parameter `events`. */
export const localConfig = `import { defineProcess, defineProducer, defineProduct, defineSoA, EmptySource } from 'edmesh';
import { MPIController, MPIReceiver, MPISender, z } from 'edmesh';
${types}
export default defineProcess({
  name: 'LOCAL',
  description: 'sends rows, and gets some back',
  parameters: z.object({ events: z.int().default(40) }),
  configure: ({ events }) => ({
    source: EmptySource({ events, eventsPerLumi: 10, lumisPerRun: 2 }),
    modules: {
      maker: Maker({ scale: 2 }),
      controller: MPIController({ followers: ['REMOTE'] }),
      sender: MPISender({ upstream: 'controller', instance: 1, products: ['maker'] }),
      receiver: MPIReceiver({ upstream: 'controller', instance: 2, products: both }),
    },
    paths: { p: ['maker', 'controller', 'sender', 'receiver'] },
  }),
});
`;

/** The process that follows, and its parameter \`scale\`. */
export const remoteConfig = `import { defineProcess, defineProducer, defineProduct, defineSoA } from 'edmesh';
import { MPIReceiver, MPISender, MPISource, z } from 'edmesh';
${types}
export default defineProcess({
  name: 'REMOTE',
  description: 'gets rows, and sends some back',
  parameters: z.object({ scale: z.number().default(3) }),
  configure: ({ scale }) => ({
    source: MPISource({ controller: 'LOCAL' }),
    modules: {
      receiver: MPIReceiver({ instance: 1, products: both }),
      maker: Maker({ scale }),
      sender: MPISender({ instance: 2, products: ['maker'] }),
    },
    paths: { p: ['receiver', 'maker', 'sender'] },
  }),
});
`;
