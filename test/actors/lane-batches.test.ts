/**
 * Sequential sources in front of several lanes, to which the process hands out batches. Proves that lanes get every event
 * once, with its products, order and errors, that the number of events is exact, and that a source which is late, fails or
 * never answers ends a job of several lanes as it ends one of a single lane.
 */
import { describe, expect, it } from 'vitest';
import { EdmeshError, type MutableEventId, type ProcessBody, type SequentialReader } from 'edmesh';
import { settle, simulatedEnvironment } from 'edmesh/testing';
import type { JobOptions } from '../../actors/job/job-options.ts';
import { adder, analyzer, deferred, Num, runToy, sourceOf, toyJob } from './toy-job.ts';
import { expectOrder } from './transition-order.ts';
import { recorder } from './transition-recorder.ts';

interface Options {
  readonly count: number;
  readonly late?: boolean;
  readonly rewinds?: boolean;
  readonly corruptAt?: readonly number[];
  readonly perLumi?: number;
  readonly log?: string[];
}

/** A sequential source that numbers its events from 1 and puts 10 times the number, and a random number. */
function sequential(options: Options) {
  const { count, late = false, rewinds = false, corruptAt = [], perLumi = 2, log = [] } = options;
  return sourceOf((context) => {
    const put = context.produces(Num);
    const putRandom = context.produces(Num, 'random');
    return () => {
      let at = 0;
      let busy = false;
      const next = (id: MutableEventId, event: Parameters<SequentialReader['next']>[1]) => {
        if (at === count) return false;
        at++;
        Object.assign(id, { run: 1, lumi: Math.ceil(at / perLumi), event: at, timeUs: at });
        if (corruptAt.includes(at)) throw new EdmeshError('EDMESH_EVENT_CORRUPT', 'bad bits');
        event.put(put, 10 * at);
        event.put(putRandom, event.random.uniform());
        return true;
      };
      return {
        kind: 'sequential',
        next: (id, event) => {
          expect(busy, 'calls do not overlap').toBe(false);
          if (!late) return next(id, event);
          busy = true;
          return settle().then(() => {
            busy = false;
            return next(id, event);
          });
        },
        ...(rewinds && {
          rewind: () => {
            log.push('rewind');
            at = 0;
          },
        }),
        close: () => void log.push('close'),
      };
    };
  });
}

interface Taken {
  readonly event: number;
  readonly ordinal: number;
  readonly lumi: number;
  readonly product: number | undefined;
  readonly random: number | undefined;
}

async function take(
  source: ReturnType<typeof sourceOf>,
  jobOptions: Partial<JobOptions>,
  options: NonNullable<ProcessBody['options']> = {},
) {
  const taken: Taken[] = [];
  const taker = analyzer((context) => {
    const token = context.mayConsume(Num, 'source');
    const random = context.mayConsume(Num, 'source:random');
    return {
      acquire: (_event, _setup, holder) => {
        holder.follow(new Promise((resolve) => setImmediate(resolve)));
      },
      analyze: (event) => {
        const { ordinal, lumi } = event;
        const products = { product: event.find(token), random: event.find(random) };
        taken.push({ event: event.event, ordinal, lumi, ...products });
      },
    };
  });
  const body = { source, modules: { taker }, paths: { p: ['taker'] }, options };
  const report = await runToy(body, { threads: 2, streams: 4, ...jobOptions });
  taken.sort((a, b) => a.ordinal - b.ordinal);
  return { taken, report };
}

const numbersOf = (taken: readonly Taken[]) => taken.map(({ event }) => event);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe.each([
  ['at once', false],
  ['late', true],
])('a source that answers %s', (_name, late) => {
  it.each([
    [2, 2],
    [2, 5],
    [3, 8],
  ])('gives every event once to %i lanes with %i EDM streams', async (threads, streams) => {
    const { taken, report } = await take(sequential({ count: 40, late }), { threads, streams });
    expect(report).toMatchObject({ exitCode: 0, events: 40, errors: [] });
    expect(numbersOf(taken)).toEqual(upTo(40));
    expect(taken.map(({ ordinal }) => ordinal)).toEqual([...Array(40).keys()]);
    for (const { event, product, lumi } of taken) {
      expect([product, lumi]).toEqual([10 * event, Math.ceil(event / 2)]);
    }
    expect(report.transitions).toMatchObject({ beginLumi: 20, endLumi: 20, endStream: streams });
  });

  it.each<[string, Partial<JobOptions>, number[]]>([
    ['some', { maxEvents: 3 }, [1, 2, 3]],
    ['none', { maxEvents: 0 }, []],
    ['all but the first', { skipEvents: 2 }, [3, 4, 5]],
    ['some after the first', { skipEvents: 1, maxEvents: 3 }, [2, 3, 4]],
    ['nothing when more are skipped than there are', { skipEvents: 9 }, []],
    ['more than there are', { maxEvents: 12 }, [...upTo(5), ...upTo(5), 1, 2]],
  ])('gives %s', async (_what, options, expected) => {
    const { taken, report } = await take(sequential({ count: 5, late, rewinds: true }), options);
    expect(report).toMatchObject({ exitCode: 0, events: expected.length, errors: [] });
    expect(numbersOf(taken)).toEqual(expected);
  });

  it('gives the same products and random numbers as to one lane', async () => {
    const alone = await take(
      sequential({ count: 12, late }),
      { threads: 1, digest: true },
      { seed: 7 },
    );
    const among = await take(
      sequential({ count: 12, late }),
      { threads: 3, digest: true },
      { seed: 7 },
    );
    expect(among.taken).toEqual(alone.taken);
    expect(among.report.digest).toBe(alone.report.digest);
  });

  it('that cannot go back ends the job with its input, and is closed once', async () => {
    const log: string[] = [];
    const { taken } = await take(sequential({ count: 3, late, log }), { maxEvents: 10 });
    expect(numbersOf(taken)).toEqual([1, 2, 3]);
    expect(log).toEqual(['close']);
  });

  it('fails events that are corrupt, and goes on as the policy says', async () => {
    const source = () => sequential({ count: 9, late, corruptAt: [1, 4, 9] });
    const goesOn = { tryToContinue: [new EdmeshError('EDMESH_EVENT_CORRUPT', '').category] };
    const [alone, among] = [
      await take(source(), { threads: 1 }, goesOn),
      await take(source(), {}, goesOn),
    ];
    expect(among.report).toMatchObject({ exitCode: 0, events: 9, errorCount: 3 });
    expect(numbersOf(among.taken)).toEqual([2, 3, 5, 6, 7, 8]);
    expect(among.taken).toEqual(alone.taken);
    const told = ({ report }: typeof alone) =>
      report.errors.map(({ code, contexts, fatal }) => ({ code, contexts, fatal }));
    const byContext = (list: ReturnType<typeof told>) =>
      list.sort((a, b) => a.contexts.join().localeCompare(b.contexts.join()));
    expect(byContext(told(among))).toEqual(byContext(told(alone)));
    const strict = await take(source(), {});
    expect(strict.report.exitCode).toBe((await take(source(), { threads: 1 })).report.exitCode);
    expect(strict.report.errors[0]).toMatchObject({ code: 'EDMESH_EVENT_CORRUPT', fatal: true });
    expect(strict.report.transitions).toMatchObject({ endStream: 4, endJob: 1 });
  });
});

describe('transitions', () => {
  it('keep their order with one event a lumi from a source in order', async () => {
    const log: string[] = [];
    const source = sourceOf(() => () => {
      let at = 0;
      return {
        kind: 'sequential',
        next: (id) => {
          const run = 1 + Math.floor(at / 8);
          Object.assign(id, { run, lumi: 1 + (at % 8), event: at, timeUs: 0 });
          return at++ < 64;
        },
      };
    });
    const body = { source, modules: { a: recorder(log) }, paths: { p: ['a'] } };
    const report = await runToy(body, { threads: 3, streams: 16 });
    expect(report).toMatchObject({ exitCode: 0, events: 64, errors: [] });
    expect(report.transitions).toMatchObject({
      beginRun: 8,
      endRun: 8,
      beginLumi: 64,
      endLumi: 64,
    });
    expectOrder(log, 16);
  });

  /** A source of one event a block, which waits at an event until it is let go on. */
  const waitingAt = (count: number, waits: number, gate: Promise<void>, perRun: number) =>
    sourceOf(() => () => {
      let at = 0;
      return {
        kind: 'sequential',
        next: async (id) => {
          if (++at === waits) await gate;
          const run = 1 + Math.floor((at - 1) / perRun);
          Object.assign(id, { run, lumi: at, event: at, timeUs: 0 });
          return at <= count;
        },
      };
    });

  it.each([
    ['lumis', Number.POSITIVE_INFINITY],
    ['runs', 1],
  ])(
    'let events of new %s through while a lane waits for its next event',
    async (_what, perRun) => {
      const gate = deferred();
      const log: string[] = [];
      const modules = { a: recorder(log) };
      const source = waitingAt(6, 6, gate.promise, perRun);
      const options = { concurrentLumis: 1, concurrentRuns: 1 };
      const body = { source, modules, paths: { p: ['a'] }, options };
      const job = runToy(body, { threads: 2, streams: 2 });
      for (let turn = 0; turn < 10; turn++) await settle();
      const events = () =>
        log.filter((line) => line.startsWith('event')).map((line) => Number(line.split(':')[2]));
      const before = events();
      gate.resolve();
      expect(await job).toMatchObject({ exitCode: 0, events: 6 });
      expect(before).toEqual([1, 2, 3, 4, 5]);
      expect(events()).toEqual([1, 2, 3, 4, 5, 6]);
      expectOrder(log, 2);
    },
  );

  it('let all EDM streams end when the source ends while they wait', async () => {
    const gate = deferred();
    let asked = 0;
    const source = sourceOf(() => () => ({
      kind: 'sequential',
      next: () => {
        asked++;
        return gate.promise.then(() => false);
      },
    }));
    const body = { source, modules: { a: adder() }, paths: { p: ['a'] } };
    const job = runToy(body, { threads: 2, streams: 5 });
    await settle();
    expect(asked).toBe(1);
    gate.resolve();
    const report = await job;
    expect(report).toMatchObject({ exitCode: 0, events: 0 });
    expect(report.transitions).toMatchObject({ beginStream: 5, endStream: 5, beginRun: 0 });
  });
});

describe('a source that fails', () => {
  const failing = (at: number) =>
    sourceOf((context) => {
      const put = context.produces(Num);
      return () => {
        let read = 0;
        return {
          kind: 'sequential',
          next: (id, event) => {
            Object.assign(id, { run: 1, lumi: 1, event: ++read, timeUs: 0 });
            if (read === at) throw new Error('gone');
            event.put(put, read);
            return read < 100;
          },
        };
      };
    });

  it('ends the job as it does with one lane', async () => {
    for (const at of [1, 5]) {
      const alone = await take(failing(at), { threads: 1 });
      const among = await take(failing(at), {});
      expect(among.report.exitCode).toBe(alone.report.exitCode);
      expect(among.report.errors).toMatchObject([{ message: 'gone', fatal: true }]);
      const { beginRun, endRun, beginLumi, endLumi } = among.report.transitions;
      expect([beginRun, beginLumi]).toEqual([endRun, endLumi]);
      expect(among.report.transitions).toMatchObject({ endStream: 4, endJob: 1 });
    }
  });

  it('gives the events before the error, and no other, where the policy goes on', async () => {
    const options = { tryToContinue: ['StdException'] };
    const alone = await take(failing(5), { threads: 1 }, options);
    const among = await take(failing(5), {}, options);
    expect(among.report).toMatchObject({ exitCode: 0, events: 5, errorCount: 1 });
    expect(among.report.events).toBe(alone.report.events);
    expect(numbersOf(among.taken)).toEqual([1, 2, 3, 4]);
  });

  it('with ids that are none ends the job whatever the policy', async () => {
    const source = () =>
      sourceOf(() => () => {
        let at = 0;
        return {
          kind: 'sequential',
          next: (id) => {
            Object.assign(id, { run: 1, lumi: ++at === 4 ? -1 : 1, event: at, timeUs: 0 });
            return at < 9;
          },
        };
      });
    const options = { tryToContinue: ['LogicError'] };
    const alone = await take(source(), { threads: 1 }, options);
    const among = await take(source(), {}, options);
    expect(among.report.exitCode).toBe(alone.report.exitCode);
    expect(among.report.exitCode).toBeGreaterThan(0);
    expect(among.report.errors).toMatchObject([{ code: 'EDMESH_SOURCE_CONTRACT', fatal: true }]);
    expect(among.report.transitions).toMatchObject({ endStream: 4, endJob: 1 });
  });
});

describe('a source that never answers', () => {
  const silentAfter = (events: number) =>
    sourceOf((context) => {
      const put = context.produces(Num);
      return () => {
        let at = 0;
        return {
          kind: 'sequential',
          next: (id, event) => {
            if (at === events) return deferred().promise.then(() => true);
            Object.assign(id, { run: 1, lumi: 1, event: ++at, timeUs: 0 });
            event.put(put, at);
            return true;
          },
        };
      };
    });
  const bodyOf = (events: number, options: NonNullable<ProcessBody['options']>) => ({
    source: silentAfter(events),
    modules: { a: adder() },
    paths: { p: ['a'] },
    options,
  });

  it.each([0, 3])('after %i events runs into the event time-out', async (events) => {
    for (const tryToContinue of [[], ['EventTimeout']]) {
      const environment = simulatedEnvironment();
      const options = { eventTimeoutMs: 1000, tryToContinue };
      const job = runToy(bodyOf(events, options), { threads: 2, streams: 4 }, environment);
      await environment.advance(3000);
      const report = await job;
      expect(report.exitCode === 0).toBe(tryToContinue.length > 0);
      expect(report.errors).toMatchObject([
        { code: 'EDMESH_EVENT_TIMEOUT', fields: { labels: ['source'] } },
      ]);
      expect(report.modules.a?.run).toBe(events);
      expect(report.transitions).toMatchObject({ beginRun: 1, endRun: 1, endStream: 4, endJob: 1 });
    }
  });

  it.each([0, 3])('after %i events ends the job when nothing is left', async (events) => {
    for (const tryToContinue of [[], ['LogicError']]) {
      const environment = simulatedEnvironment();
      const job = runToy(
        bodyOf(events, { tryToContinue }),
        { threads: 2, streams: 4 },
        environment,
      );
      await settle();
      await settle();
      environment.runDry();
      const report = await job;
      expect(report.exitCode).toBe(tryToContinue.length === 0 ? 8010 : 0);
      expect(report.errors).toMatchObject([{ code: 'EDMESH_HOLDER_ABANDONED' }]);
      expect(report.modules.a?.run).toBe(events);
      expect(report.transitions).toMatchObject({ beginRun: 1, endRun: 1, endStream: 4, endJob: 1 });
    }
  });

  it('lets its lanes go when the job is stopped', async () => {
    const job = toyJob(bodyOf(2, {}), { threads: 2, streams: 3 });
    const run = job.run();
    await settle();
    await settle();
    job.stop();
    const report = await run;
    expect(report).toMatchObject({ exitCode: 0, events: 2, errorCount: 0 });
    expect(report.transitions).toMatchObject({ endLumi: 1, endRun: 1, endStream: 3 });
  });
});
