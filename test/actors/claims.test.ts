/**
 * How events come out of a source. Proves which events a job takes, in which order and under which ids, from indexed and
 * sequential sources, and how it ends: at the end of the input, after a number of events or a time, or when it is stopped.
 */
import { describe, expect, it } from 'vitest';
import type { MutableEventId, SequentialReader } from 'edmesh';
import { eventSource, settle, simulatedEnvironment } from 'edmesh/testing';
import type { JobOptions } from '../../actors/job/job-options.ts';
import { adder, analyzer, deferred, eventsOf, Num, runToy, sourceOf, toyJob } from './toy-job.ts';

interface Taken {
  readonly event: number;
  readonly ordinal: number;
  readonly product: number | undefined;
}

/** An analyzer that tells the events that it sees, with the number that the source has put. */
const taking = (taken: Taken[]) =>
  analyzer((context) => {
    const token = context.mayConsume(Num, 'source');
    return {
      analyze: (event) => {
        taken.push({ event: event.event, ordinal: event.ordinal, product: event.find(token) });
      },
    };
  });

interface SequentialOptions {
  readonly count: number;
  readonly late?: boolean;
  readonly rewinds?: boolean;
  readonly log?: string[];
}

/** A sequential source that numbers its events from 1, and puts 10 times the number. */
function sequential({ count, late = false, rewinds = false, log = [] }: SequentialOptions) {
  return sourceOf((context) => {
    const put = context.produces(Num);
    return () => {
      let at = 0;
      let busy = false;
      const next = (id: MutableEventId, event: Parameters<SequentialReader['next']>[1]) => {
        if (at === count) return false;
        at++;
        Object.assign(id, { run: 1, lumi: Math.ceil(at / 2), event: at, timeUs: at });
        event.put(put, 10 * at);
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
        ...(rewinds
          ? {
              rewind: () => {
                log.push('rewind');
                at = 0;
                return late ? settle() : undefined;
              },
            }
          : {}),
        close: () => void log.push('close'),
      };
    };
  });
}

async function take(
  source: ReturnType<typeof sourceOf>,
  options: Partial<JobOptions> = {},
): Promise<Taken[]> {
  const taken: Taken[] = [];
  const report = await runToy(
    { source, modules: { a: taking(taken) }, paths: { p: ['a'] } },
    options,
  );
  expect(report.errors).toEqual([]);
  expect(report.events).toBe(taken.length);
  return taken.sort((a, b) => a.ordinal - b.ordinal);
}

const numbersOf = (taken: readonly Taken[]) => taken.map(({ event }) => event);

describe.each([1, 3])('with %i EDM streams', (streams) => {
  describe.each([
    ['indexed', () => eventSource(eventsOf(5))],
    ['sequential', () => sequential({ count: 5, rewinds: true })],
    ['sequential, late', () => sequential({ count: 5, rewinds: true, late: true })],
  ])('from a source that is %s', (_name, source) => {
    it.each<[string, Partial<JobOptions>, number[]]>([
      ['all events', {}, [1, 2, 3, 4, 5]],
      ['some', { maxEvents: 3 }, [1, 2, 3]],
      ['none', { maxEvents: 0 }, []],
      ['all but the first', { skipEvents: 2 }, [3, 4, 5]],
      ['some after the first', { skipEvents: 2, maxEvents: 2 }, [3, 4]],
      ['nothing when all are skipped', { skipEvents: 5 }, []],
      ['nothing when more are skipped than there are', { skipEvents: 9 }, []],
      [
        'more than there are, starting over',
        { maxEvents: 12 },
        [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2],
      ],
      [
        'more, starting over with what was skipped',
        { skipEvents: 3, maxEvents: 5 },
        [4, 5, 1, 2, 3],
      ],
    ])('takes %s', async (_what, options, expected) => {
      const taken = await take(source(), { streams, ...options });
      expect(numbersOf(taken)).toEqual(expected);
      expect(taken.map(({ ordinal }) => ordinal)).toEqual([...expected.keys()]);
    });
  });

  it('puts the products of a sequential source with the event that they belong to', async () => {
    for (const late of [false, true]) {
      const taken = await take(sequential({ count: 20, late }), { streams });
      expect(taken.map(({ product }) => product)).toEqual(
        Array.from({ length: 20 }, (_, index) => 10 * (index + 1)),
      );
    }
  });

  it('ends with the input where a sequential source cannot go back', async () => {
    expect(numbersOf(await take(sequential({ count: 3 }), { streams, maxEvents: 10 }))).toEqual([
      1, 2, 3,
    ]);
  });

  it('goes back as often as needed, and closes the source at the end', async () => {
    const log: string[] = [];
    await take(sequential({ count: 2, rewinds: true, log }), { streams, maxEvents: 7 });
    expect(log).toEqual(['rewind', 'rewind', 'rewind', 'close']);
  });

  it('ends where a source is empty, however many events are wanted', async () => {
    for (const maxEvents of [-1, 10]) {
      expect(await take(eventSource([]), { streams, maxEvents })).toEqual([]);
      expect(await take(sequential({ count: 0, rewinds: true }), { streams, maxEvents })).toEqual(
        [],
      );
    }
  });

  it('takes events for a time', async () => {
    const environment = simulatedEnvironment();
    const source = eventSource(eventsOf(3));
    const seen: number[] = [];
    const modules = {
      a: analyzer(() => ({
        acquire: (_event, _setup, holder) => {
          environment.after(1000, () => holder.done());
        },
        analyze: (event) => void seen.push(event.event),
      })),
    };
    const body = { source, modules, paths: { p: ['a'] } };
    const job = runToy(body, { streams, runForSeconds: 9.5 }, environment);
    await environment.advance(12_000);
    const report = await job;
    expect(report).toMatchObject({ exitCode: 0, events: 10 * streams, wallSeconds: 10 });
    expect([...new Set(seen)].sort()).toEqual([1, 2, 3]);
  });

  it('ends before its time where a sequential source cannot go back', async () => {
    const taken = await take(sequential({ count: 4 }), { streams, runForSeconds: 100 });
    expect(numbersOf(taken)).toEqual([1, 2, 3, 4]);
  });
});

describe('a late source', () => {
  it('that ends while EDM streams wait for it lets them all end', async () => {
    const gate = deferred();
    let asked = 0;
    const source = sourceOf(() => () => ({
      kind: 'sequential',
      next: () => {
        asked++;
        return gate.promise.then(() => false);
      },
    }));
    const job = runToy({ source, modules: { a: adder() }, paths: { p: ['a'] } }, { streams: 5 });
    await settle();
    expect(asked).toBe(1);
    gate.resolve();
    const report = await job;
    expect(report).toMatchObject({ exitCode: 0, events: 0 });
    expect(report.transitions).toMatchObject({
      beginStream: 5,
      endStream: 5,
      beginRun: 0,
      endJob: 1,
    });
  });

  it('lets an EDM stream leave a lumi that is over while it waits for its next event', async () => {
    const gate = deferred();
    const log: string[] = [];
    let at = 0;
    const source = sourceOf(() => () => ({
      kind: 'sequential',
      next: async (id) => {
        at++;
        if (at === 3) await gate.promise;
        Object.assign(id, { run: 1, lumi: at, event: at, timeUs: 0 });
        return at < 4;
      },
    }));
    const modules = {
      a: analyzer(
        () => ({
          analyze: (event) => void log.push(`event ${String(event.event)}`),
          endLumi: (lumi) => void log.push(`end ${String(lumi.lumi)}`),
        }),
        { kind: 'global' },
      ),
    };
    const job = runToy({ source, modules, paths: { p: ['a'] } }, { streams: 2 });
    await settle();
    expect([...log].sort()).toEqual(['end 1', 'event 1', 'event 2']);
    gate.resolve();
    await job;
    expect(log.filter((each) => each.startsWith('event'))).toHaveLength(3);
    expect(log.filter((each) => each.startsWith('end'))).toEqual(['end 1', 'end 2', 'end 3']);
  });

  it.each([1, 2])(
    'that never answers ends the job when nothing is left, in %i lanes',
    async (threads) => {
      for (const tryToContinue of [[], ['LogicError']]) {
        const environment = simulatedEnvironment();
        const source = sourceOf(() => () => ({
          kind: 'sequential',
          next: () => deferred().promise.then(() => true),
        }));
        const body = {
          source,
          modules: { a: adder() },
          paths: { p: ['a'] },
          options: { tryToContinue },
        };
        const job = runToy(body, { threads, streams: 3 }, environment);
        await settle();
        environment.runDry();
        const report = await job;
        expect(report.exitCode).toBe(tryToContinue.length === 0 ? 8010 : 0);
        expect(report.errors).toMatchObject([{ code: 'EDMESH_HOLDER_ABANDONED' }]);
        expect(report.transitions).toMatchObject({
          beginRun: 1,
          endRun: 1,
          endStream: 3,
          endJob: 1,
        });
      }
    },
  );

  it.each([1, 2])(
    'that never answers runs into the event time-out, in %i lanes',
    async (threads) => {
      const environment = simulatedEnvironment();
      const source = sourceOf(() => () => ({
        kind: 'sequential',
        next: (id) => {
          Object.assign(id, { run: 1, lumi: 1, event: 1, timeUs: 0 });
          return deferred().promise.then(() => true);
        },
      }));
      const options = { eventTimeoutMs: 1000 };
      const body = { source, modules: { a: adder() }, paths: { p: ['a'] }, options };
      const job = runToy(body, { threads, streams: 2 }, environment);
      await environment.advance(900);
      await environment.advance(600);
      const report = await job;
      expect(report.errors).toMatchObject([
        { code: 'EDMESH_EVENT_TIMEOUT', fields: { labels: ['source'] }, fatal: true },
      ]);
      expect(report.transitions).toMatchObject({ endStream: 2, endJob: 1 });
    },
  );

  it('whose events come when they come is waited for', async () => {
    const environment = simulatedEnvironment();
    const gate = deferred();
    let at = 0;
    const source = sourceOf(() => () => ({
      kind: 'sequential',
      isLive: true,
      next: async (id) => {
        await gate.promise;
        Object.assign(id, { run: 1, lumi: 1, event: ++at, timeUs: 0 });
        return at < 4;
      },
    }));
    const options = { eventTimeoutMs: 1000 };
    const body = { source, modules: { a: adder() }, paths: { p: ['a'] }, options };
    const job = runToy(body, { streams: 2 }, environment);
    await environment.advance(60_000);
    gate.resolve();
    expect(await job).toMatchObject({ exitCode: 0, events: 3, errors: [] });
  });

  it('that never gives the products of an event runs into the event time-out', async () => {
    const environment = simulatedEnvironment();
    const source = sourceOf(() => () => ({
      kind: 'indexed',
      count: 2,
      identify: (index, id) => void Object.assign(id, { run: 1, lumi: 1, event: index, timeUs: 0 }),
      read: (index) => (index === 0 ? deferred().promise : undefined),
    }));
    const options = { eventTimeoutMs: 1000, tryToContinue: ['EventTimeout'] };
    const body = { source, modules: { a: adder() }, paths: { p: ['a'] }, options };
    const job = runToy(body, {}, environment);
    await environment.advance(1500);
    const report = await job;
    expect(report).toMatchObject({ exitCode: 0, events: 2 });
    expect(report.errors).toMatchObject([
      {
        code: 'EDMESH_EVENT_TIMEOUT',
        fields: { labels: ['source'] },
        contexts: ['source', 'event 1:1:0', 'process TEST'],
      },
    ]);
  });
});

describe('a source that fails', () => {
  it.each([
    [
      'to open',
      () => {
        throw new Error('gone');
      },
    ],
    ['to open, later', () => Promise.reject(new Error('gone'))],
  ])('%s ends the job before it begins', async (_name, open) => {
    const report = await runToy({ source: sourceOf(() => open), modules: {}, paths: {} });
    expect(report).toMatchObject({ exitCode: 8002, events: 0 });
    expect(report.errors).toMatchObject([{ message: 'gone', fatal: true }]);
    expect(report.transitions.beginJob).toBe(0);
  });

  it('to go back ends the job, whatever the policy', async () => {
    let at = 0;
    const source = sourceOf(() => () => ({
      kind: 'sequential',
      next: (id) => {
        Object.assign(id, { run: 1, lumi: 1, event: ++at, timeUs: 0 });
        return at <= 2;
      },
      rewind: () => {
        throw new Error('no way back');
      },
    }));
    const options = { tryToContinue: ['StdException'] };
    const body = { source, modules: { a: adder() }, paths: { p: ['a'] }, options };
    const report = await runToy(body, { maxEvents: 10, streams: 2 });
    expect(report.errors).toMatchObject([{ message: 'no way back', fatal: false }]);
    expect(report.modules.a?.run).toBe(2);
  });

  it('is closed where what comes after it fails', async () => {
    let instances = 0;
    const log: string[] = [];
    const source = sourceOf(() => () => ({
      kind: 'indexed',
      count: 1,
      identify: () => undefined,
      read: () => undefined,
      close: () => void log.push('close'),
    }));
    const a = analyzer(() => {
      if (instances++ > 0) throw new Error('second instance');
      return { analyze: () => undefined };
    });
    const report = await runToy({ source, modules: { a }, paths: { p: ['a'] } }, { streams: 2 });
    expect(report.errors).toMatchObject([{ message: 'second instance' }]);
    expect(log).toEqual(['close']);
  });

  it.each([1, 3])('to tell ids ends the job, with %i EDM streams', async (streams) => {
    const cases = [
      (id: object) => void Object.assign(id, { run: 1, lumi: -1, event: 1, timeUs: 0 }),
      () => {
        throw new Error('no id');
      },
    ];
    for (const identify of cases) {
      const source = sourceOf(() => () => ({
        kind: 'indexed',
        count: 5,
        identify: (index, id) =>
          index === 3
            ? identify(id)
            : void Object.assign(id, { run: 1, lumi: 1, event: index, timeUs: 0 }),
        read: () => undefined,
      }));
      const report = await runToy(
        { source, modules: { a: adder() }, paths: { p: ['a'] } },
        { streams },
      );
      expect(report.exitCode).toBeGreaterThan(0);
      expect(report.errorCount).toBe(1);
      expect(report.transitions).toMatchObject({ endStream: streams, endJob: 1 });
      expect(report.transitions.beginRun).toBe(report.transitions.endRun);
    }
  });

  it('to close is told, though all events were processed', async () => {
    const source = sourceOf(() => () => ({
      kind: 'indexed',
      count: 1,
      identify: (_index, id) => void Object.assign(id, { run: 1, lumi: 1, event: 1, timeUs: 0 }),
      read: () => undefined,
      close: () => Promise.reject(new Error('not closed')),
    }));
    const report = await runToy({ source, modules: { a: adder() }, paths: { p: ['a'] } });
    expect(report).toMatchObject({ exitCode: 8002, events: 1, errorCount: 1 });
    expect(report.errors[0]?.message).toBe('not closed');
  });
});

describe('stop', () => {
  const endless = (environment = simulatedEnvironment()) => {
    const modules = {
      a: analyzer(() => ({
        acquire: (_event, _setup, holder) => {
          environment.after(10, () => holder.done());
        },
        analyze: () => undefined,
      })),
    };
    const source = sourceOf(() => () => ({
      kind: 'indexed',
      count: Number.POSITIVE_INFINITY,
      identify: (index, id) => void Object.assign(id, { run: 1, lumi: 1, event: index, timeUs: 0 }),
      read: () => undefined,
    }));
    const job = toyJob({ source, modules, paths: { p: ['a'] } }, { streams: 4 }, environment);
    return { job, environment };
  };

  it('drains what is in flight and ends as usual', async () => {
    const { job, environment } = endless();
    const report = job.run();
    await environment.advance(25);
    expect(job.progress()).toMatchObject({
      phase: 'running',
      events: 8,
      eventsExpected: undefined,
    });
    job.stop();
    expect(job.progress().phase).toBe('draining');
    await environment.advance(10);
    expect(await report).toMatchObject({ exitCode: 0, events: 12, errorCount: 0 });
    expect((await report).transitions).toMatchObject({ endLumi: 1, endStream: 4, endJob: 1 });
    expect(job.progress()).toMatchObject({ phase: 'ended', events: 12 });
  });

  it('before the job has come to its events takes none', async () => {
    const before = endless().job;
    before.stop();
    expect(await before.run()).toMatchObject({ exitCode: 0, events: 0 });
    const during = endless().job;
    const report = during.run();
    expect(during.progress().phase).toBe('constructing');
    during.stop();
    expect(await report).toMatchObject({ exitCode: 0, events: 0, transitions: { endJob: 1 } });
  });

  it('lets EDM streams go that wait for a sequential source', async () => {
    const source = sourceOf(() => () => ({
      kind: 'sequential',
      next: () => deferred().promise.then(() => true),
    }));
    const job = toyJob({ source, modules: { a: adder() }, paths: { p: ['a'] } }, { streams: 3 });
    const report = job.run();
    await settle();
    job.stop();
    expect(await report).toMatchObject({ exitCode: 0, events: 0, transitions: { endStream: 3 } });
  });

  it('may be called twice, and after the end', async () => {
    const job = toyJob({ source: eventSource(eventsOf(2)), modules: {}, paths: {} });
    const report = job.run();
    job.stop();
    job.stop();
    await report;
    expect(() => job.stop()).not.toThrow();
  });
});
