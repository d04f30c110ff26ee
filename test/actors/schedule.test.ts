/**
 * The scheduler of an EDM stream. Proves, against a plain recursive interpreter and over random graphs, that the same
 * modules run with the same products in sight, and that paths end the same way, whatever external work is completed when;
 * and by hand the rules that are easily got wrong.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineProcess, silentLogger, type PathStatus, type ProcessBody } from 'edmesh';
import { eventSource } from 'edmesh/testing';
import { ModuleState } from '../../actors/stream/module-state.ts';
import { resolveProcess } from '../../actors/plan/resolve.ts';
import { EventSchedule } from '../../actors/stream/schedule.ts';
import { anyGraph, interpret, processOf, type Graph } from './reference-schedule.ts';
import { adder, analyzer, eventsOf, Num, passes, producer, runToy, watcher } from './toy-job.ts';

const { acquiring, done, passed, rejected, failed } = ModuleState;

function scheduleOf(body: ProcessBody) {
  const { plan, tables } = resolveProcess(defineProcess({ name: 'TEST', ...body }).configure(), {
    logger: silentLogger,
    allocate: (bytes) => new ArrayBuffer(bytes),
    warmUp: false,
  });
  const products = new Array<unknown>(tables.event.branches.length).fill(undefined);
  return { plan, products, schedule: new EventSchedule(plan, products) };
}

/** Takes a graph through a schedule, completing external work in an order that `choose` decides. */
function drive(graph: Graph, choose: () => number) {
  const { plan, products, schedule } = scheduleOf(processOf(graph));
  return graph.events.map((verdicts) => {
    products.fill(undefined);
    const seen = new Map<number, readonly number[]>();
    const working: number[] = [];
    const finalOf = (node: number) => {
      const verdict = verdicts[node];
      if (verdict === 'fail') return failed;
      if (!graph.modules[node]!.isFilter) return done;
      return verdict === 'reject' ? rejected : passed;
    };
    schedule.begin();
    for (;;) {
      let node = schedule.next();
      if (node === -1) {
        if (working.length === 0) break;
        [node = -1] = working.splice(choose() % working.length, 1);
        schedule.resume(node);
        continue;
      }
      const module = graph.modules[node]!;
      if (module.delay > 0 && schedule.states[node] !== acquiring) {
        schedule.states[node] = acquiring;
        working.push(node);
        continue;
      }
      expect(seen.has(node), `m${String(node)} runs again`).toBe(false);
      const state = (read: number) => schedule.states[read] ?? 0;
      const there = module.reads.filter((read) => state(read) >= done && state(read) <= rejected);
      seen.set(node, there);
      schedule.complete(node, finalOf(node));
    }
    expect(schedule.eventDone).toBe(true);
    expect(schedule.held()).toEqual([]);
    const statuses = [...plan.paths, ...plan.endPaths].map(
      ({ statusSlot }) => products[statusSlot] as PathStatus,
    );
    return { seen, statuses };
  });
}

const sortedRuns = (runs: ReadonlyMap<number, readonly number[]>) =>
  [...runs].sort(([a], [b]) => a - b);

describe('against a plain interpreter', () => {
  it('runs the same modules, with the same products in sight, and ends paths the same way', () => {
    fc.assert(
      fc.property(anyGraph, fc.infiniteStream(fc.nat(1000)), (graph, choices) => {
        const outcomes = drive(graph, () => Number(choices.next().value));
        outcomes.forEach((outcome, index) => {
          const expected = interpret(graph, index + 1);
          expect(sortedRuns(outcome.seen)).toEqual(sortedRuns(expected.seen));
          expect(outcome.statuses).toEqual(expected.statuses);
        });
      }),
      { numRuns: 1500 },
    );
  });

  it('does so in a job, with one to four EDM streams', async () => {
    await fc.assert(
      fc.asyncProperty(anyGraph, fc.integer({ min: 1, max: 4 }), async (graph, streams) => {
        const seen = graph.events.map(() => new Map<number, readonly number[]>());
        const body = processOf(graph, (index, event, reads) => {
          expect(seen[event - 1]!.has(index)).toBe(false);
          seen[event - 1]!.set(index, reads);
        });
        const report = await runToy(body, { streams });
        expect(report.exitCode).toBe(0);
        const expected = graph.events.map((_, index) => interpret(graph, index + 1));
        expect(seen.map(sortedRuns)).toEqual(expected.map((each) => sortedRuns(each.seen)));
        const names = [...Object.keys(body.paths ?? {}), ...Object.keys(body.endPaths ?? {})];
        const counts = names.map((_, path) => {
          const states = expected.map(({ statuses }) => statuses[path]?.state);
          const count = (state: string) => states.filter((each) => each === state).length;
          const [pass, fail, exception] = [count('pass'), count('fail'), count('exception')];
          return { run: states.length, pass, fail, exception };
        });
        expect(Object.values({ ...report.paths, ...report.endPaths })).toEqual(counts);
      }),
      { numRuns: 150 },
    );
  });
});

describe('long chains', () => {
  const length = 10_000;
  const labels = Array.from({ length }, (_, index) => `m${String(index)}`);
  const chain = (log: string[]) =>
    Object.fromEntries(
      labels.map((label, index) => [label, adder(index === 0 ? [] : [labels[index - 1]!], log)]),
    );

  it('runs a path of 10,000 modules that read each other', async () => {
    const log: string[] = [];
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: chain(log),
      paths: { p: labels },
    });
    expect(report.errors).toEqual([]);
    expect(log).toEqual(labels.map((label) => `${label}@1`));
  });

  it('asks for 10,000 modules on demand, from the last to the first', async () => {
    const log: string[] = [];
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: { ...chain(log), end: watcher([labels.at(-1)!], () => undefined) },
      paths: { p: ['end'] },
    });
    expect(report.errors).toEqual([]);
    expect(log).toEqual(labels.map((label) => `${label}@1`));
  });

  it('passes a failure on through 10,000 modules', async () => {
    const log: string[] = [];
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: {
        ...chain(log),
        m0: producer((context) => {
          context.produces(Num);
          return {
            produce() {
              throw new Error('broken');
            },
          };
        }),
        end: watcher([labels.at(-1)!], () => undefined),
      },
      paths: { p: ['end'] },
      options: { tryToContinue: ['StdException'] },
    });
    expect(report.errorCount).toBe(1);
    expect(log).toEqual([]);
    expect(report.paths.p).toEqual({ run: 1, pass: 0, fail: 0, exception: 1 });
  });
});

describe('the rules by hand', () => {
  it('runs a module once though paths, end paths and readers all ask for it', async () => {
    const log: string[] = [];
    await runToy({
      source: eventSource(eventsOf(2)),
      modules: { a: adder([], log), b: adder(['a'], log), c: adder(['a', 'b'], log) },
      tasks: { t: ['a'] },
      paths: { p: ['a', 'b', 'a'], q: ['a', 'c'] },
      endPaths: { e: ['c', 'a'] },
    });
    expect([...log].sort()).toEqual(['a@1', 'a@2', 'b@1', 'b@2', 'c@1', 'c@2']);
  });

  const behindFilter = (tasks: Readonly<Record<string, readonly string[]>>) => {
    const found: unknown[] = [];
    const report = runToy({
      source: eventSource(eventsOf(2)),
      modules: {
        odd: passes((event) => event % 2 === 1),
        hidden: adder(),
        finder: watcher(['hidden'], (event, products) => void found.push([event, ...products])),
      },
      tasks,
      paths: { p: ['odd', 'hidden'], q: ['finder'] },
    });
    return report.then(({ modules }) => ({ found, hiddenRuns: modules.hidden?.run }));
  };

  it('does not run a module behind a rejecting filter though another path reads it', async () => {
    expect(await behindFilter({})).toEqual({
      found: [
        [1, 1],
        [2, undefined],
      ],
      hiddenRuns: 1,
    });
  });

  it('does run it where it is on a task', async () => {
    expect(await behindFilter({ t: ['hidden'] })).toEqual({
      found: [
        [1, 1],
        [2, 2],
      ],
      hiddenRuns: 2,
    });
  });

  it('fails a reader that insists on a product whose path stopped', async () => {
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: {
        no: passes(() => false),
        hidden: adder(),
        insists: analyzer((context) => {
          const token = context.consumes(Num, 'hidden');
          return { analyze: (event) => void event.get(token) };
        }),
      },
      paths: { p: ['no', 'hidden'], q: ['insists'] },
    });
    expect(report.exitCode).toBe(8006);
    expect(report.errors).toMatchObject([
      {
        code: 'EDMESH_PRODUCT_NOT_FOUND',
        message: expect.stringContaining('Num_hidden__TEST') as string,
        contexts: ['module insists', 'event 1:1:1', 'process TEST'],
      },
    ]);
  });

  it('leaves out on-demand modules that nobody asks for', async () => {
    const log: string[] = [];
    const report = await runToy({
      source: eventSource(eventsOf(2)),
      modules: {
        lazy: adder([], log),
        first: passes((event) => event === 1),
        reader: watcher(['lazy'], () => undefined),
      },
      paths: { p: ['first', 'reader'] },
    });
    expect(log).toEqual(['lazy@1']);
    expect(report.modules.lazy).toMatchObject({ run: 1, passed: 1, rejected: 0, failed: 0 });
  });

  it('ends an empty path at once, and an event without any path', async () => {
    const empty = await runToy({ source: eventSource(eventsOf(3)), paths: { p: [] } });
    expect(empty.paths).toEqual({ p: { run: 3, pass: 3, fail: 0, exception: 0 } });
    const none = await runToy({ source: eventSource(eventsOf(3)) }, { streams: 2 });
    expect(none).toMatchObject({ exitCode: 0, events: 3, paths: {}, endPaths: {} });
  });

  it('starts end paths when every path has ended, and ignores what their filters decide', async () => {
    const log: string[] = [];
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: {
        slow: producer(({ label }) => ({
          acquire: (_event, _setup, holder) => {
            holder.follow(Promise.resolve());
          },
          produce() {
            log.push(label);
          },
        })),
        no: passes(() => false, log),
        last: adder([], log),
      },
      paths: { p: ['slow'], q: [] },
      endPaths: { e: ['no', 'last'] },
    });
    expect(log).toEqual(['slow', 'no@1', 'last@1']);
    expect(report.endPaths.e).toEqual({ run: 1, pass: 1, fail: 0, exception: 0 });
    expect(report.modules.no).toMatchObject({ run: 1, passed: 0, rejected: 1 });
  });

  it('runs a module on an end path that its path did not come to, before who reads it there', async () => {
    const found: unknown[] = [];
    await runToy({
      source: eventSource(eventsOf(1)),
      modules: {
        no: passes(() => false),
        deep: adder(),
        input: adder(['deep']),
        late: adder(['input']),
        reader: watcher(['late'], (_event, products) => void found.push(...products)),
      },
      paths: { p: ['no', 'late'] },
      endPaths: { e: ['reader'], f: ['late'] },
    });
    expect(found).toEqual([3]);
  });

  it('fails an event in which paths wait for each other, naming the modules', async () => {
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: {
        a: adder(['d']),
        b: adder(),
        c: adder(['b']),
        d: adder(),
        no: passes(() => false),
      },
      paths: { p: ['a', 'b'], q: ['c', 'd'], r: ['no', 'd'] },
    });
    expect(report.exitCode).toBe(8010);
    expect(report.errors[0]).toMatchObject({
      code: 'EDMESH_EVENT_STALLED',
      fields: { labels: ['a', 'c'] },
    });
    expect(report.transitions.endJob).toBe(1);
  });
});
