/**
 * The event setup, transient products and summaries over several lanes. Proves that event setup products which can be shared
 * are made once in the job and the others once a lane, each for its interval; that what cannot cross is told when the
 * process is constructed, in one error; and that summaries of all lanes are merged.
 */
import { describe, expect, it } from 'vitest';
import {
  createHistogram,
  defineProduct,
  defineRecord,
  defineSetupProducer,
  defineSoA,
  defineTransient,
  fillHistogram,
  z,
  type IntervalOfValidity,
  type ProcessBody,
  type ProductType,
} from 'edmesh';
import { eventSource } from 'edmesh/testing';
import { analyzer, eventsOf, Num, producer, runToy } from './toy-job.ts';

const Table = defineSoA('Table', { value: 'int32' });
const Text = defineProduct('Text', z.string());
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const intervals = [
  { from: 1, to: 1 },
  { from: 2, to: 3 },
];

const tableOf = (value: number) => {
  const table = Table.view(new ArrayBuffer(Table.byteLength(1)), 1);
  table.value[0] = value;
  return table;
};

/** An event setup producer that tells what it makes; each call takes a turn of the event loop where it is late. */
const maker = <T>(
  product: ProductType<T>,
  make: (interval: IntervalOfValidity) => T,
  made: string[],
  late = false,
) =>
  defineSetupProducer({
    type: `${product.name}Maker`,
    description: 'Makes a product of each interval',
    record: defineRecord(`${product.name}Record`, 'run'),
    product,
    construct: () => ({
      intervals: () => intervals,
      produce: (interval) => {
        made.push(String(interval.from));
        return late ? turn().then(() => make(interval)) : make(interval);
      },
    }),
  })();

describe.each([false, true])('event setup products (late: %s)', (late) => {
  it('that are SoA are made once in the job, the others once a lane', async () => {
    const [tables, texts]: string[][] = [[], []];
    const seen: string[] = [];
    const buffers = new Set<ArrayBufferLike>();
    const watching = (kind: 'stream' | 'global' | 'one') =>
      analyzer(
        (context) => {
          const table = context.setupConsumes(Table);
          const text = context.setupConsumes(Text);
          type Setup = Parameters<
            NonNullable<ReturnType<Parameters<typeof analyzer>[0]>['analyze']>
          >[1];
          const tell = (where: string, setup: Setup) => {
            const found = setup.get(table);
            buffers.add(found.buffer);
            seen.push(`${context.label} ${where}: ${String(found.value[0])} ${setup.get(text)}`);
          };
          return {
            acquire: (_event, _setup, holder) => {
              holder.follow(turn());
            },
            beginLumi: ({ run }, setup) => tell(`begin ${String(run)}`, setup),
            analyze: ({ run }, setup) => tell(`in ${String(run)}`, setup),
            endLumi: ({ run }, setup) => tell(`end ${String(run)}`, setup),
          };
        },
        { kind },
      );
    const body = {
      source: eventSource(eventsOf(12, 2, 2)),
      eventSetup: {
        table: maker(Table, ({ from }) => tableOf(10 * Number(from)), tables!, late),
        text: maker(Text, ({ from }) => `from ${String(from)}`, texts!, late),
      },
      modules: { each: watching('stream'), all: watching('global'), one: watching('one') },
      paths: { p: ['each', 'all', 'one'] },
    };
    const report = await runToy(body, { threads: 2, streams: 4 });
    expect(report.errors).toEqual([]);
    expect(tables).toEqual(['1', '2']);
    expect(texts!.sort()).toEqual(['1', '1', '2', '2']);
    const lines = ['each', 'all', 'one'].flatMap((label) =>
      ['begin', 'in', 'end'].flatMap((where) =>
        [1, 2, 3].map((run) => {
          const from = run === 1 ? 1 : 2;
          return `${label} ${where} ${String(run)}: ${String(10 * from)} from ${String(from)}`;
        }),
      ),
    );
    expect([...new Set(seen)].sort()).toEqual(lines.sort());
    expect(buffers.size).toBe(2);
    for (const buffer of buffers) expect(buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('that fail end the job as with one lane, in whichever lane', async () => {
    for (const product of ['table', 'text'] as const) {
      const body = (): ProcessBody => {
        const fails = (name: string, { from }: IntervalOfValidity) => {
          if (name === product && from === 2) throw new Error(`no ${name}`);
        };
        return {
          source: eventSource(eventsOf(8, 2, 2)),
          eventSetup: {
            table: maker(
              Table,
              (interval) => {
                fails('table', interval);
                return tableOf(1);
              },
              [],
              late,
            ),
            text: maker(
              Text,
              (interval) => {
                fails('text', interval);
                return 'text';
              },
              [],
              late,
            ),
          },
          modules: {
            a: analyzer((context) => {
              context.setupConsumes(Table);
              context.setupConsumes(Text);
              return { analyze: () => undefined };
            }),
          },
          paths: { p: ['a'] },
        };
      };
      const alone = await runToy(body(), { threads: 1, streams: 4 });
      const among = await runToy(body(), { threads: 2, streams: 4 });
      expect([among.exitCode, among.events]).toEqual([alone.exitCode, alone.events]);
      expect(among.errors[0]).toMatchObject({ message: `no ${product}`, fatal: true });
      expect(among.errors[0]?.contexts).toEqual(alone.errors[0]?.contexts);
      expect(among.transitions).toMatchObject({ beginRun: 1, endRun: 1, endStream: 4, endJob: 1 });
    }
  });
});

describe('transient products', () => {
  const Handle = defineTransient('Handle', (value): value is object => value !== null);
  const makes = () =>
    producer((context) => {
      const put = context.produces(Handle);
      return { produce: (event) => event.put(put, {}) };
    });
  const reads = (label: string, kind: 'stream' | 'one' | 'global') =>
    analyzer(
      (context) => {
        const token = context.consumes(Handle, label);
        return { analyze: (event) => void event.get(token) };
      },
      { kind },
    );

  it('that would have to cross are told in one error, when the process is constructed', async () => {
    const one = () =>
      producer(
        (context) => {
          const put = context.produces(Handle);
          return { produce: (event) => event.put(put, {}) };
        },
        { kind: 'one' },
      );
    const body = (): ProcessBody => ({
      source: eventSource(eventsOf(4)),
      modules: {
        makes: makes(),
        first: reads('makes', 'one'),
        one: one(),
        next: reads('one', 'stream'),
      },
      paths: { p: ['makes', 'first', 'one', 'next'] },
    });
    const report = await runToy(body(), { threads: 2, streams: 4 });
    expect(report).toMatchObject({ events: 0, errorCount: 1 });
    expect(report.errors).toMatchObject([{ code: 'EDMESH_CONFIGURATION', fatal: true }]);
    expect(report.errors[0]?.message).toMatch(
      new RegExp(
        [
          'cannot run in several lanes: 2 problems',
          'Handle_makes\\S* is transient',
          'first reads it',
          'Handle_one\\S* is transient',
          'one puts it',
        ].join('[^]*'),
      ),
    );
    expect(report.transitions.beginJob).toBe(0);
    expect(await runToy(body(), { threads: 1, streams: 4 })).toMatchObject({
      exitCode: 0,
      events: 4,
    });
  });

  it('that stay in their lane are no problem', async () => {
    const body = {
      source: eventSource(eventsOf(6)),
      modules: { makes: makes(), each: reads('makes', 'stream'), all: reads('makes', 'global') },
      paths: { p: ['makes', 'each', 'all'] },
    };
    const report = await runToy(body, { threads: 2, streams: 4 });
    expect(report).toMatchObject({ exitCode: 0, events: 6, modules: { all: { run: 6 } } });
  });
});

describe('summaries', () => {
  const counting = (kind: 'stream' | 'global' | 'one') =>
    analyzer(
      () => {
        let events = 0;
        let sum = 0;
        const numbers = createHistogram('numbers', { bins: 4, low: 0, high: 20 });
        return {
          analyze: ({ event }) => {
            events++;
            sum += event;
            fillHistogram(numbers, event);
          },
          endJob: () => Promise.resolve({ events, deep: { sum }, numbers, name: 'same' }),
        };
      },
      { kind },
    );

  it('of all EDM streams and lanes are merged to what one lane gives', async () => {
    const body = () => ({
      source: eventSource(eventsOf(20)),
      modules: { each: counting('stream'), all: counting('global'), one: counting('one') },
      paths: { p: ['each', 'all', 'one'] },
    });
    const alone = await runToy(body());
    expect(alone.modules.each?.summary).toMatchObject({ events: 20, deep: { sum: 210 } });
    for (const threads of [2, 3]) {
      const among = await runToy(body(), { threads, streams: 5 });
      expect(among.errors).toEqual([]);
      for (const label of ['each', 'all', 'one']) {
        expect(among.modules[label]?.summary).toEqual(alone.modules[label]?.summary);
      }
    }
  });

  it('are merged as their module declares', async () => {
    const largest = (a: unknown, b: unknown) => Math.max(a as number, b as number);
    const modules = {
      a: analyzer(
        (context) => {
          const token = context.mayConsume(Num, 'nobody');
          let most = 0;
          return {
            analyze: (event) => {
              most = Math.max(most, event.event, event.find(token) ?? 0);
            },
            endJob: () => most,
          };
        },
        { reduceSummary: largest },
      ),
    };
    const body = { source: eventSource(eventsOf(9)), modules, paths: { p: ['a'] } };
    const report = await runToy(body, { threads: 3, streams: 4 });
    expect(report.modules.a?.summary).toBe(9);
  });

  it('that cannot be merged are an error of the job', async () => {
    let instances = 0;
    const modules = {
      a: analyzer(() => {
        const name = String(instances++);
        return { analyze: () => undefined, endJob: () => ({ name }) };
      }),
    };
    const body = { source: eventSource(eventsOf(4)), modules, paths: { p: ['a'] } };
    const report = await runToy(body, { threads: 2, streams: 2 });
    expect(report.errors).toMatchObject([{ code: 'EDMESH_DEFINITION', fatal: true }]);
    expect(report.errors[0]?.contexts).toEqual(['module a', 'endJob', 'process TEST']);
    expect(report.events).toBe(4);
  });
});
