/**
 * Runs, luminosity blocks and streams. Proves the order of all transitions, that begins and ends balance however many EDM
 * streams there are, that limits on open blocks hold, and that products of lumis and runs are gathered and read in order.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TransitionHooks } from 'edmesh';
import { eventSource, type EventData } from 'edmesh/testing';
import { analyzer, eventsOf, runToy, Words } from './toy-job.ts';
import { expectOrder } from './transition-order.ts';
import { recorder, tellingHooks } from './transition-recorder.ts';

const jobOf = (log: string[], events: readonly EventData[]) => ({
  source: eventSource(events),
  modules: { a: recorder(log) },
  paths: { p: ['a'] },
});

/** Events in the given runs and lumis, one each. */
const blocks = (...ids: readonly (readonly [run: number, lumi: number])[]): EventData[] =>
  ids.map(([run, lumi], index) => ({ id: { run, lumi, event: index + 1 } }));

describe('one EDM stream', () => {
  it('takes every transition in its order', async () => {
    const log: string[] = [];
    const report = await runToy(jobOf(log, eventsOf(4, 1, 2)));
    const lumi = (run: number, lumi: number, event: number) => {
      const id = `${String(run)}:${String(lumi)}`;
      return [
        `beginLumi ${id}`,
        `streamBeginLumi ${id} #0`,
        `event ${id}:${String(event)}`,
        `streamEndLumi ${id} #0`,
        `endLumi ${id}`,
      ];
    };
    const run = (run: number, ...lumis: readonly string[][]) => [
      `beginRun ${String(run)}`,
      `streamBeginRun ${String(run)} #0`,
      ...lumis.flat(),
      `streamEndRun ${String(run)} #0`,
      `endRun ${String(run)}`,
    ];
    expect(log).toEqual([
      'beginJob',
      'beginStream #0',
      ...run(1, lumi(1, 1, 1), lumi(1, 2, 2)),
      ...run(2, lumi(2, 1, 3), lumi(2, 2, 4)),
      'endStream #0',
      'endJob',
    ]);
    expect(report.transitions).toEqual({
      ...{ beginJob: 1, beginStream: 1, beginRun: 2, streamBeginRun: 2 },
      ...{ beginLumi: 4, streamBeginLumi: 4, event: 4, streamEndLumi: 4, endLumi: 4 },
      ...{ streamEndRun: 2, endRun: 2, endStream: 1, endJob: 1 },
    });
  });

  it('opens a run again that comes back', async () => {
    const log: string[] = [];
    await runToy(jobOf(log, blocks([7, 1], [8, 1], [7, 1])));
    const runs = log.filter((line) => /^(begin|end)Run|^event/.test(line));
    expect(runs).toEqual([
      ...['beginRun 7', 'event 7:1:1', 'endRun 7'],
      ...['beginRun 8', 'event 8:1:2', 'endRun 8'],
      ...['beginRun 7', 'event 7:1:3', 'endRun 7'],
    ]);
  });

  it('has no run and no lumi where there are no events', async () => {
    const log: string[] = [];
    const report = await runToy(jobOf(log, []));
    expect(log).toEqual(['beginJob', 'beginStream #0', 'endStream #0', 'endJob']);
    expect(report).toMatchObject({ exitCode: 0, events: 0 });
  });

  it('waits for hooks that return promises', async () => {
    const log: string[] = [];
    const slow = () => {
      const hooks = tellingHooks((what) => log.push(what));
      const names = Object.keys(hooks).filter((name) => name !== 'analyze');
      const late = names.map((name) => {
        const hook = hooks[name as keyof TransitionHooks] as (...all: unknown[]) => unknown;
        const waits = async (...all: unknown[]) => {
          for (let turn = 0; turn < 20; turn++) await Promise.resolve();
          hook(...all);
        };
        return [name, waits];
      });
      return { ...hooks, ...(Object.fromEntries(late) as TransitionHooks) };
    };
    const report = await runToy({
      source: eventSource(eventsOf(4, 1, 2)),
      modules: { a: analyzer(slow) },
      paths: { p: ['a'] },
    });
    expect(report.exitCode).toBe(0);
    expect(log).toHaveLength(3 + 3 + 8 + 16 + 2);
    expectOrder(log, 1);
  });

  it('gives stream hooks to each instance and global ones to the first', async () => {
    const log: string[] = [];
    let instances = 0;
    await runToy(
      {
        source: eventSource(eventsOf(2)),
        modules: {
          a: analyzer(() => {
            const instance = String(instances++);
            return tellingHooks((what) => log.push(`${instance} ${what}`));
          }),
        },
        paths: { p: ['a'] },
      },
      { streams: 2 },
    );
    const of = (name: string) => log.filter((line) => line.includes(name)).sort();
    expect(of('beginJob')).toEqual(['0 beginJob', '1 beginJob']);
    expect(of('beginStream')).toEqual(['0 beginStream #0', '1 beginStream #1']);
    expect(of(' beginLumi')).toEqual(['0 beginLumi 1:1']);
    expect(of('endRun')).toEqual(['0 endRun 1']);
    expect(of('streamEndLumi')).toEqual(['0 streamEndLumi 1:1 #0', '1 streamEndLumi 1:1 #1']);
    expect(of('endJob')).toEqual(['0 endJob', '1 endJob']);
  });

  it('gives a global module every transition of every EDM stream', async () => {
    const log: string[] = [];
    await runToy(
      {
        source: eventSource(eventsOf(2)),
        modules: { a: recorder(log, 'global') },
        paths: { p: ['a'] },
      },
      { streams: 2 },
    );
    expect(log.filter((line) => line.startsWith('beginStream'))).toHaveLength(2);
    expect(log.filter((line) => line === 'beginJob')).toHaveLength(1);
    expectOrder(log, 2);
  });
});

describe('many EDM streams', () => {
  const balanced = ['Stream', 'Run', 'Lumi', 'Job'].map(
    (what) => [`begin${what}`, `end${what}`] as const,
  );

  async function runsWell(events: readonly EventData[], streams: number, options = {}) {
    const log: string[] = [];
    const body = { ...jobOf(log, events), modules: { a: recorder(log, 'global') }, options };
    const report = await runToy(body, { streams });
    expect(report).toMatchObject({ exitCode: 0, events: events.length });
    for (const [begin, end] of balanced) {
      const name = begin as keyof typeof report.transitions;
      expect(report.transitions[name]).toBe(report.transitions[end as typeof name]);
    }
    const { streamBeginRun, streamEndRun, streamBeginLumi, streamEndLumi } = report.transitions;
    expect([streamBeginRun, streamBeginLumi]).toEqual([streamEndRun, streamEndLumi]);
    expect(new Set(log).size).toBe(log.length);
    expectOrder(log, streams);
    return { log, report };
  }

  it('keep the order with one event a lumi', async () => {
    const { report } = await runsWell(eventsOf(64, 1, 8), 16);
    expect(report.transitions).toMatchObject({ beginRun: 8, beginLumi: 64, beginStream: 16 });
  });

  it('are more than there are events', async () => {
    const { log, report } = await runsWell(eventsOf(10), 40);
    expect(report.transitions).toMatchObject({ beginStream: 40, endStream: 40, endJob: 1 });
    expect(log.filter((line) => line.startsWith('streamBeginLumi'))).toHaveLength(10);
  });

  it('keep the order for any blocks, numbers of EDM streams and limits', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        async (lumis, lumisPerRun, streams, concurrentLumis, concurrentRuns) => {
          const events = lumis.flatMap((size, index) => {
            const run = 1 + Math.floor(index / lumisPerRun);
            return Array.from({ length: size }, (_, i) => ({
              id: { run, lumi: index + 1, event: 10 * index + i },
            }));
          });
          await runsWell(events, streams, { concurrentLumis, concurrentRuns });
        },
      ),
      { numRuns: 100 },
    );
  });

  /** The most blocks that were open at once, counted by a global module. */
  async function openAtOnce(events: readonly EventData[], streams: number, options = {}) {
    const most = { lumis: 0, runs: 0 };
    const open = { lumis: 0, runs: 0 };
    const count = (what: 'lumis' | 'runs', step: number) => {
      open[what] += step;
      most[what] = Math.max(most[what], open[what]);
    };
    const counter = analyzer(
      () => ({
        analyze: () => undefined,
        beginRun: () => count('runs', 1),
        endRun: () => count('runs', -1),
        beginLumi: () => count('lumis', 1),
        endLumi: () => count('lumis', -1),
      }),
      { kind: 'global' },
    );
    const holds = analyzer(() => ({
      acquire: (_event, _setup, holder) => {
        holder.follow(new Promise((resolve) => setImmediate(resolve)));
      },
      analyze: () => undefined,
    }));
    const body = { source: eventSource(events), modules: { counter, holds }, options };
    await runToy({ ...body, paths: { p: ['counter', 'holds'] } }, { streams });
    return most;
  }

  it.each([
    [{ concurrentLumis: 1 }, { lumis: 1, runs: 1 }],
    [{ concurrentLumis: 2 }, { lumis: 2, runs: 1 }],
    [{ concurrentLumis: 3 }, { lumis: 3, runs: 1 }],
    [{ concurrentLumis: 0 }, { lumis: 2, runs: 1 }],
    [
      { concurrentLumis: 4, concurrentRuns: 2 },
      { lumis: 4, runs: 2 },
    ],
  ])('have as many blocks open as %o allows', async (options, most) => {
    expect(await openAtOnce(eventsOf(48, 1, 3), 8, options)).toEqual(most);
  });

  it('have one lumi open where a one module watches lumis, and interleave otherwise', async () => {
    const log: string[] = [];
    const holds = analyzer(() => ({
      acquire: (_event, _setup, holder) => {
        holder.follow(new Promise((resolve) => setImmediate(resolve)));
      },
      analyze: () => undefined,
    }));
    await runToy(
      {
        source: eventSource(eventsOf(12, 2)),
        modules: { holds, a: recorder(log, 'one') },
        paths: { p: ['holds', 'a'] },
        options: { concurrentLumis: 4 },
      },
      { streams: 4 },
    );
    const expected = [1, 2, 3, 4, 5, 6].flatMap((lumi) => [
      `beginLumi 1:${String(lumi)}`,
      ...[2 * lumi - 1, 2 * lumi].map((event) => `event 1:${String(lumi)}:${String(event)}`),
      `endLumi 1:${String(lumi)}`,
    ]);
    expect(log).toEqual(['beginJob', 'beginRun 1', ...expected, 'endRun 1', 'endJob']);
  });
});

describe('products of lumis and runs', () => {
  it('are reduced from the partials of EDM streams and read at the end', async () => {
    const seen: string[] = [];
    const joined = (a: string[], b: string[]) => [...a, ...b].sort();
    const gather = analyzer((context) => {
      const inLumi = context.produces(Words, { level: 'lumi', reduce: joined });
      const inRun = context.produces(Words, { level: 'run', reduce: joined });
      let events: string[] = [];
      let all: string[] = [];
      return {
        streamBeginLumi: () => {
          events = [];
        },
        analyze: (event) => {
          events.push(String(event.event));
        },
        streamEndLumi: (lumi) => {
          lumi.put(inLumi, events);
          all.push(...events);
        },
        streamEndRun: (run) => {
          run.put(inRun, all);
          all = [];
        },
      };
    });
    const reader = analyzer(
      (context) => {
        const ofLumi = context.consumes(Words, 'gather', 'lumi');
        const ofRun = context.consumes(Words, 'gather', 'run');
        return {
          analyze: () => undefined,
          endLumi: (lumi) => {
            seen.push(`${String(lumi.run)}:${String(lumi.lumi)} ${lumi.get(ofLumi).join(' ')}`);
          },
          endRun: (run) => {
            seen.push(`${String(run.run)} ${run.get(ofRun).join(' ')}`);
          },
        };
      },
      { kind: 'global' },
    );
    const report = await runToy(
      {
        source: eventSource(eventsOf(8, 2, 2)),
        modules: { reader, gather },
        paths: { p: ['gather', 'reader'] },
      },
      { streams: 3 },
    );
    expect(report.errors).toEqual([]);
    expect(seen.sort()).toEqual([
      '1 1 2 3 4',
      '1:1 1 2',
      '1:2 3 4',
      '2 5 6 7 8',
      '2:1 5 6',
      '2:2 7 8',
    ]);
  });

  it('that are put at the begin are there in events and at the end', async () => {
    const seen: string[] = [];
    const maker = analyzer(
      (context) => {
        const ofRun = context.produces(Words, { level: 'run' });
        const ofLumi = context.produces(Words, { level: 'lumi' });
        return {
          analyze: () => undefined,
          beginRun: (run) => run.put(ofRun, [`run${String(run.run)}`]),
          beginLumi: (lumi) => lumi.put(ofLumi, [`lumi${String(lumi.lumi)}`]),
        };
      },
      { kind: 'global' },
    );
    const reader = analyzer((context) => {
      const ofRun = context.consumes(Words, 'maker', 'run');
      const ofLumi = context.consumes(Words, 'maker', 'lumi');
      return {
        analyze: (event) => {
          seen.push(`${event.runProducts.get(ofRun)[0]!} ${event.lumiProducts.get(ofLumi)[0]!}`);
        },
        endLumi: (lumi) => {
          seen.push(`end ${lumi.runProducts.get(ofRun)[0]!} ${lumi.get(ofLumi)[0]!}`);
        },
      };
    });
    const report = await runToy({
      source: eventSource(eventsOf(2, 1, 1)),
      modules: { reader, maker },
      paths: { p: ['reader', 'maker'] },
    });
    expect(report.errors).toEqual([]);
    expect(seen).toEqual(['run1 lumi1', 'end run1 lumi1', 'run2 lumi1', 'end run2 lumi1']);
  });

  it('order the hooks of a lumi by who reads whom, not by place in the process', async () => {
    const order: string[] = [];
    const link = (reads: string | undefined) =>
      analyzer(
        (context) => {
          const token = reads === undefined ? undefined : context.consumes(Words, reads, 'lumi');
          const put = context.produces(Words, { level: 'lumi' });
          return {
            analyze: () => undefined,
            endLumi: (lumi) => {
              order.push(context.label);
              lumi.put(put, [...(token === undefined ? [] : lumi.get(token)), context.label]);
            },
          };
        },
        { kind: 'global' },
      );
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: { c: link('b'), a: link(undefined), b: link('a') },
      paths: { p: ['a', 'b', 'c'] },
    });
    expect(report.errors).toEqual([]);
    expect(order).toEqual(['a', 'b', 'c']);
  });
});
