/**
 * Runs, luminosity blocks and claims over several lanes, which take turns in one thread here and tell each other what they
 * would tell between threads. Proves that every global transition takes place once and in its order, that every EDM stream
 * sees balanced begins and ends, and that the number of events is exact however a job ends.
 */
import fc from 'fast-check';
import type { Actor, AnyActorLogic } from 'xstate';
import { describe, expect, it } from 'vitest';
import type { ProcessBody } from 'edmesh';
import { eventSource, settle, simulatedEnvironment, type EventData } from 'edmesh/testing';
import type { JobOptions } from '../../actors/job/job-options.ts';
import type { JobReport } from '../../actors/job/report.ts';
import { adder, analyzer, eventsOf, runToy, sourceOf, toyJob } from './toy-job.ts';
import { expectOrder } from './transition-order.ts';
import { recorder } from './transition-recorder.ts';

/** External work that takes a turn of the event loop, so that EDM streams interleave. */
const holds = () =>
  analyzer(() => ({
    acquire: (_event, _setup, holder) => {
      holder.follow(new Promise((resolve) => setImmediate(resolve)));
    },
    analyze: () => undefined,
  }));

function expectBalance({ transitions }: JobReport): void {
  const pairs = ['Job', 'Stream', 'Run', 'Lumi'].map((what) => [`begin${what}`, `end${what}`]);
  pairs.push(['streamBeginRun', 'streamEndRun'], ['streamBeginLumi', 'streamEndLumi']);
  const counts = transitions as Readonly<Record<string, number>>;
  for (const [begin, end] of pairs) expect(counts[begin!], begin).toBe(counts[end!]);
}

/** Runs events in several lanes, and checks all that must hold whatever the input is. */
async function runsWell(
  events: readonly EventData[],
  jobOptions: Partial<JobOptions>,
  options: NonNullable<ProcessBody['options']> = {},
) {
  const log: string[] = [];
  const body = {
    source: eventSource(events),
    modules: { a: recorder(log), holds: holds() },
    paths: { p: ['holds', 'a'] },
    options,
  };
  const report = await runToy(body, jobOptions);
  expect(report).toMatchObject({ exitCode: 0, events: events.length, errors: [] });
  expectBalance(report);
  const streams = jobOptions.streams ?? 1;
  const ofStreams = log.filter((line) => !/^(begin|end)Job/.test(line));
  expect(new Set(ofStreams).size).toBe(ofStreams.length);
  expectOrder(log, streams);
  return { log, report };
}

const blocksOf = (log: readonly string[], name: string) =>
  log.filter((line) => line.startsWith(`${name} `));

describe('transitions', () => {
  it.each([2, 3, 4])('keep their order with one event a lumi, in %i lanes', async (threads) => {
    const { log, report } = await runsWell(eventsOf(64, 1, 8), { threads, streams: 16 });
    expect(report.transitions).toMatchObject({
      ...{ beginJob: 1, endJob: 1, beginRun: 8, endRun: 8 },
      ...{ beginLumi: 64, endLumi: 64, beginStream: 16, endStream: 16, event: 64 },
    });
    const lumis = Array.from(
      { length: 64 },
      (_, index) => `beginLumi ${String(1 + Math.floor(index / 8))}:${String(1 + (index % 8))}`,
    );
    expect(blocksOf(log, 'beginLumi')).toEqual(lumis);
    expect(blocksOf(log, 'streamBeginLumi')).toHaveLength(64);
  });

  it('take place with more EDM streams than events', async () => {
    const { log, report } = await runsWell(eventsOf(10), { threads: 2, streams: 40 });
    expect(report.transitions).toMatchObject({ beginStream: 40, endStream: 40, beginLumi: 1 });
    expect(blocksOf(log, 'streamBeginLumi')).toHaveLength(10);
    expect(blocksOf(log, 'beginStream')).toHaveLength(40);
  });

  it('open a run again that comes back', async () => {
    const events = [7, 8, 7, 7, 8].map((run, index) => ({ id: { run, lumi: 1, event: index } }));
    const log: string[] = [];
    const body = {
      source: eventSource(events),
      modules: { a: recorder(log) },
      paths: { p: ['a'] },
    };
    const report = await runToy(body, { threads: 2, streams: 2 });
    const runs = log.filter((line) => /^(begin|end)Run|^event/.test(line));
    expect(runs.filter((line) => line.includes('Run'))).toEqual([
      ...['beginRun 7', 'endRun 7', 'beginRun 8', 'endRun 8'],
      ...['beginRun 7', 'endRun 7', 'beginRun 8', 'endRun 8'],
    ]);
    expect(report.transitions).toMatchObject({ beginRun: 4, endRun: 4, beginLumi: 4 });
    expectBalance(report);
  });

  it('are none of runs and lumis where there are no events', async () => {
    const report = await runToy({ source: eventSource([]) }, { threads: 2, streams: 4 });
    expect(report).toMatchObject({ exitCode: 0, events: 0 });
    expect(report.transitions).toMatchObject({ beginRun: 0, beginStream: 4, endStream: 4 });
  });

  it('keep their order for any blocks, lanes, EDM streams and limits', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 });
    const upTo = (max: number) => fc.integer({ min: 1, max });
    const shape = fc.record({ sizes, lumisPerRun: upTo(3), streams: upTo(6), threads: upTo(4) });
    const limits = fc.record({
      concurrentLumis: fc.integer({ min: 0, max: 4 }),
      concurrentRuns: upTo(3),
    });
    await fc.assert(
      fc.asyncProperty(shape, limits, async ({ sizes, lumisPerRun, streams, threads }, options) => {
        const events = sizes.flatMap((size, index) => {
          const run = 1 + Math.floor(index / lumisPerRun);
          return Array.from({ length: size }, (_, i) => ({
            id: { run, lumi: index + 1, event: 10 * index + i },
          }));
        });
        await runsWell(events, { threads, streams }, options);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    [{ concurrentLumis: 1 }, { lumis: 1, runs: 1 }],
    [{ concurrentLumis: 3 }, { lumis: 3, runs: 1 }],
    [
      { concurrentLumis: 4, concurrentRuns: 2 },
      { lumis: 4, runs: 2 },
    ],
  ])('have as many blocks open as %o allows', async (options, most) => {
    const { log } = await runsWell(eventsOf(48, 1, 3), { threads: 2, streams: 8 }, options);
    const mostOf = (what: string) => {
      let [open, highest] = [0, 0];
      for (const line of log) {
        if (line.startsWith(`begin${what} `)) highest = Math.max(highest, ++open);
        if (line.startsWith(`end${what} `)) open--;
      }
      return highest;
    };
    expect({ lumis: mostOf('Lumi'), runs: mostOf('Run') }).toEqual(most);
  });

  it('have one lumi open where a one module watches lumis', async () => {
    const log: string[] = [];
    const body = {
      source: eventSource(eventsOf(12, 2)),
      modules: { holds: holds(), a: recorder(log, 'one') },
      paths: { p: ['holds', 'a'] },
      options: { concurrentLumis: 4 },
    };
    const report = await runToy(body, { threads: 2, streams: 4 });
    expect(report).toMatchObject({ exitCode: 0, events: 12 });
    const inOrder = log.map((line) => line.replace(/^event (\d+:\d+):\d+/, 'event $1'));
    const expected = [1, 2, 3, 4, 5, 6].flatMap((lumi) => {
      const id = `1:${String(lumi)}`;
      return [`beginLumi ${id}`, `event ${id}`, `event ${id}`, `endLumi ${id}`];
    });
    expect(inOrder).toEqual(['beginJob', 'beginRun 1', ...expected, 'endRun 1', 'endJob']);
  });
});

/** The events that a job takes from a source, by ordinal, and the lanes in which they were. */
async function take(events: readonly EventData[], options: Partial<JobOptions>) {
  const taken: { readonly event: number; readonly ordinal: number }[] = [];
  const taker = analyzer(() => ({
    analyze: ({ event, ordinal }) => void taken.push({ event, ordinal }),
  }));
  const modules = { holds: holds(), taker };
  const body = { source: eventSource(events), modules, paths: { p: ['holds', 'taker'] } };
  const report = await runToy(body, options);
  expect(report).toMatchObject({ errors: [], events: taken.length });
  expectBalance(report);
  taken.sort((a, b) => a.ordinal - b.ordinal);
  expect(taken.map(({ ordinal }) => ordinal)).toEqual([...taken.keys()]);
  return taken.map(({ event }) => event);
}

describe.each([
  [2, 2],
  [2, 5],
  [3, 8],
])('the events of an indexed source in %i lanes with %i EDM streams', (threads, streams) => {
  const five = eventsOf(5, 2);
  it.each<[string, Partial<JobOptions>, number[]]>([
    ['all', {}, [1, 2, 3, 4, 5]],
    ['some', { maxEvents: 3 }, [1, 2, 3]],
    ['none', { maxEvents: 0 }, []],
    ['all but the first', { skipEvents: 2 }, [3, 4, 5]],
    ['some after the first', { skipEvents: 1, maxEvents: 3 }, [2, 3, 4]],
    ['nothing when all are skipped', { skipEvents: 5 }, []],
    ['more than there are', { maxEvents: 12 }, [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2]],
    ['more after the first', { skipEvents: 3, maxEvents: 5 }, [4, 5, 1, 2, 3]],
  ])('are %s', async (_name, options, expected) => {
    expect(await take(five, { threads, streams, ...options })).toEqual(expected);
  });
});

describe('a job that ends early', () => {
  const endless = (environment = simulatedEnvironment(), options: Partial<JobOptions> = {}) => {
    const modules = {
      a: analyzer(() => ({
        acquire: (_event, _setup, holder) => {
          environment.after(1000, () => holder.done());
        },
        analyze: () => undefined,
      })),
    };
    const source = sourceOf(() => () => ({
      kind: 'indexed',
      count: 3,
      identify: (index, id) => void Object.assign(id, { run: 1, lumi: 1, event: index, timeUs: 0 }),
      read: () => undefined,
    }));
    const job = toyJob(
      { source, modules, paths: { p: ['a'] } },
      { threads: 2, streams: 4, ...options },
      environment,
    );
    return { job, environment };
  };

  it('takes events for a time', async () => {
    const { job, environment } = endless(simulatedEnvironment(), { runForSeconds: 9.5 });
    const run = job.run();
    await environment.advance(12_000);
    const report = await run;
    expect(report).toMatchObject({ exitCode: 0, events: 40, wallSeconds: 10 });
    expectBalance(report);
  });

  it('drains what is in flight when it is stopped', async () => {
    const { job, environment } = endless(simulatedEnvironment(), { maxEvents: 1000 });
    const run = job.run();
    await environment.advance(2500);
    expect(job.progress()).toMatchObject({ phase: 'running', events: 8, eventsExpected: 1000 });
    job.stop();
    expect(job.progress().phase).toBe('draining');
    await environment.advance(1000);
    const report = await run;
    expect(report).toMatchObject({ exitCode: 0, events: 12, errorCount: 0 });
    expect(report.transitions).toMatchObject({ endLumi: 1, endStream: 4, endJob: 1 });
    expectBalance(report);
    expect(job.progress()).toMatchObject({ phase: 'ended', events: 12 });
  });

  it('takes no event when it is stopped before it has begun', async () => {
    const before = endless().job;
    before.stop();
    expect(await before.run()).toMatchObject({ exitCode: 0, events: 0 });
    const during = endless().job;
    const run = during.run();
    during.stop();
    const report = await run;
    expect(report).toMatchObject({ exitCode: 0, events: 0, transitions: { endStream: 4 } });
  });

  it('leaves lumis and runs in order when it is stopped among many short ones', async () => {
    const log: string[] = [];
    const stops = analyzer(() => ({
      analyze: ({ ordinal }) => {
        if (ordinal === 20) job.stop();
      },
    }));
    const body = {
      source: eventSource(eventsOf(200, 1, 3)),
      modules: { holds: holds(), stops, a: recorder(log) },
      paths: { p: ['holds', 'stops', 'a'] },
    };
    const job = toyJob(body, { threads: 3, streams: 9 });
    const report = await job.run();
    expect(report).toMatchObject({ exitCode: 0, errorCount: 0 });
    expect(report.events).toBeGreaterThan(20);
    expect(report.events).toBeLessThan(200);
    expect(log.filter((line) => line.startsWith('event'))).toHaveLength(report.events);
    expectBalance(report);
    expectOrder(log, 9);
  });
});

describe('the lanes', () => {
  it('share the EDM streams, which are counted in the job', async () => {
    const seen: string[] = [];
    const job = toyJob(
      { source: eventSource(eventsOf(4)), modules: { a: recorder(seen) }, paths: { p: ['a'] } },
      {
        ...{ threads: 3, streams: 7 },
        inspect: (event) => {
          if (event.type !== '@xstate.actor') return;
          const { id, _parent: parent } = event.actorRef as Actor<AnyActorLogic>;
          if (/^(lane|stream)\d/.test(id)) seen.push(`${parent?.id ?? ''}/${id}`);
        },
      },
    );
    await job.run();
    expect(seen.filter((line) => line.includes('/')).sort()).toEqual([
      ...['TEST/lane0', 'TEST/lane1', 'TEST/lane2'],
      ...['lane0/stream0', 'lane0/stream3', 'lane0/stream6'],
      ...['lane1/stream1', 'lane1/stream4', 'lane2/stream2', 'lane2/stream5'],
    ]);
    expect(blocksOf(seen, 'beginStream').sort()).toEqual(
      [...Array(7).keys()].map((index) => `beginStream #${String(index)}`),
    );
  });

  it('that would have no EDM stream are left out, with a warning', async () => {
    const warnings: string[] = [];
    const nothing = () => undefined;
    const warn = (message: string) => void warnings.push(message);
    const logger = { debug: nothing, info: nothing, error: nothing, warn };
    const body = { source: eventSource(eventsOf(4)), modules: { a: adder() }, paths: { p: ['a'] } };
    const options = { threads: 5, streams: 2 };
    const report = await runToy(body, options, simulatedEnvironment({ logger }));
    expect(report).toMatchObject({ exitCode: 0, events: 4, threads: 5, streams: 2 });
    expect(warnings).toEqual(['5 threads for 2 EDM streams: 3 lanes will idle; raise --streams']);
  });

  it('have no one idle while there is work: a slow event in one does not hold up the others', async () => {
    const environment = simulatedEnvironment();
    const done: number[] = [];
    const modules = {
      a: analyzer(() => ({
        acquire: ({ ordinal }, _setup, holder) => {
          environment.after(ordinal === 0 ? 1000 : 1, () => holder.done());
        },
        analyze: ({ ordinal }) => void done.push(ordinal),
      })),
    };
    const body = { source: eventSource(eventsOf(21)), modules, paths: { p: ['a'] } };
    const job = runToy(body, { threads: 2, streams: 2 }, environment);
    await environment.advance(500);
    expect(done).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    await environment.advance(500);
    expect(await job).toMatchObject({ exitCode: 0, events: 21 });
  });

  it('are warmed up with instances of their own, which leave no trace', async () => {
    const instances: boolean[] = [];
    const counts = () =>
      analyzer((context) => {
        instances.push(context.warmUp);
        let events = 0;
        return {
          analyze: () => {
            events++;
          },
          endJob: () => ({ events }),
        };
      });
    const body = {
      source: eventSource(eventsOf(6)),
      modules: { a: counts() },
      paths: { p: ['a'] },
    };
    const options = { threads: 2, streams: 4, warmupEvents: 5 };
    const report = await runToy(body, options);
    expect(report).toMatchObject({ exitCode: 0, events: 6, modules: { a: { run: 6 } } });
    expect(report.modules.a?.summary).toEqual({ events: 6 });
    expect(instances.filter((warmUp) => warmUp)).toHaveLength(4);
    expect(instances).toHaveLength(8);
    expect(report.transitions).toMatchObject({ beginJob: 1, beginStream: 4, event: 6 });
  });

  it('leave no message port and no timer behind', async () => {
    const environment = simulatedEnvironment();
    let timers = 0;
    const counted = {
      ...environment,
      after: (...args: Parameters<typeof environment.after>) => {
        timers++;
        const timer = environment.after(...args);
        return {
          cancel: () => {
            timers--;
            timer.cancel();
          },
        };
      },
    };
    const body = { source: eventSource(eventsOf(6)), modules: { a: adder() }, paths: { p: ['a'] } };
    const ports = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
    const before = ports();
    await runToy(body, { threads: 3, streams: 6 }, counted);
    await settle();
    expect(timers).toBe(0);
    expect(ports()).toBe(before);
  });
});
