/** Events travel from a controller to its followers and back: ids, products, transitions, any numbers of EDM streams. */
import { describe, expect, it } from 'vitest';
import { MPIController, MPIReceiver, MPISender, MPISource } from '../../../actors/index.ts';
import {
  defineAnalyzer,
  defineProcess,
  defineProducer,
  defineProduct,
  defineSoA,
} from '../../../edm/index.ts';
import { EmptySource } from '../../../io/index.ts';
import { z } from 'zod';
import { runMesh } from './mesh-jobs.ts';
import type { Channel } from '../../../transport/index.ts';
import type { FaultyChannel } from '../../../transport/testing/faulty-channel.ts';

const Ids = defineProduct(
  'Ids',
  z.object({ run: z.number(), lumi: z.number(), event: z.number() }),
);
const Numbers = defineSoA('Numbers', { value: 'float64', index: 'uint16' });

const IdProducer = defineProducer({
  type: 'IdProducer',
  description: 'puts the ids of the event, and as many numbers as its event number says',
  construct(context) {
    const ids = context.produces(Ids);
    const numbers = context.produces(Numbers);
    return {
      produce(event) {
        event.put(ids, { run: event.run, lumi: event.lumi, event: event.event });
        const soa = event.allocate(Numbers, event.event % 50);
        for (let row = 0; row < soa.size; row++) {
          soa.value[row] = event.ordinal + row;
          soa.index[row] = row;
        }
        event.put(numbers, soa);
      },
    };
  },
});

const IdChecker = defineAnalyzer({
  type: 'IdChecker',
  description: 'counts the events whose received ids and numbers are those of the event',
  parameters: z.object({ from: z.string() }),
  construct(context, { from }) {
    const ids = context.consumes(Ids, from);
    const numbers = context.consumes(Numbers, from);
    let right = 0;
    return {
      analyze(event) {
        const { run, lumi, event: number } = event;
        expect(event.get(ids)).toEqual({ run, lumi, event: number });
        const soa = event.get(numbers);
        expect(soa.size).toBe(number % 50);
        expect(soa.value.every((value, row) => value === event.ordinal + row)).toBe(true);
        right++;
      },
      endJob: () => ({ right }),
    };
  },
});

const both = [{ type: Ids }, { type: Numbers }];

function local(events: number, eventsPerLumi: number, lumisPerRun: number) {
  return defineProcess({
    name: 'LOCAL',
    source: EmptySource({ events, eventsPerLumi, lumisPerRun, firstRun: 100 }),
    modules: {
      ids: IdProducer(),
      controller: MPIController({ followers: ['REMOTE'] }),
      sender: MPISender({ upstream: 'controller', instance: 42, products: ['ids'] }),
      receiver: MPIReceiver({ upstream: 'sender', instance: 99, products: both }),
      checker: IdChecker({ from: 'receiver' }),
    },
    paths: { p: ['ids', 'controller', 'sender', 'receiver', 'checker'] },
    options: { concurrentLumis: 4, concurrentRuns: 2 },
  });
}

const remote = defineProcess({
  name: 'REMOTE',
  source: MPISource({ controller: 'LOCAL' }),
  modules: {
    receiver: MPIReceiver({ instance: 42, products: both }),
    checker: IdChecker({ from: 'receiver' }),
    sender: MPISender({
      upstream: 'receiver',
      instance: 99,
      products: ['Ids_receiver__REMOTE', 'Numbers_receiver_*_*'],
    }),
  },
  paths: { p: ['receiver', 'checker', 'sender'] },
  options: { concurrentLumis: 4, concurrentRuns: 2 },
});

describe('events echoed by another process', () => {
  it.each([
    { here: 1, there: 1, lanes: 1, events: 30 },
    { here: 4, there: 8, lanes: 1, events: 300 },
    { here: 10, there: 10, lanes: 1, events: 60 },
    { here: 40, there: 1, lanes: 1, events: 10 },
    { here: 1, there: 40, lanes: 1, events: 10 },
    { here: 4, there: 4, lanes: 2, events: 300 },
  ])(
    '$here EDM streams here, $there there, $lanes lanes',
    async ({ here, there, lanes, events }) => {
      const [own, other] = await runMesh([
        {
          template: local(events, 3, 2),
          options: { streams: here, threads: Math.min(lanes, here) },
        },
        { template: remote, options: { streams: there, threads: Math.min(lanes, there) } },
      ]);
      expect(own?.errors).toEqual([]);
      expect(other?.errors).toEqual([]);
      expect(own?.events).toBe(events);
      expect(other?.events).toBe(events);
      expect(own?.modules.checker?.summary).toEqual({ right: events });
      expect(other?.modules.checker?.summary).toEqual({ right: events });
      expect(other?.transitions.beginLumi).toBe(own?.transitions.beginLumi);
      expect(other?.transitions.endRun).toBe(own?.transitions.endRun);
      const { framesSent = 0, framesReceived = 0, bytesSent, bytesReceived } = own?.transport ?? {};
      expect(other?.transport).toEqual({
        framesSent: framesReceived,
        framesReceived: framesSent,
        bytesSent: bytesReceived,
        bytesReceived: bytesSent,
      });
      // Of every event one frame that it is there and one with products go there, its products and its end come back.
      expect(framesSent).toBeGreaterThanOrEqual(2 * events);
      expect(framesReceived).toBeGreaterThanOrEqual(2 * events);
    },
  );

  it('cuts what is larger than a message into chunks', async () => {
    const reports = await runMesh(
      [{ template: local(60, 0, 0), options: { streams: 4 } }, { template: remote }],
      { maxPayloadBytes: 256 },
    );
    expect(reports.map(({ errors }) => errors)).toEqual([[], []]);
    expect(reports.map(({ events }) => events)).toEqual([60, 60]);
  });

  it('lets a lane in that says hello after it has heard an answer to another one', async () => {
    let goOn = (): void => undefined;
    const connected = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let begin = (): void => undefined;
    const starts = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const late = (channel: FaultyChannel): Channel =>
      new Proxy<Channel>(channel, {
        get(target, name) {
          if (name === 'flush') return () => connected;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    const reports = await runMesh(
      [
        { template: local(40, 3, 2), options: { streams: 4, threads: 2 }, starts },
        { template: remote, options: { streams: 2 } },
      ],
      {
        between: (channel, endpoint) => (endpoint === 'LOCAL-1' ? late(channel) : channel),
        published: ({ endpoint, kinds, subject }) => {
          if (endpoint === 'REMOTE' && subject.endsWith('.hello')) begin();
          if (endpoint === 'LOCAL-1' && kinds.includes('connect')) goOn();
        },
      },
    );
    expect(reports.map(({ errors }) => errors)).toEqual([[], []]);
    expect(reports.map(({ events }) => events)).toEqual([40, 40]);
  });
});
