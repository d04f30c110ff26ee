/** What goes wrong late, often or in two places at once still ends the job well, and nothing of it is lost or misplaced. */
import { EdmeshError, type AcquireEvent, type Holder, type ProcessBody } from 'edmesh';
import { eventSource, settle, simulatedEnvironment } from 'edmesh/testing';
import { describe, expect, it } from 'vitest';
import { silentLogger, defineProcess } from '../../edm/index.ts';
import { resolveProcess } from '../../actors/plan/resolve.ts';
import {
  adder,
  analyzer,
  deferred,
  eventsOf,
  Num,
  producer,
  runToy,
  sourceOf,
  toyJob,
  watcher,
} from './toy-job.ts';

const resolve = (body: ProcessBody) =>
  resolveProcess(defineProcess({ name: 'TEST', ...body }).configure(), {
    logger: silentLogger,
    allocate: (bytes) => new ArrayBuffer(bytes),
    warmUp: false,
  });

const source = eventSource([{}]);

describe('construction', () => {
  const modules = { x: adder(['c']), b: adder(), c: adder() };

  it.each<[string, Partial<ProcessBody>]>([
    ['on one path', { paths: { p: ['x', 'b', 'c'] } }],
    ['over a module that is on another path too', { paths: { p: ['x', 'b', 'c'], q: ['b'] } }],
    ['over a module on a task', { paths: { p: ['x', 'b', 'c'] }, tasks: { t: ['b'] } }],
  ])('finds a module that reads what its path runs later, %s', (_, parts) => {
    expect(() => resolve({ source, modules, ...parts })).toThrow(/wait for each other/);
  });

  it('lists a predicate that throws among the other problems', () => {
    const picky = analyzer((context) => {
      context.consumesMatching(() => {
        throw new Error('no idea');
      });
      return { analyze: () => undefined };
    });
    const body = {
      source,
      modules: { a: adder(), picky, d: adder(['nowhere']) },
      paths: { p: ['picky'] },
    };
    expect(() => resolve(body)).toThrow(/picky: .*no idea[^]*nowhere|nowhere[^]*picky: .*no idea/);
  });

  it('does not warn of a module that has a part in runs', () => {
    const counter = producer((context) => {
      const count = context.produces(Num, { level: 'run', reduce: (a, b) => a + b });
      return {
        produce: () => undefined,
        streamBeginRun(run) {
          run.put(count, 1);
        },
      };
    });
    expect(resolve({ source, modules: { counter } }).warnings).toEqual([]);
    expect(resolve({ source, modules: { idle: adder() } }).warnings).toHaveLength(1);
  });
});

describe('a report', () => {
  const failing = producer(() => ({
    produce(event) {
      const category = event.event === 150 ? 'Hard' : 'Soft';
      throw new EdmeshError('EDMESH_MODULE_EXCEPTION', 'fails', { category });
    },
  }));
  const body = {
    source: eventSource(eventsOf(200)),
    modules: { failing },
    paths: { p: ['failing'] },
    options: { tryToContinue: ['Soft'] },
  };

  it('has the fatal error, however many the job has survived before', async () => {
    const report = await runToy(body);
    expect(report).toMatchObject({ exitCode: 8001, errorCount: 150 });
    expect(report.errors).toHaveLength(100);
    expect(report.errors.filter(({ fatal }) => fatal)).toMatchObject([{ category: 'Hard' }]);
  });

  it('comes with a warning for each of the first errors that the job survives', async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    await toyJob(body, {}, simulatedEnvironment({ logger })).run();
    expect(warnings[0]).toBe('module failing, event 1:1:1: Soft: fails');
    expect(warnings).toHaveLength(20);
    expect(warnings.at(-1)).toMatch(/more errors/);
  });

  it('has nothing of a warm-up that failed but the error', async () => {
    const report = await runToy({ ...body, options: {} }, { warmupEvents: 3 });
    expect(report).toMatchObject({ exitCode: 8001, events: 0, errorCount: 1 });
    expect(report.transitions).toMatchObject({ beginJob: 0, event: 0 });
    expect(report.modules.failing).toMatchObject({ run: 0, failed: 0 });
  });

  it('has no time in it when the job fails before its first event', async () => {
    const environment = simulatedEnvironment();
    await environment.advance(5000);
    const early = producer(() => ({
      beginJob() {
        throw new Error('too early');
      },
      produce: () => undefined,
    }));
    const job = toyJob({ source, modules: { early }, paths: { p: ['early'] } }, {}, environment);
    expect(await job.run()).toMatchObject({ wallSeconds: 0, cpuSeconds: 0 });
  });
});

describe('a job', () => {
  it('ends when neither its begin nor its end ever settles', async () => {
    const environment = simulatedEnvironment();
    const never = () => new Promise<void>(() => undefined);
    const stuck = producer(() => ({ beginJob: never, endJob: never, produce: () => undefined }));
    const run = toyJob(
      { source, modules: { stuck }, paths: { p: ['stuck'] } },
      {},
      environment,
    ).run();
    for (let turn = 0; turn < 5; turn++) {
      await settle();
      environment.runDry();
    }
    expect(await run).toMatchObject({ exitCode: 8010 });
  });

  it('ends when its source fails again and again, whatever the policy', async () => {
    const report = await runToy({
      source: sourceOf(() => () => ({
        kind: 'sequential',
        next() {
          throw new EdmeshError('EDMESH_FILE_READ', 'the disk is gone');
        },
      })),
      options: { tryToContinue: ['FileReadError'] },
    });
    expect(report).toMatchObject({ exitCode: 0, events: 1, errorCount: 1 });
  });

  it.each(['indexed', 'sequential'] as const)(
    'has no events when more are left out than there are: %s source',
    async (kind) => {
      let at = 0;
      const sequential = sourceOf(() => () => ({
        kind: 'sequential',
        next: (id) => {
          Object.assign(id, { run: 1, lumi: 1, event: at + 1, timeUs: 0 });
          return at++ < 10;
        },
        rewind() {
          at = 0;
        },
      }));
      const from = kind === 'indexed' ? eventSource(eventsOf(10)) : sequential;
      const report = await runToy({ source: from }, { skipEvents: 20, maxEvents: 5 });
      expect(report.events).toBe(0);
    },
  );
});

describe('external work that is given up', () => {
  it('does not reach the next event', async () => {
    const environment = simulatedEnvironment();
    const late = deferred();
    const ends = deferred();
    const found: unknown[] = [];
    const slow = producer((context) => {
      const number = context.produces(Num);
      const acquire = (event: AcquireEvent, _: unknown, holder: Holder) => {
        if (event.event === 2) holder.follow(ends.promise);
        else {
          // What the types forbid, plain JavaScript does.
          const put: unknown = Reflect.get(event, 'put');
          holder.follow(
            late.promise.then(() => {
              if (typeof put === 'function') Reflect.apply(put, event, [number, 111]);
            }),
          );
        }
      };
      return { acquire, produce: () => undefined };
    });
    const job = toyJob(
      {
        source: eventSource(eventsOf(2)),
        modules: { slow, reader: watcher(['slow'], (_, [product]) => void found.push(product)) },
        paths: { p: ['slow', 'reader'] },
        options: { eventTimeoutMs: 100, tryToContinue: ['EventTimeout'] },
      },
      {},
      environment,
    );
    const run = job.run();
    await settle();
    await environment.advance(200);
    late.resolve();
    await settle();
    ends.resolve();
    expect((await run).errors).toMatchObject([{ code: 'EDMESH_EVENT_TIMEOUT' }]);
    expect(found).toEqual([undefined]);
  });

  it('is told when it fails after it was done', async () => {
    // An async acquire, as plain JavaScript may have it.
    const acquire: unknown = async (_: unknown, __: unknown, holder: Holder) => {
      holder.done();
      await Promise.resolve();
      throw new Error('too late');
    };
    const hasty = producer(() => ({ acquire: acquire as never, produce: () => undefined }));
    const report = await runToy({ source, modules: { hasty }, paths: { p: ['hasty'] } });
    expect(report).toMatchObject({ exitCode: 0, errorCount: 1 });
    expect(report.errors[0]?.contexts).toContain('module hasty');
  });
});

describe('a product', () => {
  it('cannot be undefined', async () => {
    const empty = producer((context) => {
      const number = context.produces(Num);
      return {
        produce(event) {
          event.put(number, undefined as never);
        },
      };
    });
    const report = await runToy({ source, modules: { empty }, paths: { p: ['empty'] } });
    expect(report.errors).toMatchObject([{ code: 'EDMESH_PRODUCT_INVALID' }]);
  });
});
