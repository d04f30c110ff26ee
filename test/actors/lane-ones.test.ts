/**
 * `one` modules over several lanes. Proves that such a module is one in the job although other lanes send it their events:
 * it works on one event at a time, sees and puts what it does with one lane, and fails alone.
 */
import { describe, expect, it } from 'vitest';
import {
  alwaysValid,
  defineProduct,
  defineRecord,
  defineSetupProducer,
  defineSoA,
  TriggerResults,
  z,
  type ProcessBody,
} from 'edmesh';
import { eventSource, simulatedEnvironment } from 'edmesh/testing';
import type { JobOptions } from '../../actors/job/job-options.ts';
import {
  adder,
  analyzer,
  deferred,
  eventsOf,
  filter,
  Num,
  passes,
  producer,
  runToy,
  Words,
} from './toy-job.ts';

const Hits = defineSoA('Hits', { x: 'float64', id: 'int32' });
const Name = defineProduct('Name', z.string());
const named = defineSetupProducer({
  type: 'NameMaker',
  description: 'Tells its interval',
  record: defineRecord('NameRecord', 'lumi'),
  product: Name,
  construct: () => ({
    produce: (interval) => Promise.resolve(interval === alwaysValid ? 'always' : 'never'),
  }),
});

const twoLanes = { threads: 2, streams: 4 };
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** External work of some turns of the event loop, so that events interleave. */
const works = (turns: number): Promise<void> =>
  turns === 0 ? Promise.resolve() : turn().then(() => works(turns - 1));

/** Runs a body with one lane and with several; the reports must tell the same of modules and paths. */
async function alike(
  body: () => ProcessBody,
  options: Partial<JobOptions> = {},
): Promise<Awaited<ReturnType<typeof runToy>>> {
  const [alone, ...others] = [
    await runToy(body(), { ...options, threads: 1, streams: 3, digest: true }),
    await runToy(body(), { ...options, threads: 2, streams: 4, digest: true }),
    await runToy(body(), { ...options, threads: 3, streams: 7, digest: true }),
  ];
  for (const report of others) {
    expect(report.errors).toEqual([]);
    const counts = ({ modules }: typeof report) =>
      Object.entries(modules).map(([label, { type: _, ...rest }]) => [label, rest]);
    expect(counts(report)).toEqual(counts(alone));
    expect(report.paths).toEqual(alone.paths);
    expect(report.digests).toEqual(alone.digests);
    expect([report.exitCode, report.events]).toEqual([alone.exitCode, alone.events]);
  }
  return others[0];
}

describe('a one module', () => {
  it.each([0, 2])('works on one event at a time, with %i turns of external work', async (turns) => {
    let [busy, most, instances] = [0, 0, 0];
    const one = () =>
      producer(
        (context) => {
          instances++;
          const put = context.produces(Num);
          return {
            ...(turns > 0 && {
              acquire: (_event, _setup, holder) => {
                most = Math.max(most, ++busy);
                holder.follow(works(turns));
              },
            }),
            produce: (event) => {
              if (turns > 0) busy--;
              event.put(put, event.event);
            },
          };
        },
        { kind: 'one' },
      );
    const body = {
      source: eventSource(eventsOf(30, 4)),
      modules: { one: one(), reads: adder(['one']) },
      paths: { p: ['one', 'reads'] },
    };
    const report = await runToy(body, { threads: 3, streams: 9 });
    expect(report).toMatchObject({ exitCode: 0, events: 30, errors: [] });
    expect(report.modules).toMatchObject({ one: { run: 30, passed: 30 }, reads: { run: 30 } });
    expect(busy).toBe(0);
    expect(most).toBe(turns > 0 ? 1 : 0);
    // Each lane constructs the process, but only one instance takes part.
    expect(instances).toBe(3);
  });

  it('sees the products, ids and random numbers that it sees with one lane, and puts the same', async () => {
    const body = (): ProcessBody => ({
      source: eventSource(eventsOf(24, 5, 2)),
      modules: {
        a: adder(),
        b: adder(['a']),
        one: producer(
          (context) => {
            const tokens = ['a', 'b'].map((label) => context.consumes(Num, label));
            const put = context.produces(Words);
            const soa = context.produces(Hits);
            return {
              acquire: (_event, _setup, holder) => {
                holder.follow(works(1));
              },
              produce: (event) => {
                const { run, lumi, event: number, ordinal, random } = event;
                const read = tokens.map((token) => event.get(token));
                const words = [
                  run,
                  lumi,
                  number,
                  ordinal,
                  random.bits(),
                  random.gaussian(),
                  ...read,
                ];
                event.put(put, words.map(String));
                const hits = event.allocate(Hits, 3);
                hits.x.fill(number / 2);
                hits.id.set([1, 2, number]);
                event.put(soa, hits);
              },
            };
          },
          { kind: 'one' },
        ),
        sums: producer((context) => {
          const token = context.consumes(Hits, 'one');
          const put = context.produces(Num);
          return {
            produce: (event) => {
              const { x, id, size } = event.get(token);
              event.put(put, x.reduce((sum, each) => sum + each, 0) + id[2]! + size);
            },
          };
        }),
      },
      paths: { p: ['one', 'sums'] },
      tasks: { t: ['a', 'b'] },
      options: { seed: 5 },
    });
    const report = await alike(body);
    expect(Object.keys(report.digests ?? {})).toEqual(['a', 'b', 'one', 'sums']);
  });

  it('gets SoA products as memory that is shared, not as a copy', async () => {
    const made: { readonly id: Int32Array }[] = [];
    const body = {
      source: eventSource(eventsOf(12)),
      modules: {
        makes: producer((context) => {
          const put = context.produces(Hits);
          return {
            produce: (event) => {
              const hits = event.allocate(Hits, 10);
              made.push(hits);
              event.put(put, hits);
            },
          };
        }),
        one: analyzer(
          (context) => {
            const token = context.consumes(Hits, 'makes');
            return {
              analyze: (event) => {
                // No module may do that; here it shows whose memory it is.
                event.get(token).id[0] = 77;
              },
            };
          },
          { kind: 'one' },
        ),
      },
      paths: { p: ['makes', 'one'] },
    };
    const report = await runToy(body, { threads: 2, streams: 2 });
    expect(report.errors).toEqual([]);
    expect(made.map(({ id }) => id[0])).toEqual(Array(12).fill(77));
  });

  it('filters, with inputs that may be missing, and reads path statuses at the end', async () => {
    const told: string[] = [];
    const body = (): ProcessBody => ({
      source: eventSource(eventsOf(18)),
      modules: {
        odd: passes((event) => event % 2 === 1),
        maybe: adder(),
        one: filter(
          (context) => {
            const token = context.mayConsume(Num, 'maybe');
            const put = context.produces(Num);
            return {
              filter: (event) => {
                event.put(put, event.find(token) ?? -1);
                return event.event % 3 !== 0;
              },
            };
          },
          { kind: 'one' },
        ),
        last: adder(['one']),
        end: analyzer(
          (context) => {
            const token = context.consumes(TriggerResults, 'TriggerResults');
            return {
              analyze: (event) => {
                const results = JSON.stringify(event.get(token));
                told.push(`${String(event.event)} ${results}`);
              },
            };
          },
          { kind: 'one' },
        ),
      },
      paths: { p: ['odd', 'maybe'], q: ['one', 'last'] },
      endPaths: { e: ['end'] },
    });
    const report = await alike(body);
    expect(report.modules.one).toMatchObject({ run: 18, rejected: 6 });
    const third = told.length / 3;
    const parts = [0, 1, 2].map((part) => told.slice(part * third, (part + 1) * third).sort());
    expect(new Set(parts[0]).size).toBe(18);
    expect(parts[1]).toEqual(parts[0]);
    expect(parts[2]).toEqual(parts[0]);
  });

  it('has products of run and lumi, event setup and hooks in its one lane', async () => {
    const seen: string[] = [];
    const body = {
      source: eventSource(eventsOf(8, 2, 2)),
      eventSetup: { named: named() },
      modules: {
        one: analyzer(
          (context) => {
            const put = context.produces(Words, { level: 'lumi' });
            const token = context.setupConsumes(Name);
            let events: string[] = [];
            return {
              analyze: (event, setup) => {
                events.push(`${String(event.event)} ${setup.get(token)}`);
              },
              endLumi: (lumi) => {
                lumi.put(put, events.sort());
                events = [];
              },
            };
          },
          { kind: 'one' },
        ),
        tells: analyzer(
          (context) => {
            const token = context.consumes(Words, 'one', 'lumi');
            return {
              analyze: () => undefined,
              endLumi: (lumi) => void seen.push(lumi.get(token).join()),
            };
          },
          { kind: 'one' },
        ),
      },
      paths: { p: ['one', 'tells'] },
    };
    const report = await runToy(body, twoLanes);
    expect(report.errors).toEqual([]);
    expect(seen).toEqual([1, 3, 5, 7].map((n) => `${String(n)} always,${String(n + 1)} always`));
  });

  it.each(['EDMESH_EVENT_TIMEOUT', 'StdException'])(
    'fails only the event in which it fails (%s)',
    async (what) => {
      const environment = simulatedEnvironment();
      const isLate = what === 'EDMESH_EVENT_TIMEOUT';
      const one = () =>
        producer(
          (context) => {
            const put = context.produces(Num);
            return {
              acquire: (event, _setup, holder) => {
                const isBad = [3, 4, 8].includes(event.event);
                if (isBad && isLate) holder.follow(deferred().promise);
                else if (isBad) holder.fail(new Error('broken'));
                else holder.done();
              },
              produce: (event) => event.put(put, event.event),
            };
          },
          { kind: 'one' },
        );
      const body = {
        source: eventSource(eventsOf(10)),
        modules: { one: one(), reads: adder(['one']) },
        paths: { p: ['one', 'reads'] },
        options: { eventTimeoutMs: 1000, tryToContinue: ['EventTimeout', 'StdException'] },
      };
      const job = runToy(body, { threads: 2, streams: 2 }, environment);
      await environment.advance(10_000);
      const report = await job;
      expect(report).toMatchObject({ exitCode: 0, events: 10, errorCount: 3 });
      expect(report.modules).toMatchObject({ one: { run: 10, failed: 3 }, reads: { run: 7 } });
      for (const { contexts } of report.errors) expect(contexts[0]).toBe('module one');
    },
  );
});
