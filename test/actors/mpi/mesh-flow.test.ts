/**
 * How events flow: what is in flight is bounded however slow the other side is, followers share the events, what several
 * instances carry stays in order, and what is missing is told apart from what was not asked for.
 */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  MPIController,
  MPIReceiver,
  MPISender,
  MPISource,
  PathStateCapture,
  PathStateRelease,
  PathStateToken,
  type Environment,
} from '../../../actors/index.ts';
import {
  defineAnalyzer,
  defineFilter,
  defineProcess,
  defineProducer,
  defineProduct,
  defineSoA,
} from '../../../edm/index.ts';
import { EmptySource } from '../../../io/index.ts';
import { runSimulated, type Published } from './mesh-jobs.ts';
import { Checked, Count, Doubled, echoLocal, echoRemote, Numbered } from './mesh-modules.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const Slow = defineAnalyzer({
  type: 'Slow',
  description: 'takes some turns of the event loop',
  construct: () => ({
    acquire: (_event, _setup, holder) => {
      holder.follow(turn().then(turn).then(turn));
    },
    analyze: () => undefined,
  }),
});

/** Counts the events that have been sent and are not done, and the most there ever were. */
function inFlight() {
  const flight = { now: 0, most: 0 };
  const published = ({ kinds }: Published) => {
    for (const kind of kinds) {
      if (kind === 'event') flight.now++;
      if (kind === 'eventDone') flight.now--;
      flight.most = Math.max(flight.most, flight.now);
    }
  };
  return { flight, published };
}

describe('a follower that is slow', () => {
  const slowFollower = defineProcess({
    name: 'REMOTE',
    source: MPISource({ controller: 'LOCAL', slots: 4 }),
    modules: {
      receiver: MPIReceiver({ instance: 1, products: [{ type: Count }] }),
      doubled: Doubled({ of: 'receiver' }),
      slow: Slow(),
      sender: MPISender({ upstream: 'receiver', instance: 2, products: ['doubled'] }),
    },
    paths: { p: ['receiver', 'doubled', 'slow', 'sender'] },
  });

  it.each([
    { streams: 40, there: 1 },
    { streams: 40, there: 8 },
    { streams: 2, there: 8 },
  ])(
    'gets no more events than it has slots: $streams EDM streams here, $there there',
    async ({ streams, there }) => {
      const { flight, published } = inFlight();
      const [local, remote] = await runSimulated(
        [
          { template: echoLocal({ events: 100 }), options: { streams } },
          { template: slowFollower, options: { streams: there } },
        ],
        { published },
      );
      expect([local?.errors, remote?.errors]).toEqual([[], []]);
      expect(local?.modules.checked?.summary).toEqual({ right: 100 });
      expect(flight.most).toBe(Math.min(4, streams));
    },
  );

  it('and is cut off for a while gets no more bytes than the limit', async () => {
    const Block = defineSoA('Block', { value: 'float32' });
    const rows = 512 * 1024;
    const blocks = defineProducer({
      type: 'Blocks',
      description: 'puts 2 MiB',
      construct(context) {
        const token = context.produces(Block);
        return {
          produce(event) {
            event.put(token, event.allocate(Block, rows));
          },
        };
      },
    });
    const local = defineProcess({
      name: 'LOCAL',
      source: EmptySource({ events: 30 }),
      modules: {
        controller: MPIController({ followers: ['REMOTE'] }),
        blocks: blocks(),
        sender: MPISender({ upstream: 'controller', instance: 1, products: ['blocks'] }),
      },
      paths: { p: ['controller', 'blocks', 'sender'] },
    });
    const remote = defineProcess({
      name: 'REMOTE',
      source: MPISource({ controller: 'LOCAL' }),
      modules: { receiver: MPIReceiver({ instance: 1, products: [{ type: Block }] }) },
      paths: { p: ['receiver'] },
    });
    let [most, isCut] = [0, false];
    let clock: Pick<Environment, 'after'> | undefined;
    const reports = await runSimulated(
      [
        { template: local, options: { streams: 30 } },
        { template: remote, options: { streams: 4 } },
      ],
      {
        published({ endpoint, kinds, channel }) {
          if (endpoint !== 'LOCAL') return;
          most = Math.max(most, channel.pendingBytes);
          if (!kinds.includes('event') || isCut) return;
          isCut = true;
          channel.disconnect();
          clock?.after(2500, () => {
            channel.reconnect();
          });
        },
      },
      (_mesh, environment) => {
        clock = environment;
      },
    );
    expect(reports.map(({ exitCode, events }) => [exitCode, events])).toEqual([
      [0, 30],
      [0, 30],
    ]);
    const MiB = 1024 * 1024;
    expect(most).toBeGreaterThan(30 * MiB);
    expect(most).toBeLessThan(36 * MiB);
  });
});

describe('several followers', () => {
  const followers = ['REMOTE', 'OTHER', 'THIRD'];

  it.each([
    { lanes: 1, there: 1 },
    { lanes: 2, there: 2 },
  ])('share the events, and all see all blocks: $lanes × $there lanes', async (lanes) => {
    const reports = await runSimulated([
      {
        template: echoLocal({ events: 120, followers }),
        options: { streams: 12, threads: lanes.lanes },
      },
      ...followers.map((name) => ({
        template: echoRemote({ name }),
        options: { streams: 4, threads: lanes.there },
      })),
    ]);
    const [local, ...remotes] = reports;
    expect(reports.flatMap(({ errors }) => errors)).toEqual([]);
    expect(local?.modules.checked?.summary).toEqual({ right: 120 });
    const shares = remotes.map(({ events }) => events);
    expect(shares.reduce((sum, events) => sum + events, 0)).toBe(120);
    for (const events of shares) expect(events).toBeGreaterThan(10);
    for (const { transitions } of remotes) {
      expect(transitions.beginLumi).toBe(local?.transitions.beginLumi);
      expect(transitions.endRun).toBe(local?.transitions.endRun);
    }
  });

  it('can have controllers of their own, whose events each goes its own way', async () => {
    const local = defineProcess({
      name: 'LOCAL',
      source: EmptySource({ events: 40 }),
      modules: {
        numbers: Numbered(),
        one: MPIController({ followers: ['REMOTE'] }),
        two: MPIController({ followers: ['OTHER', 'THIRD'] }),
        toOne: MPISender({ upstream: 'one', instance: 1, products: ['numbers'] }),
        fromOne: MPIReceiver({ upstream: 'toOne', instance: 2, products: [{ type: Count }] }),
        toTwo: MPISender({ upstream: 'two', instance: 1, products: ['fromOne'] }),
        fromTwo: MPIReceiver({ upstream: 'toTwo', instance: 2, products: [{ type: Count }] }),
        checked: Checked({ of: 'fromTwo', times: 4 }),
      },
      paths: { p: ['numbers', 'one', 'two', 'toOne', 'fromOne', 'toTwo', 'fromTwo', 'checked'] },
    });
    const reports = await runSimulated([
      { template: local, options: { streams: 6 } },
      ...followers.map((name) => ({ template: echoRemote({ name }), options: { streams: 2 } })),
    ]);
    expect(reports.flatMap(({ errors }) => errors)).toEqual([]);
    const [own, one = 0, two = 0, three = 0] = reports.map(({ events }) => events);
    expect([own, one, two + three]).toEqual([40, 40, 40]);
    expect(Math.min(two, three)).toBeGreaterThan(5);
    expect(reports[0]?.modules.checked?.summary).toEqual({ right: 40 });
  });
});

describe('tokens', () => {
  it('order what several senders send', async () => {
    const order = new Map<number, string[]>();
    const local = defineProcess({
      name: 'LOCAL',
      source: EmptySource({ events: 5 }),
      modules: {
        numbers: Numbered(),
        controller: MPIController({ followers: ['REMOTE'] }),
        third: MPISender({ upstream: 'second', instance: 3, products: ['numbers'] }),
        second: MPISender({ upstream: 'first', instance: 20, products: ['numbers'] }),
        first: MPISender({ upstream: 'controller', instance: 100, products: ['numbers'] }),
      },
      paths: { a: ['controller', 'numbers', 'third'], b: ['second'], c: ['first'] },
    });
    const type = { type: Count };
    const remote = defineProcess({
      name: 'REMOTE',
      source: MPISource({ controller: 'LOCAL' }),
      modules: {
        a: MPIReceiver({ instance: 3, products: [type] }),
        b: MPIReceiver({ instance: 20, products: [type] }),
        c: MPIReceiver({ instance: 100, products: [type] }),
      },
      paths: { p: ['a', 'b', 'c'] },
    });
    const reports = await runSimulated([{ template: local }, { template: remote }], {
      published({ subject, kinds, ordinals }) {
        for (const [at, ordinal] of ordinals.entries()) {
          if (kinds[at] !== 'products') continue;
          order.set(ordinal, [...(order.get(ordinal) ?? []), subject.split('.').at(-1)!]);
        }
      },
    });
    expect(reports.flatMap(({ errors }) => errors)).toEqual([]);
    expect([...order.values()]).toEqual(Array.from({ length: 5 }, () => ['100', '20', '3']));
  });
});

const Text = defineProduct('Text', z.string());
const Rows = defineSoA('Rows', { x: 'float64', id: 'uint16' });

/** Puts a number always, a text for odd events, and rows for events that 3 divides. */
const Some = defineProducer({
  type: 'Some',
  description: 'puts some of its products',
  construct(context) {
    const [count, text, rows] = [
      context.produces(Count),
      context.produces(Text),
      context.produces(Rows),
    ];
    return {
      produce(event) {
        const { event: number } = event;
        event.put(count, number);
        if (number % 2 === 1) event.put(text, `event ${String(number)}`);
        if (number % 3 !== 0) return;
        const soa = event.allocate(Rows, number);
        soa.x.fill(number / 2);
        soa.id.fill(number);
        event.put(rows, soa);
      },
    };
  },
});

const Modulo = defineFilter({
  type: 'Modulo',
  description: 'passes the events that a number divides',
  parameters: z.object({ by: z.number() }),
  construct: (_context, { by }) => ({ filter: ({ event }) => event % by === 0 }),
});

const Tells = defineAnalyzer({
  type: 'Tells',
  description: 'says of each event what came',
  construct(context) {
    const [count, text, rows, state] = [
      context.mayConsume(Count, 'some'),
      context.mayConsume(Text, 'some'),
      context.mayConsume(Rows, 'some'),
      context.mayConsume(PathStateToken, 'some'),
    ];
    const told: Record<string, string> = {};
    return {
      analyze(event) {
        const soa = event.find(rows);
        const sound =
          soa?.x.every((x) => x === event.event / 2) === true &&
          soa.id.every((id) => id === event.event);
        told[String(event.event)] = [
          event.find(state) === undefined ? 'inactive' : 'active',
          event.find(count) ?? 'no count',
          event.find(text) ?? 'no text',
          soa === undefined ? 'no rows' : `${String(soa.size)} ${sound ? 'sound' : 'wrong'} rows`,
        ].join(', ');
      },
      endJob: () => told,
    };
  },
});

describe('products of many kinds', () => {
  it('come as they are; what is missing is told apart from a path that was not active', async () => {
    const local = defineProcess({
      name: 'LOCAL',
      source: EmptySource({ events: 12 }),
      modules: {
        controller: MPIController({ followers: ['REMOTE'] }),
        some: Some(),
        notFourth: Modulo({ by: 4 }),
        capture: PathStateCapture(),
        sender: MPISender({
          upstream: 'controller',
          instance: 1,
          products: ['some', 'capture'],
          activity: 'capture',
        }),
      },
      paths: { filtered: ['some', '!notFourth', 'capture'], p: ['controller', 'sender'] },
    });
    const remote = defineProcess({
      name: 'REMOTE',
      source: MPISource({ controller: 'LOCAL' }),
      modules: {
        some: MPIReceiver({
          instance: 1,
          products: [{ type: Count }, { type: Text }, { type: Rows }, { type: PathStateToken }],
        }),
        tells: Tells(),
      },
      paths: { p: ['some', 'tells'] },
    });
    const reports = await runSimulated([
      { template: local, options: { streams: 3 } },
      { template: remote, options: { streams: 2 } },
    ]);
    expect(reports.flatMap(({ errors }) => errors)).toEqual([]);
    expect(reports[1]?.modules.tells?.summary).toEqual({
      1: 'active, 1, event 1, no rows',
      2: 'active, 2, no text, no rows',
      3: 'active, 3, event 3, 3 sound rows',
      4: 'inactive, no count, no text, no rows',
      5: 'active, 5, event 5, no rows',
      6: 'active, 6, no text, 6 sound rows',
      7: 'active, 7, event 7, no rows',
      8: 'inactive, no count, no text, no rows',
      9: 'active, 9, event 9, 9 sound rows',
      10: 'active, 10, no text, no rows',
      11: 'active, 11, event 11, no rows',
      12: 'inactive, no count, no text, no rows',
    });
  });
});

const Mirror = defineFilter({
  type: 'Mirror',
  description: 'passes an event of which the remote filter says what the local one does',
  construct(context) {
    const state = context.mayConsume(PathStateToken, 'decision');
    return { filter: (event) => (event.find(state) !== undefined) === (event.event % 3 === 0) };
  },
});

describe('a filter in another process', () => {
  it('decides as one here does', async () => {
    const local = defineProcess({
      name: 'LOCAL',
      source: EmptySource({ events: 30 }),
      modules: {
        controller: MPIController({ followers: ['REMOTE'] }),
        numbers: Numbered(),
        sender: MPISender({ upstream: 'controller', instance: 1, products: ['numbers'] }),
        decision: MPIReceiver({
          upstream: 'sender',
          instance: 2,
          products: [{ type: PathStateToken }],
        }),
        released: PathStateRelease({ state: 'decision' }),
        third: Modulo({ by: 3 }),
        mirror: Mirror(),
      },
      paths: {
        sending: ['controller', 'numbers', 'sender', 'decision'],
        remote: ['decision', 'released'],
        local: ['third'],
        same: ['decision', 'mirror'],
      },
    });
    const remote = defineProcess({
      name: 'REMOTE',
      source: MPISource({ controller: 'LOCAL' }),
      modules: {
        receiver: MPIReceiver({ instance: 1, products: [{ type: Count }] }),
        third: Modulo({ by: 3 }),
        capture: PathStateCapture(),
        sender: MPISender({ instance: 2, products: ['capture'], activity: 'capture' }),
      },
      paths: { filtered: ['receiver', 'third', 'capture'], sending: ['sender'] },
    });
    const reports = await runSimulated([
      { template: local, options: { streams: 4 } },
      { template: remote, options: { streams: 3 } },
    ]);
    expect(reports.flatMap(({ errors }) => errors)).toEqual([]);
    const paths = reports[0]?.paths;
    expect(paths?.remote).toEqual(paths?.local);
    expect(paths?.remote).toMatchObject({ run: 30, pass: 10, fail: 20 });
    expect(paths?.same).toMatchObject({ run: 30, pass: 30 });
  });
});
