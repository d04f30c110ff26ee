/**
 * External work. Proves that a holder may be completed from anywhere but once, that whatever goes wrong with it fails its
 * module and never hangs the job, and that EDM streams interleave on it in one thread.
 */
import { describe, expect, it } from 'vitest';
import type { Holder, ProducerInstance } from 'edmesh';
import { eventSource, settle, simulatedEnvironment } from 'edmesh/testing';
import type { toyJob } from './toy-job.ts';
import { adder, analyzer, eventsOf, Num, producer, runToy, watcher } from './toy-job.ts';

/** A job of one module with external work, and one that reads it. */
function workJob(
  acquire: NonNullable<ProducerInstance['acquire']>,
  log: string[] = [],
  options: Parameters<typeof toyJob>[0]['options'] = {},
) {
  return {
    source: eventSource(eventsOf(2)),
    modules: {
      works: producer((context) => {
        const put = context.produces(Num);
        return {
          acquire,
          produce: (event) => {
            log.push(`produce@${String(event.event)}`);
            event.put(put, event.event);
          },
        };
      }),
      reads: adder(['works'], log),
    },
    paths: { p: ['reads'] },
    options,
  };
}

const later = (holder: Holder) => {
  setImmediate(() => {
    holder.done();
  });
};

describe('a holder', () => {
  it.each<[string, NonNullable<ProducerInstance['acquire']>]>([
    ['inside acquire', (_event, _setup, holder) => holder.done()],
    ['by a callback of the event loop', (_event, _setup, holder) => later(holder)],
    ['by a promise', (_event, _setup, holder) => holder.follow(Promise.resolve())],
    ['by a promise that settles later', (_event, _setup, holder) => holder.follow(settle())],
  ])('is completed %s', async (_name, acquire) => {
    const log: string[] = [];
    const report = await runToy(workJob(acquire, log));
    expect(report.exitCode).toBe(0);
    expect(log).toEqual(['produce@1', 'reads@1', 'produce@2', 'reads@2']);
    expect(report.modules.works).toMatchObject({ run: 2, passed: 2 });
  });

  it('is completed by a timer of the environment', async () => {
    const environment = simulatedEnvironment();
    const log: string[] = [];
    const job = runToy(
      workJob((_event, _setup, holder) => {
        environment.after(100, () => holder.done());
      }, log),
      {},
      environment,
    );
    await environment.advance(99);
    expect(log).toEqual([]);
    await environment.advance(1);
    expect(log).toEqual(['produce@1', 'reads@1']);
    await environment.advance(100);
    expect((await job).events).toBe(2);
  });

  it('is completed by a module of another EDM stream', async () => {
    const log: string[] = [];
    const waiting: Holder[] = [];
    const report = await runToy(
      workJob((event, _setup, holder) => {
        log.push(`acquire@${String(event.event)}`);
        if (event.event === 1) waiting.push(holder);
        else {
          holder.done();
          waiting[0]?.done();
        }
      }, log),
      { streams: 2 },
    );
    expect(report.exitCode).toBe(0);
    expect(log.slice(0, 2)).toEqual(['acquire@1', 'acquire@2']);
    expect([...log].sort().slice(2)).toEqual(['produce@1', 'produce@2', 'reads@1', 'reads@2']);
  });

  it.each<[string, (holder: Holder) => void]>([
    ['done', (holder) => holder.done()],
    ['fail', (holder) => holder.fail(new Error('again'))],
    ['follow', (holder) => holder.follow(Promise.resolve())],
  ])('throws at a second call, here of %s, whatever the first one was', async (_name, again) => {
    const thrown: unknown[] = [];
    const firsts: ((holder: Holder) => void)[] = [
      (holder) => holder.done(),
      (holder) => holder.follow(Promise.resolve()),
    ];
    for (const first of firsts) {
      const report = await runToy(
        workJob((_event, _setup, holder) => {
          first(holder);
          try {
            again(holder);
          } catch (error) {
            thrown.push(error);
          }
        }),
      );
      expect(report.exitCode).toBe(0);
    }
    expect(thrown).toMatchObject(
      Array(4).fill({ code: 'EDMESH_HOLDER_COMPLETED_TWICE', fields: { label: 'works' } }),
    );
  });

  it('fails its module when a second call is not caught', async () => {
    const report = await runToy(
      workJob((_event, _setup, holder) => {
        holder.follow(Promise.resolve());
        holder.done();
      }),
    );
    expect(report.errors).toMatchObject([{ code: 'EDMESH_HOLDER_COMPLETED_TWICE' }]);
    expect(report.exitCode).toBe(8010);
  });
});

describe('work that goes wrong fails the module', () => {
  it.each<[string, NonNullable<ProducerInstance['acquire']>]>([
    ['fail', (_event, _setup, holder) => holder.fail(new Error('broken'))],
    [
      'fail, later',
      (_event, _setup, holder) => setImmediate(() => holder.fail(new Error('broken'))),
    ],
    [
      'a promise that rejects',
      (_event, _setup, holder) => holder.follow(Promise.reject(new Error('broken'))),
    ],
    [
      'a throw in acquire',
      () => {
        throw new Error('broken');
      },
    ],
    [
      'an acquire that is async and rejects',
      async () => {
        await Promise.resolve();
        throw new Error('broken');
      },
    ],
    [
      'a throw in acquire after the holder was completed',
      (_event, _setup, holder) => {
        holder.done();
        throw new Error('broken');
      },
    ],
    [
      'a throw in acquire while a promise is followed',
      (_event, _setup, holder) => {
        holder.follow(Promise.reject(new Error('too late')));
        throw new Error('broken');
      },
    ],
  ])('through %s', async (_name, acquire) => {
    const log: string[] = [];
    const report = await runToy(workJob(acquire, log, { tryToContinue: ['StdException'] }));
    expect(log).toEqual([]);
    expect(report.exitCode).toBe(0);
    expect(report.modules.works).toMatchObject({ run: 2, failed: 2, passed: 0 });
    expect(report.modules.reads?.run).toBe(0);
    expect(report.paths.p).toEqual({ run: 2, pass: 0, fail: 0, exception: 2 });
    expect(report.errors.map(({ message }) => message)).toEqual(['broken', 'broken']);
    expect(report.errors[0]?.contexts).toEqual(['module works', 'event 1:1:1', 'process TEST']);
  });

  it('even where fail is told nothing', async () => {
    const report = await runToy(workJob((_event, _setup, holder) => holder.fail(undefined)));
    expect(report.errors[0]?.code).toBe('EDMESH_MODULE_EXCEPTION');
  });

  it('and the actor goes on with the next event', async () => {
    const log: string[] = [];
    const report = await runToy(
      workJob(
        (event, _setup, holder) => {
          if (event.event === 1) throw new Error('broken');
          holder.done();
        },
        log,
        { tryToContinue: ['StdException'] },
      ),
    );
    expect(log).toEqual(['produce@2', 'reads@2']);
    expect(report.modules.works).toMatchObject({ run: 2, failed: 1, passed: 1 });
  });
});

describe('work that is never completed', () => {
  it('fails its module, by name, when nothing is left that could complete it', async () => {
    const environment = simulatedEnvironment();
    const job = runToy(
      workJob(() => undefined),
      {},
      environment,
    );
    await settle();
    environment.runDry();
    const report = await job;
    expect(report.exitCode).toBe(8010);
    expect(report.errors).toMatchObject([
      {
        code: 'EDMESH_HOLDER_ABANDONED',
        contexts: ['module works', 'event 1:1:1', 'process TEST'],
      },
    ]);
    expect(report.errors[0]?.message).toContain('works');
    expect(report.transitions).toMatchObject({ endLumi: 1, endRun: 1, endStream: 1, endJob: 1 });
  });

  it('fails it in every event where the policy goes on', async () => {
    const environment = simulatedEnvironment();
    const job = runToy(
      workJob(() => undefined, [], { tryToContinue: ['LogicError'] }),
      { streams: 2 },
      environment,
    );
    await settle();
    environment.runDry();
    const report = await job;
    expect(report).toMatchObject({ exitCode: 0, events: 2, errorCount: 2 });
  });

  it('runs into the event time-out, which names the modules that hold the event', async () => {
    const environment = simulatedEnvironment();
    const holders: Holder[] = [];
    const body = workJob((_event, _setup, holder) => void holders.push(holder), [], {
      eventTimeoutMs: 5000,
    });
    const also = producer(() => ({ acquire: () => undefined, produce: () => undefined }));
    const job = runToy(
      { ...body, modules: { ...body.modules, also }, paths: { p: ['reads'], q: ['also'] } },
      {},
      environment,
    );
    await environment.advance(5000);
    expect(holders).toHaveLength(1);
    await environment.advance(2000);
    const report = await job;
    expect(report.exitCode).toBe(8015);
    expect(report.errors.map(({ code }) => code)).toEqual(Array(2).fill('EDMESH_EVENT_TIMEOUT'));
    expect(report.errors[0]).toMatchObject({
      fields: { labels: ['works', 'also'], timeoutMs: 5000 },
    });
    expect(report.errors[0]?.message).toMatch(/event 1:1:1 .*works, also/);
    holders[0]?.done();
    expect(report.transitions.endJob).toBe(1);
  });

  it('is watched by default, and not at all where the time-out is 0', async () => {
    const environment = simulatedEnvironment();
    const job = runToy(
      workJob(() => undefined),
      {},
      environment,
    );
    await environment.advance(62_000);
    expect((await job).errors[0]?.code).toBe('EDMESH_EVENT_TIMEOUT');

    const patient = simulatedEnvironment();
    const holders: Holder[] = [];
    const waits = runToy(
      workJob((_event, _setup, holder) => void holders.push(holder), [], { eventTimeoutMs: 0 }),
      {},
      patient,
    );
    await patient.advance(1e9);
    for (let event = 0; event < 2; event++) {
      holders[event]?.done();
      await settle();
    }
    expect(await waits).toMatchObject({ exitCode: 0, events: 2 });
  });

  it('drops what is completed after the time-out and goes on with the next event', async () => {
    const environment = simulatedEnvironment();
    const log: string[] = [];
    const holders: Holder[] = [];
    const job = runToy(
      workJob((_event, _setup, holder) => void holders.push(holder), log, {
        eventTimeoutMs: 1000,
        tryToContinue: ['EventTimeout'],
      }),
      {},
      environment,
    );
    await environment.advance(1500);
    expect(holders).toHaveLength(2);
    holders[0]?.done();
    await settle();
    expect(log).toEqual([]);
    holders[1]?.done();
    expect(await job).toMatchObject({ exitCode: 0, events: 2, errorCount: 1 });
    expect(log).toEqual(['produce@2', 'reads@2']);
  });
});

describe('EDM streams in one thread', () => {
  it('interleave on external work: events finish in the order in which their work does', async () => {
    const environment = simulatedEnvironment();
    const finished: number[] = [];
    const delays = [50, 10, 40, 20, 30];
    const job = runToy(
      {
        source: eventSource(eventsOf(5)),
        modules: {
          waits: producer((context) => {
            const put = context.produces(Num);
            return {
              acquire: (event, _setup, holder) => {
                environment.after(delays[event.event - 1] ?? 0, () => holder.done());
              },
              produce: (event) => event.put(put, 1),
            };
          }),
          after: watcher(['waits'], (event) => void finished.push(event)),
        },
        paths: { p: ['after'] },
      },
      { streams: 5 },
      environment,
    );
    await environment.advance(50);
    expect((await job).events).toBe(5);
    expect(finished).toEqual([2, 4, 5, 3, 1]);
  });

  it('take turns, an event each, without external work too', async () => {
    const streams: number[] = [];
    let instances = 0;
    await runToy(
      {
        source: eventSource(eventsOf(9)),
        modules: {
          a: analyzer(() => {
            const instance = instances++;
            return { analyze: () => void streams.push(instance) };
          }),
        },
        paths: { p: ['a'] },
      },
      { streams: 3 },
    );
    expect(streams).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
  });

  it('enter the external work of a one module one at a time, in order', async () => {
    const log: string[] = [];
    const gated = (kind: 'one' | 'global') =>
      producer(
        ({ label }) => ({
          acquire: (event, _setup, holder) => {
            log.push(`${label} in ${String(event.event)}`);
            later(holder);
          },
          produce: (event) => {
            log.push(`${label} out ${String(event.event)}`);
          },
        }),
        { kind },
      );
    await runToy(
      {
        source: eventSource(eventsOf(8)),
        modules: { one: gated('one'), global: gated('global') },
        paths: { p: ['one'], q: ['global'] },
      },
      { streams: 4 },
    );
    const of = (label: string) => log.filter((line) => line.startsWith(label));
    const inAndOut = [...Array(8).keys()].flatMap((index) => [
      `one in ${String(index + 1)}`,
      `one out ${String(index + 1)}`,
    ]);
    expect(of('one')).toEqual(inAndOut);
    expect(of('global').slice(0, 4)).toEqual([1, 2, 3, 4].map((n) => `global in ${String(n)}`));
  });

  it('may queue for a one module longer than the event time-out', async () => {
    const environment = simulatedEnvironment();
    const one = producer(
      () => ({
        acquire: (_event, _setup, holder) => {
          environment.after(300, () => holder.done());
        },
        produce: () => undefined,
      }),
      { kind: 'one' },
    );
    for (const threads of [1, 2]) {
      const job = runToy(
        {
          source: eventSource(eventsOf(12)),
          modules: { one },
          paths: { p: ['one'] },
          options: { eventTimeoutMs: 1000 },
        },
        { threads, streams: 8 },
        environment,
      );
      for (let times = 0; times < 60; times++) await environment.advance(100);
      expect(await job).toMatchObject({ exitCode: 0, events: 12, errors: [] });
    }
  });

  it('pass many one modules, each of which holds them up', async () => {
    const labels = Array.from({ length: 20 }, (_, index) => `one${String(index)}`);
    const gate = () =>
      producer(
        () => ({
          acquire: (_event, _setup, holder) => holder.follow(Promise.resolve()),
          produce: () => undefined,
        }),
        { kind: 'one' },
      );
    const report = await runToy(
      {
        source: eventSource(eventsOf(40)),
        modules: Object.fromEntries(labels.map((label) => [label, gate()])),
        paths: { p: labels },
      },
      { streams: 5 },
    );
    expect(report.errors).toEqual([]);
    expect(labels.map((label) => report.modules[label]?.run)).toEqual(Array(20).fill(40));
  });

  it('are let into a one module although the one before failed', async () => {
    const report = await runToy(
      {
        source: eventSource(eventsOf(6)),
        modules: {
          one: producer(
            () => ({
              acquire: (event, _setup, holder) => {
                if (event.event % 2 === 1) throw new Error('odd');
                later(holder);
              },
              produce: () => undefined,
            }),
            { kind: 'one' },
          ),
        },
        paths: { p: ['one'] },
        options: { tryToContinue: ['StdException'] },
      },
      { streams: 3 },
    );
    expect(report.modules.one).toMatchObject({ run: 6, failed: 3, passed: 3 });
  });

  it('keep the time spent in a module out of the time its external work takes', async () => {
    const environment = simulatedEnvironment();
    const job = runToy(
      workJob((_event, _setup, holder) => {
        environment.after(1000, () => holder.done());
      }),
      { timing: true },
      environment,
    );
    await environment.advance(2000);
    const report = await job;
    expect(report.modules.works?.wallMs).toBe(0);
    expect(report.wallSeconds).toBe(2);
    expect(report.eventsPerSecond).toBe(1);
  });
});
