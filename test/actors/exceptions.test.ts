/**
 * Exceptions. Proves what the three policies mean for the flow of data, what an error says about where it happened, that
 * a fatal one drains what is in flight, and that modules which break the contract are told so.
 */
import { describe, expect, it } from 'vitest';
import { EdmeshError, type ProcessBody } from 'edmesh';
import { eventSource, runProcess, simulatedEnvironment } from 'edmesh/testing';
import { defineProcess } from 'edmesh';
import {
  adder,
  analyzer,
  eventsOf,
  filter,
  Num,
  passes,
  producer,
  runToy,
  sourceOf,
} from './toy-job.ts';

const mine = () => new EdmeshError('EDMESH_EVENT_CORRUPT', 'bad bits', { category: 'MyCategory' });

/** Producer `bad` fails in event 2; `reads` depends on it, `free` and path q do not. */
function failing(log: string[], options: NonNullable<ProcessBody['options']> = {}): ProcessBody {
  return {
    source: eventSource(eventsOf(3)),
    modules: {
      bad: producer((context) => {
        const put = context.produces(Num);
        return {
          produce: (event) => {
            if (event.event === 2) throw mine();
            event.put(put, event.event);
          },
        };
      }),
      reads: adder(['bad'], log),
      further: adder(['reads'], log),
      free: adder([], log),
      last: adder([], log),
    },
    paths: { p: ['bad', 'reads', 'further'], q: ['free'] },
    endPaths: { e: ['last'] },
    options,
  };
}

const inEvent = (log: readonly string[], event: number) =>
  log.filter((line) => line.endsWith(`@${String(event)}`)).map((line) => line.split('@')[0]);

describe('the policy', () => {
  it('rethrow, the default, ends the job after the event, with the code of the category', async () => {
    const log: string[] = [];
    const report = await runToy(failing(log));
    expect(report.exitCode).toBe(8001);
    expect(report.events).toBe(2);
    expect(inEvent(log, 1)).toEqual(['free', 'reads', 'further', 'last']);
    expect(inEvent(log, 2)).toEqual(['free', 'last']);
    expect(inEvent(log, 3)).toEqual([]);
    expect(report.errors).toMatchObject([
      { code: 'EDMESH_EVENT_CORRUPT', category: 'MyCategory', message: 'bad bits', fatal: true },
    ]);
    expect(report.paths.p).toEqual({ run: 2, pass: 1, fail: 0, exception: 1 });
  });

  it('tryToContinue fails the module and what depends on it, and goes on', async () => {
    const log: string[] = [];
    const report = await runToy(failing(log, { tryToContinue: ['MyCategory'] }));
    expect(report).toMatchObject({ exitCode: 0, events: 3, errorCount: 1 });
    expect(report.errors).toMatchObject([{ category: 'MyCategory', fatal: false }]);
    expect(inEvent(log, 2)).toEqual(['free', 'last']);
    expect(inEvent(log, 3)).toEqual(['free', 'reads', 'further', 'last']);
    expect(report.paths).toEqual({
      p: { run: 3, pass: 2, fail: 0, exception: 1 },
      q: { run: 3, pass: 3, fail: 0, exception: 0 },
    });
    expect(report.modules).toMatchObject({
      bad: { run: 3, passed: 2, failed: 1 },
      reads: { run: 2, passed: 2, failed: 0 },
    });
  });

  it('tryToContinue calls the modules that are listed for it, whatever they read failed', async () => {
    const log: string[] = [];
    const options = {
      tryToContinue: ['MyCategory'],
      modulesToCallForTryToContinue: ['further'],
    };
    const report = await runToy({
      ...failing(log, options),
      paths: { p: ['further'], q: ['free'] },
    });
    expect(inEvent(log, 2)).toEqual(['free', 'further', 'last']);
    expect(report.paths.p).toEqual({ run: 3, pass: 3, fail: 0, exception: 0 });
  });

  it('ignoreCompletely lets the module count as passed, and warns', async () => {
    const log: string[] = [];
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const nothing = () => undefined;
    const logger = { debug: nothing, info: nothing, error: nothing, warn };
    const report = await runToy(
      failing(log, { ignoreCompletely: ['MyCategory'] }),
      {},
      simulatedEnvironment({ logger }),
    );
    expect(report).toMatchObject({ exitCode: 0, errorCount: 0, errors: [] });
    expect(inEvent(log, 2)).toEqual(['free', 'reads', 'further', 'last']);
    expect(report.paths.p).toEqual({ run: 3, pass: 3, fail: 0, exception: 0 });
    expect(report.modules.bad).toMatchObject({ run: 3, passed: 3, failed: 0 });
    expect(warnings).toEqual(['module bad, event 1:1:2: MyCategory ignored: bad bits']);
  });

  it('lets a filter that is ignored pass', async () => {
    const log: string[] = [];
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: {
        bad: filter(() => ({
          filter: () => {
            throw mine();
          },
        })),
        next: adder([], log),
      },
      paths: { p: ['bad', 'next'] },
      options: { ignoreCompletely: ['MyCategory'] },
    });
    expect(log).toEqual(['next@1']);
    expect(report.modules.bad).toMatchObject({ run: 1, passed: 1, rejected: 0, failed: 0 });
  });

  it('looks at the category alone: others are rethrown', async () => {
    const report = await runToy(failing([], { tryToContinue: ['EventCorruption', 'LogicError'] }));
    expect(report.exitCode).toBe(8001);
  });

  it('does not take what a failed module has put for a product of the event', async () => {
    const seen: unknown[] = [];
    await runToy({
      source: eventSource(eventsOf(1)),
      modules: {
        bad: producer((context) => {
          const put = context.produces(Num);
          return {
            produce: (event) => {
              event.put(put, 1);
              throw mine();
            },
          };
        }),
        reads: analyzer((context) => {
          const token = context.consumes(Num, 'bad');
          return { analyze: (event) => void seen.push(event.find(token)) };
        }),
      },
      paths: { p: ['reads'] },
      options: { tryToContinue: ['MyCategory'], modulesToCallForTryToContinue: ['reads'] },
    });
    expect(seen).toEqual([undefined]);
  });

  it('shows in what a test collects', async () => {
    const body = failing([], { tryToContinue: ['MyCategory'] });
    const { products } = await runProcess(defineProcess({ name: 'TEST', ...body }).configure());
    expect(products.get(1)).toEqual({ Num_free__TEST: 2, Num_last__TEST: 2 });
    expect(Object.keys(products.get(2) ?? {})).toHaveLength(5);
  });
});

describe('an error', () => {
  it('says where it happened, innermost first', async () => {
    const report = await runToy(failing([]));
    expect(report.errors[0]?.contexts).toEqual(['module bad', 'event 1:1:2', 'process TEST']);
    expect(report.errors[0]?.stack).toContain('exceptions.test.ts');
  });

  it.each([
    ['an Error', new RangeError('out of range'), 'out of range'],
    ['an Error without message', new TypeError(), 'TypeError'],
    ['a string', 'just text', 'just text'],
    ['a number', 42, '42'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
  ])('is made of %s that a module throws', async (_name, thrown, message) => {
    for (const role of ['analyze', 'acquire']) {
      const report = await runToy({
        source: eventSource(eventsOf(1)),
        modules: {
          a: analyzer(() => ({
            analyze: () => undefined,
            [role]: () => {
              throw thrown as Error;
            },
          })),
        },
        paths: { p: ['a'] },
      });
      expect(report.exitCode).toBe(8002);
      expect(report.errors).toMatchObject([
        { code: 'EDMESH_MODULE_EXCEPTION', category: 'StdException', message },
      ]);
      expect(report.modules.a).toMatchObject({ run: 1, failed: 1 });
    }
  });

  it('is listed a hundred times at most, and counted always', async () => {
    const report = await runToy({
      source: eventSource(eventsOf(250)),
      modules: {
        a: analyzer(() => ({
          analyze: () => {
            throw mine();
          },
        })),
      },
      paths: { p: ['a'] },
      options: { tryToContinue: ['MyCategory'] },
    });
    expect(report).toMatchObject({ exitCode: 0, events: 250, errorCount: 250 });
    expect(report.errors).toHaveLength(100);
  });

  it('that is fatal decides the exit code when it comes first', async () => {
    const fails = (code: 'EDMESH_FILE_READ' | 'EDMESH_CONFIGURATION') =>
      analyzer(() => ({
        analyze: () => {
          throw new EdmeshError(code, code);
        },
      }));
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: { first: fails('EDMESH_FILE_READ'), second: fails('EDMESH_CONFIGURATION') },
      paths: { p: ['first'], q: ['second'] },
    });
    expect(report.exitCode).toBe(8021);
    expect(report.errorCount).toBe(2);
  });
});

describe('a fatal error', () => {
  it('takes no more events but lets those in flight end', async () => {
    const environment = simulatedEnvironment();
    const ended: number[] = [];
    const job = runToy(
      {
        source: eventSource(eventsOf(100)),
        modules: {
          slow: producer((context) => {
            const put = context.produces(Num);
            return {
              acquire: (event, _setup, holder) => {
                environment.after(event.event * 10, () => {
                  if (event.event === 1) holder.fail(mine());
                  else holder.done();
                });
              },
              produce: (event) => event.put(put, 1),
            };
          }),
          last: analyzer(() => ({ analyze: (event) => void ended.push(event.event) })),
        },
        paths: { p: ['slow', 'last'] },
      },
      { streams: 4 },
      environment,
    );
    await environment.advance(100);
    const report = await job;
    expect(ended).toEqual([2, 3, 4]);
    expect(report).toMatchObject({ exitCode: 8001, events: 4, errorCount: 1 });
    expect(report.transitions).toMatchObject({ endLumi: 1, endRun: 1, endStream: 4, endJob: 1 });
  });

  it('drops events that wait for a lumi which will never begin', async () => {
    const report = await runToy(
      {
        source: eventSource(eventsOf(8, 1)),
        modules: {
          a: analyzer(() => ({
            acquire: (event, _setup, holder) => {
              setImmediate(() => {
                if (event.event === 1) holder.fail(mine());
                else holder.done();
              });
            },
            analyze: () => undefined,
          })),
        },
        paths: { p: ['a'] },
        options: { concurrentLumis: 1 },
      },
      { streams: 4 },
    );
    expect(report).toMatchObject({ exitCode: 8001, events: 1 });
    expect(report.transitions).toMatchObject({ beginLumi: 1, endLumi: 1, endStream: 4, endJob: 1 });
  });
});

describe('a module that breaks the contract', () => {
  /** An async function where one that returns nothing belongs, as the type check lets pass. */
  const late = (error?: Error) =>
    (() => (error === undefined ? Promise.resolve() : Promise.reject(error))) as () => void;
  it.each([
    ['produce returns a promise', producer(() => ({ produce: late() }))],
    ['filter returns nothing', filter(() => ({ filter: () => undefined as never }))],
    ['filter returns a promise', filter(() => ({ filter: (async () => true) as never }))],
    ['filter returns a number', filter(() => ({ filter: () => 1 as never }))],
    ['analyze returns a promise', analyzer(() => ({ analyze: late() }))],
  ])('%s', async (_name, a) => {
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: { a },
      paths: { p: ['a'] },
    });
    expect(report.exitCode).toBe(8010);
    expect(report.errors).toMatchObject([
      { code: 'EDMESH_MODULE_CONTRACT', fields: { label: 'a' } },
    ]);
    expect(report.errors[0]?.message).toContain('acquire');
  });

  it('does not leave a rejected promise behind', async () => {
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: { a: producer(() => ({ produce: late(mine()) })) },
      paths: { p: ['a'] },
    });
    expect(report.errors).toMatchObject([{ code: 'EDMESH_MODULE_CONTRACT' }]);
  });
});

describe('an event that cannot be read', () => {
  const readers = {
    'an indexed source that throws': () => ({
      kind: 'indexed' as const,
      count: 4,
      identify: (index: number, id: object) =>
        void Object.assign(id, {
          run: 1,
          lumi: 1 + Math.floor(index / 2),
          event: index + 1,
          timeUs: 0,
        }),
      read: (index: number) => {
        if (index === 1) throw mine();
      },
    }),
    'an indexed source that rejects': () => ({
      kind: 'indexed' as const,
      count: 4,
      identify: (index: number, id: object) =>
        void Object.assign(id, {
          run: 1,
          lumi: 1 + Math.floor(index / 2),
          event: index + 1,
          timeUs: 0,
        }),
      read: async (index: number) => {
        if (index === 1) throw mine();
      },
    }),
    'a sequential source that throws': () => {
      let next = 0;
      return {
        kind: 'sequential' as const,
        next: (id: object) => {
          const index = next++;
          if (index === 1) throw mine();
          const lumi = 1 + Math.floor(index / 2);
          Object.assign(id, { run: 1, lumi, event: index + 1, timeUs: 0 });
          return index < 4;
        },
      };
    },
    'a sequential source that rejects': () => {
      let next = 0;
      return {
        kind: 'sequential' as const,
        next: async (id: object) => {
          const index = next++;
          if (index === 1) throw mine();
          const lumi = 1 + Math.floor(index / 2);
          Object.assign(id, { run: 1, lumi, event: index + 1, timeUs: 0 });
          return index < 4;
        },
      };
    },
  };
  const cases = Object.entries(readers).flatMap(([name, reader]) =>
    [1, 3].map((streams) => [name, streams, reader] as const),
  );

  it.each(cases)('from %s, %i EDM streams, follows the policy', async (_name, streams, reader) => {
    const log: string[] = [];
    const body = {
      source: sourceOf(() => reader),
      modules: { a: adder([], log), no: passes(() => true) },
      paths: { p: ['a'], q: ['no'] },
    };
    const goesOn = await runToy(
      { ...body, options: { tryToContinue: ['MyCategory'] } },
      { streams },
    );
    expect(goesOn).toMatchObject({ exitCode: 0, events: 4, errorCount: 1 });
    expect(goesOn.errors[0]).toMatchObject({ category: 'MyCategory', fatal: false });
    expect(goesOn.errors[0]?.contexts[0]).toBe('source');
    expect([...log].sort()).toEqual(['a@1', 'a@3', 'a@4']);
    expect(goesOn.paths.q).toEqual({ run: 4, pass: 3, fail: 0, exception: 1 });
    expect(goesOn.transitions).toMatchObject({ beginLumi: 2, endLumi: 2, beginRun: 1, endRun: 1 });

    const ends = await runToy(body, { streams });
    expect(ends.exitCode).toBe(8001);
    expect(ends.transitions).toMatchObject({ endJob: 1, endStream: streams });
  });
});
