/**
 * Hooks of modules. Proves that a hook that fails ends the job with its exit code while the hooks of other modules are
 * called all the same, that every instance gets endJob, and that summaries are combined over instances.
 */
import { describe, expect, it } from 'vitest';
import type { TransitionHooks } from 'edmesh';
import { eventSource, settle, simulatedEnvironment } from 'edmesh/testing';
import { adder, analyzer, deferred, eventsOf, runToy } from './toy-job.ts';
import { recorder, tellingHooks } from './transition-recorder.ts';

describe('a hook that throws', () => {
  const throwsAt = (name: keyof TransitionHooks, log: string[]) => {
    const hooks = tellingHooks((what) => log.push(what));
    const fails = () => {
      throw new Error(`no ${name}`);
    };
    return analyzer(() => ({ ...hooks, [name]: fails }));
  };
  const names = [
    ...['beginJob', 'beginStream', 'beginRun', 'streamBeginRun', 'beginLumi', 'streamBeginLumi'],
    ...['streamEndLumi', 'endLumi', 'streamEndRun', 'endRun', 'endStream', 'endJob'],
  ] as (keyof TransitionHooks)[];
  const cases = names.flatMap((name) => [1, 3].map((streams) => [name, streams] as const));

  it.each(cases)('%s with %i EDM streams ends the job; others go on', async (name, streams) => {
    const log: string[] = [];
    const report = await runToy(
      {
        source: eventSource(eventsOf(4, 2)),
        modules: { bad: throwsAt(name, []), good: recorder(log, 'global') },
        paths: { p: ['bad', 'good'] },
      },
      { streams },
    );
    expect(report.exitCode).toBe(8002);
    expect(report.errors[0]).toMatchObject({ message: `no ${name}`, fatal: true });
    expect(report.errors[0]?.contexts[0]).toBe('module bad');
    expect(report.errors[0]?.contexts[1]).toContain(name);
    expect(log.at(-1)).toBe('endJob');
    expect(log.some((line) => line.startsWith(name))).toBe(true);
    for (const [begin, end] of [
      ['beginStream', 'endStream'],
      ['beginRun', 'endRun'],
      ['beginLumi', 'endLumi'],
    ] as const) {
      expect(report.transitions[begin], begin).toBe(report.transitions[end]);
    }
  });

  it('rejects a promise: the same', async () => {
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: {
        bad: analyzer(() => ({
          analyze: () => undefined,
          beginLumi: () => Promise.reject(new Error('later')),
        })),
      },
      paths: { p: ['bad'] },
    });
    expect(report.errors).toMatchObject([
      { message: 'later', contexts: ['module bad', 'beginLumi 1:1', 'process TEST'] },
    ]);
  });

  it('gets endJob on every instance of every module after an error in an event', async () => {
    const ended: string[] = [];
    let instances = 0;
    const report = await runToy(
      {
        source: eventSource(eventsOf(9)),
        modules: {
          a: analyzer(() => {
            const instance = instances++;
            return {
              analyze: (event) => {
                if (event.event === 5) throw new Error('bad event');
              },
              endJob: () => {
                ended.push(String(instance));
                if (instance === 1) throw new Error('bad end');
              },
            };
          }),
          b: adder(),
        },
        paths: { p: ['a', 'b'] },
      },
      { streams: 4 },
    );
    expect(ended).toEqual(['0', '1', '2', '3']);
    expect(report.errors.map(({ message }) => message)).toEqual(['bad event', 'bad end']);
    expect(report.exitCode).toBe(8002);
  });
});

describe('summaries', () => {
  it('add up over EDM streams unless the module says otherwise', async () => {
    const counts = (reduceSummary?: (a: unknown, b: unknown) => unknown) =>
      analyzer(
        () => {
          let events = 0;
          return {
            analyze: () => {
              events++;
            },
            endJob: () => ({ events }),
          };
        },
        reduceSummary === undefined ? {} : { reduceSummary },
      );
    const report = await runToy(
      {
        source: eventSource(eventsOf(10)),
        modules: {
          sum: counts(),
          instances: counts((a, b) => ({ of: [a, b].length })),
          silent: adder(),
        },
        paths: { p: ['sum', 'instances', 'silent'] },
      },
      { streams: 2 },
    );
    expect(report.modules.sum?.summary).toEqual({ events: 10 });
    expect(report.modules.instances?.summary).toEqual({ of: 2 });
    expect(report.modules.silent?.summary).toBeNull();
  });
});

describe('a hook that never settles', () => {
  it.each(['beginJob', 'beginLumi', 'streamEndLumi', 'endRun', 'endStream'] as const)(
    'in %s ends the job, endJob included, when nothing is left that could settle it',
    async (name) => {
      const environment = simulatedEnvironment();
      const ended: string[] = [];
      const job = runToy(
        {
          source: eventSource(eventsOf(1)),
          modules: {
            a: analyzer(() => ({
              analyze: () => undefined,
              [name]: () => deferred().promise,
              endJob: () => void ended.push('a'),
            })),
          },
          paths: { p: ['a'] },
        },
        {},
        environment,
      );
      await settle();
      environment.runDry();
      const report = await job;
      expect(report.exitCode).toBe(8010);
      expect(report.errors[0]?.message).toContain('a transition of a module');
      expect(ended).toEqual(['a']);
    },
  );

  it('in endJob ends the job too', async () => {
    const environment = simulatedEnvironment();
    const modules = {
      a: analyzer(() => ({ analyze: () => undefined, endJob: () => deferred().promise })),
    };
    const source = eventSource(eventsOf(1));
    const job = runToy({ source, modules, paths: { p: ['a'] } }, {}, environment);
    await settle();
    environment.runDry();
    expect(await job).toMatchObject({ exitCode: 8010, events: 1, transitions: { endJob: 1 } });
  });
});
