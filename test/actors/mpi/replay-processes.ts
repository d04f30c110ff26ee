/** Processes of a job that is recorded, and the same ones with something changed. */
import { z } from 'zod';
import { MPIController, MPIReceiver, MPISender, MPISource } from '../../../actors/index.ts';
import {
  defineFilter,
  defineProcess,
  defineProducer,
  defineProduct,
  defineSoA,
  type EventId,
} from '../../../edm/index.ts';
import { EmptySource } from '../../../io/index.ts';

const Text = defineProduct('Text', z.object({ said: z.array(z.string()) }));
const Rows = defineSoA('Rows', { value: 'float64', index: 'uint16' });

/** What a process does otherwise than it did when it was recorded. */
export interface Change {
  /** Events whose row 2 of `value` is another, or whose text is. */
  readonly row?: number;
  readonly text?: number;
  /** An event that has a row more. */
  readonly size?: number;
  /** An event that fails. */
  readonly failAt?: number;
}

/** The place of an event in the job, from 1; it is the same when others are left out. */
function numberOf({ run, event }: EventId): number {
  return 10 * (run - 7) + event;
}

const Maker = defineProducer({
  type: 'Maker',
  description: 'puts rows and a text that depend on the event alone',
  parameters: z.object({
    scale: z.number(),
    row: z.int().default(-1),
    text: z.int().default(-1),
    size: z.int().default(-1),
    failAt: z.int().default(-1),
  }),
  construct(context, { scale, row, text, size, failAt }) {
    const rows = context.produces(Rows);
    const said = context.produces(Text);
    return {
      produce(event) {
        const number = numberOf(event);
        if (number === failAt) throw new RangeError('no luck');
        const soa = event.allocate(Rows, 3 + (number % 4) + (number === size ? 1 : 0));
        for (let index = 0; index < soa.size; index++) {
          soa.value[index] = scale * number + index;
          soa.index[index] = index;
        }
        if (number === row) soa.value[2] = -1;
        event.put(rows, soa);
        const word = number === text ? 'other' : 'same';
        event.put(said, { said: [String(number), word] });
      },
    };
  },
});

const Third = defineFilter({
  type: 'Third',
  description: 'rejects every third event',
  construct: () => ({ filter: (event) => numberOf(event) % 3 !== 0 }),
});

const both = [{ type: Rows }, { type: Text }];

/** A process with a source of its own, which sends to the next one and gets an answer. */
export function first(events = 24, change: Change = {}, next = 'REMOTE') {
  return defineProcess({
    name: 'LOCAL',
    source: EmptySource({ events, eventsPerLumi: 5, lumisPerRun: 2, firstRun: 7 }),
    modules: {
      maker: Maker({ scale: 2, ...change }),
      controller: MPIController({ followers: [next] }),
      sender: MPISender({ upstream: 'controller', instance: 1, products: ['maker'] }),
      receiver: MPIReceiver({ upstream: 'controller', instance: 2, products: both }),
    },
    paths: { p: ['maker', 'controller', 'sender', 'receiver'] },
    options: { concurrentLumis: 3, concurrentRuns: 2 },
  });
}

/** A process that follows, and answers; some events are rejected before the receiver is asked. */
export function last(change: Change = {}, { name = 'REMOTE', controller = 'LOCAL' } = {}) {
  return defineProcess({
    name,
    source: MPISource({ controller, slots: 6 }),
    modules: {
      third: Third(),
      receiver: MPIReceiver({ instance: 1, products: both }),
      maker: Maker({ scale: 3, ...change }),
      sender: MPISender({ instance: 2, products: ['maker'] }),
    },
    paths: { p: ['third', 'receiver', 'maker', 'sender'] },
    options: { concurrentLumis: 3, concurrentRuns: 2 },
  });
}

/** A process in between: it follows LOCAL and controls REMOTE. */
export const between = defineProcess({
  name: 'BETWEEN',
  source: MPISource({ controller: 'LOCAL' }),
  modules: {
    receiver: MPIReceiver({ instance: 1, products: both }),
    controller: MPIController({ followers: ['REMOTE'] }),
    onward: MPISender({ upstream: 'controller', instance: 1, products: ['receiver'] }),
    answer: MPIReceiver({ upstream: 'controller', instance: 2, products: both }),
    back: MPISender({ instance: 2, products: ['answer'] }),
  },
  paths: { p: ['receiver', 'controller', 'onward', 'answer', 'back'] },
});

/** A process that sends nothing but transitions, and one that gets them. */
export const transitionsFrom = defineProcess({
  name: 'LOCAL',
  source: EmptySource({ events: 30, eventsPerLumi: 4, lumisPerRun: 3 }),
  modules: { controller: MPIController({ followers: ['REMOTE'] }) },
  paths: { p: ['controller'] },
});
export const transitionsTo = defineProcess({
  name: 'REMOTE',
  source: MPISource({ controller: 'LOCAL' }),
});
