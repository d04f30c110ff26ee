/** Two processes that echo numbers to each other; a module of theirs waits, or kills its own process where that is said. */
export function meshConfig(name: 'LOCAL' | 'REMOTE'): string {
  const isLocal = name === 'LOCAL';
  const source = isLocal ? 'EmptySource({ events })' : "MPISource({ controller: 'LOCAL' })";
  const modules = isLocal
    ? `numbers: Numbers(),
      controller: MPIController({ followers: ['REMOTE'] }),
      sender: MPISender({ upstream: 'controller', instance: 1, products: ['numbers'] }),
      work: Work(),
      receiver: MPIReceiver({ upstream: 'sender', instance: 2, products: [{ type: Count }] }),
      checked: Checked(),`
    : `receiver: MPIReceiver({ instance: 1, products: [{ type: Count }] }),
      work: Work(),
      doubled: Doubled(),
      sender: MPISender({ upstream: 'receiver', instance: 2, products: ['doubled'] }),`;
  const path = isLocal
    ? "['numbers', 'controller', 'sender', 'work', 'receiver', 'checked']"
    : "['receiver', 'work', 'doubled', 'sender']";
  return `import { writeFileSync } from 'node:fs';
import {
  defineAnalyzer, defineProcess, defineProducer, defineProduct, EmptySource,
  MPIController, MPIReceiver, MPISender, MPISource, z,
} from 'edmesh';

const Count = defineProduct('Count', z.number());
const Numbers = defineProducer({
  type: 'Numbers',
  description: 'puts the event number',
  construct(context) {
    const token = context.produces(Count);
    return { produce: (event) => event.put(token, event.event) };
  },
});
const Doubled = defineProducer({
  type: 'Doubled',
  description: 'puts twice what it receives',
  construct(context) {
    const input = context.consumes(Count, 'receiver');
    const token = context.produces(Count);
    return { produce: (event) => event.put(token, 2 * event.get(input)) };
  },
});
const Checked = defineAnalyzer({
  type: 'Checked',
  description: 'counts events that came back as they should',
  construct(context) {
    const input = context.consumes(Count, 'receiver');
    let right = 0;
    return {
      analyze(event) {
        if (event.get(input) !== 2 * event.event) throw new RangeError('wrong');
        right++;
      },
      endJob: () => ({ right }),
    };
  },
});
const Work = defineAnalyzer({
  type: 'Work',
  description: 'waits, and dies where it is told to',
  parameters: z.object({ delayMs: z.number().default(0), diesIn: z.string().default('') }),
  construct(context, { delayMs, diesIn }) {
    const at = (hook) => () => {
      if (hook === diesIn) process.kill(process.pid, 'SIGKILL');
    };
    at('construct')();
    let seen = 0;
    return {
      beginJob() {
        writeFileSync('${name}.pid', String(process.pid));
        at('beginJob')();
      },
      beginLumi: at('beginLumi'),
      acquire(event, _setup, holder) {
        if (++seen === 20) context.logger.info('working');
        if (delayMs === 0) holder.done();
        else setTimeout(() => holder.done(), delayMs);
      },
      analyze({ event }) {
        if (event === 20) at('analyze')();
      },
      endLumi: at('endLumi'),
      endJob: at('endJob'),
    };
  },
});
export default defineProcess({
  name: '${name}',
  parameters: z.object({ events: z.int().default(100) }),
  configure: ({ events }) => ({
    source: ${source},
    modules: {
      ${modules}
    },
    paths: { p: ${path} },
  }),
});
`;
}
