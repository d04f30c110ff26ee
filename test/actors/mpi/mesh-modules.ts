/** Modules and processes that tests of several processes are made of. */
import { z } from 'zod';
import { MPIController, MPIReceiver, MPISender, MPISource } from '../../../actors/index.ts';
import {
  defineAnalyzer,
  defineProcess,
  defineProducer,
  defineProduct,
  type ProcessTemplate,
} from '../../../edm/index.ts';
import { EmptySource } from '../../../io/index.ts';

/** A number. */
export const Count = defineProduct('Count', z.number());

/** Puts the event number. */
export const Numbered = defineProducer({
  type: 'Numbered',
  description: 'puts the event number',
  construct(context) {
    const token = context.produces(Count);
    return {
      produce(event) {
        event.put(token, event.event);
      },
    };
  },
});

/** Puts twice what it reads. */
export const Doubled = defineProducer({
  type: 'Doubled',
  description: 'puts twice what it reads',
  parameters: z.object({ of: z.string() }),
  construct(context, { of }) {
    const input = context.consumes(Count, of);
    const token = context.produces(Count);
    return {
      produce(event) {
        event.put(token, 2 * event.get(input));
      },
    };
  },
});

/** Counts events whose number is what it should be; fails where it is another. */
export const Checked = defineAnalyzer({
  type: 'Checked',
  description: 'counts events whose number is so many times that of the event',
  parameters: z.object({ of: z.string(), times: z.number() }),
  construct(context, { of, times }) {
    const input = context.consumes(Count, of);
    let right = 0;
    return {
      analyze(event) {
        const count = event.get(input);
        if (count !== times * event.event) {
          throw new RangeError(`event ${String(event.event)} has ${String(count)}`);
        }
        right++;
      },
      endJob: () => ({ right }),
    };
  },
});

/** Throws in one of its hooks. */
export const Throwing = defineAnalyzer({
  type: 'Throwing',
  description: 'throws in one of its hooks',
  parameters: z.object({ hook: z.string().default('none') }),
  construct(_context, { hook }) {
    const at = (name: string) => () => {
      if (hook === name) throw new RangeError(`broken in ${name}`);
    };
    at('construct')();
    return {
      beginJob: at('beginJob'),
      beginRun: at('beginRun'),
      beginLumi: at('beginLumi'),
      analyze({ event }) {
        if (event === 7) at('analyze')();
      },
      endLumi: at('endLumi'),
      endRun: at('endRun'),
      endJob: at('endJob'),
    };
  },
});

/** What the processes of an echo are made with. */
export interface EchoOptions {
  readonly events?: number;
  readonly eventsPerLumi?: number;
  readonly followers?: readonly string[];
  readonly throwsIn?: string;
  readonly eventTimeoutMs?: number;
}

/** Sends the number of each event to a follower, which sends back twice that. */
export function echoLocal(options: EchoOptions = {}): ProcessTemplate {
  const { events = 30, eventsPerLumi = 5, followers = ['REMOTE'], throwsIn = 'none' } = options;
  return defineProcess({
    name: 'LOCAL',
    source: EmptySource({ events, eventsPerLumi, lumisPerRun: 2 }),
    modules: {
      numbers: Numbered(),
      controller: MPIController({ followers: [...followers] }),
      sender: MPISender({ upstream: 'controller', instance: 1, products: ['numbers'] }),
      receiver: MPIReceiver({ upstream: 'sender', instance: 2, products: [{ type: Count }] }),
      checked: Checked({ of: 'receiver', times: 2 }),
      throwing: Throwing({ hook: throwsIn }),
    },
    paths: { p: ['numbers', 'controller', 'sender', 'throwing', 'receiver', 'checked'] },
    options: {
      concurrentLumis: 2,
      ...(options.eventTimeoutMs === undefined ? {} : { eventTimeoutMs: options.eventTimeoutMs }),
    },
  });
}

/** The follower of {@link echoLocal}. */
export function echoRemote(
  options: Pick<EchoOptions, 'throwsIn' | 'eventTimeoutMs'> & {
    readonly name?: string;
    readonly slots?: number;
  } = {},
): ProcessTemplate {
  return defineProcess({
    name: options.name ?? 'REMOTE',
    source: MPISource({ controller: 'LOCAL', slots: options.slots ?? 8 }),
    modules: {
      receiver: MPIReceiver({ instance: 1, products: [{ type: Count }] }),
      doubled: Doubled({ of: 'receiver' }),
      throwing: Throwing({ hook: options.throwsIn ?? 'none' }),
      sender: MPISender({ upstream: 'receiver', instance: 2, products: ['doubled'] }),
    },
    paths: { p: ['receiver', 'doubled', 'throwing', 'sender'] },
    options: {
      concurrentLumis: 2,
      ...(options.eventTimeoutMs === undefined ? {} : { eventTimeoutMs: options.eventTimeoutMs }),
    },
  });
}
