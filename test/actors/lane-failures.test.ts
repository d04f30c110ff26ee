/**
 * Failures in one of several lanes. Proves that exceptions mean what they mean with one lane, that a lane which is lost is
 * told with its events while the others end in order, and that nothing is left open when lanes cannot be made.
 */
import { describe, expect, it } from 'vitest';
import type { ProcessBody, SourceReader } from 'edmesh';
import { eventSource, settle, simulatedEnvironment } from 'edmesh/testing';
import { thisThread, type LaneHost } from '../../actors/lane/lane-host.ts';
import type { JobReport } from '../../actors/job/report.ts';
import { adder, analyzer, deferred, eventsOf, producer, Num, runToy, sourceOf } from './toy-job.ts';
import { expectOrder } from './transition-order.ts';
import { recorder } from './transition-recorder.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A producer that takes a turn of the event loop and fails in some events. */
const failsIn = (events: readonly number[], log: string[] = []) =>
  producer((context) => {
    const put = context.produces(Num);
    return {
      acquire: (_event, _setup, holder) => {
        holder.follow(turn());
      },
      produce: (event) => {
        log.push(String(event.event));
        if (events.includes(event.event)) throw new Error(`no luck in ${String(event.event)}`);
        event.put(put, event.event);
      },
    };
  });

const failing = (events: readonly number[], options: ProcessBody['options'] = {}): ProcessBody => ({
  source: eventSource(eventsOf(20, 3, 2)),
  modules: { bad: failsIn(events), reads: adder(['bad']), free: adder() },
  paths: { p: ['bad', 'reads'], q: ['free'] },
  options,
});

const balanced = ({ transitions }: JobReport) => {
  const { beginRun, endRun, beginLumi, endLumi, beginStream, endStream } = transitions;
  expect([beginRun, beginLumi, beginStream]).toEqual([endRun, endLumi, endStream]);
  const { streamBeginRun, streamEndRun, streamBeginLumi, streamEndLumi } = transitions;
  expect([streamBeginRun, streamBeginLumi]).toEqual([streamEndRun, streamEndLumi]);
  expect([transitions.beginJob, transitions.endJob]).toEqual([1, 1]);
};

describe('an exception in one lane', () => {
  it('ends the job with the code of one lane, after what is in flight', async () => {
    const alone = await runToy(failing([7]));
    for (const threads of [2, 3]) {
      const among = await runToy(failing([7]), { threads, streams: 6 });
      expect(among.exitCode).toBe(alone.exitCode);
      expect(among.errors).toHaveLength(1);
      expect(among.errors[0]?.contexts).toEqual(alone.errors[0]?.contexts);
      expect(among.errors[0]).toMatchObject({ message: 'no luck in 7', fatal: true });
      expect(among.events).toBeGreaterThanOrEqual(7);
      expect(among.events).toBeLessThan(20);
      expect(among.modules.free?.run).toBe(among.events);
      balanced(among);
    }
  });

  it('that the job survives gives the counts of one lane', async () => {
    const options = { tryToContinue: ['StdException'] };
    const body = () => failing([1, 7, 8, 20], options);
    const alone = await runToy(body(), { digest: true });
    const among = await runToy(body(), { digest: true, threads: 3, streams: 7 });
    expect(among).toMatchObject({ exitCode: 0, events: 20, errorCount: 4 });
    expect(among.paths).toEqual(alone.paths);
    expect(among.digests).toEqual(alone.digests);
    const messages = ({ errors }: JobReport) => errors.map(({ message }) => message).sort();
    expect(messages(among)).toEqual(messages(alone));
    balanced(among);
  });

  it.each([
    'beginJob',
    'beginStream',
    'beginRun',
    'beginLumi',
    'endLumi',
    'endRun',
    'endJob',
  ] as const)('of a global module in %s ends the job as with one lane', async (name) => {
    const body = (): ProcessBody => {
      let instances = 0;
      const bad = analyzer(
        () => {
          // The instance of the last lane fails.
          const isLast = ++instances === 2;
          return {
            analyze: () => undefined,
            [name]: () => {
              if (isLast) throw new Error('no luck');
            },
          };
        },
        { kind: 'global' },
      );
      return { source: eventSource(eventsOf(6, 2)), modules: { bad }, paths: { p: ['bad'] } };
    };
    const report = await runToy(body(), { threads: 2, streams: 2 });
    expect(report).toMatchObject({ exitCode: 8002 });
    expect(report.errors[0]).toMatchObject({ message: 'no luck', fatal: true });
    expect(report.errors[0]?.contexts[0]).toBe('module bad');
    expect(report.errors[0]?.contexts[1]).toMatch(new RegExp(`^${name}`));
    expect(report.transitions).toMatchObject({ beginJob: 1, endJob: 1 });
  });
});

/** A host whose lanes run in this thread and can be lost like a thread that dies. */
function mortal(): LaneHost & { readonly kill: (index: number, reason: string) => void } {
  const deaths = new Map<number, (reason: string) => void>();
  return {
    ...thisThread,
    start: (lane, lost) => {
      const handle = thisThread.start(lane, lost);
      deaths.set(lane.place.index, (reason) => {
        handle.cancel();
        lost(reason);
      });
      return handle;
    },
    kill: (index, reason) => deaths.get(index)?.(reason),
  };
}

describe('a lane that is lost', () => {
  it.each([0, 1])('(lane %i) is told with its events; the others end in order', async (lost) => {
    const environment = simulatedEnvironment();
    const laneHost = mortal();
    const log: string[] = [];
    const holds = analyzer(() => ({
      acquire: ({ ordinal }, _setup, holder) => {
        environment.after(ordinal < 4 ? 1000 : 1, () => holder.done());
      },
      analyze: () => undefined,
    }));
    const body = {
      source: eventSource(eventsOf(50, 2)),
      modules: { holds, a: recorder(log) },
      paths: { p: ['holds', 'a'] },
      options: { concurrentLumis: 2 },
    };
    const job = runToy(body, { threads: 2, streams: 4, laneHost }, environment);
    await environment.advance(500);
    laneHost.kill(lost, 'it was killed');
    await settle();
    const ofOthers = log.length;
    expect(log.filter((line) => line.startsWith('end'))).toEqual([]);
    await environment.advance(1000);
    const report = await job;
    expect(report.exitCode).toBe(8901);
    expect(report.errors).toMatchObject([
      {
        code: 'EDMESH_LANE_LOST',
        fatal: true,
        fields: { lane: lost },
        message: expect.stringMatching(
          new RegExp(
            `^lane ${String(lost)} is lost: it was killed; in hand: 1:\\d:\\d, 1:\\d:\\d$`,
          ),
        ) as string,
      },
    ]);
    expect(report.errors[0]?.fields.events).toHaveLength(2);
    expect(log.length).toBeGreaterThan(ofOthers);
    const left = log.filter((line) => line.startsWith('streamEnd'));
    expect(left.length).toBeGreaterThan(0);
    if (lost === 1) {
      const mine = log.filter((line) => !/#(1|3)$/.test(line) && !line.startsWith('event'));
      expectOrder(mine, 4);
    }
    expect(report.transitions.endJob).toBe(1);
  });

  it('while the job is constructed ends it before it begins', async () => {
    const laneHost = mortal();
    const body = { source: eventSource(eventsOf(5)), modules: { a: adder() }, paths: { p: ['a'] } };
    const job = runToy(body, { threads: 2, streams: 2, laneHost });
    laneHost.kill(1, 'it never came');
    const report = await job;
    expect(report).toMatchObject({ exitCode: 8901, events: 0 });
    expect(report.errors[0]).toMatchObject({
      code: 'EDMESH_LANE_LOST',
      message: 'lane 1 is lost: it never came; no event in hand',
    });
  });

  it('with all others ends the job at once', async () => {
    const laneHost = mortal();
    const environment = simulatedEnvironment();
    const holds = analyzer(() => ({
      acquire: (_event, _setup, holder) => {
        holder.follow(deferred().promise);
      },
      analyze: () => undefined,
    }));
    const body = { source: eventSource(eventsOf(9)), modules: { holds }, paths: { p: ['holds'] } };
    const job = runToy(body, { threads: 2, streams: 2, laneHost }, environment);
    await settle();
    for (const lane of [0, 1]) laneHost.kill(lane, 'it was killed');
    const report = await job;
    expect(report).toMatchObject({ exitCode: 8901, errorCount: 2, events: 0 });
  });
});

describe('lanes that cannot be made', () => {
  it('leave every reader closed', async () => {
    for (const shares of [false, true]) {
      let [opened, closed, instances] = [0, 0, 0];
      const reader = (): SourceReader => {
        opened++;
        return {
          kind: 'indexed',
          count: 4,
          identify: (index, id) =>
            void Object.assign(id, { run: 1, lumi: 1, event: index, timeUs: 0 }),
          read: () => undefined,
          ...(shares && { share: () => 'shared' }),
          close: () => {
            closed++;
          },
        };
      };
      const source = sourceOf(() => reader);
      const a = analyzer(() => {
        // The process constructs one instance a lane first; one more is made when lanes open.
        if (instances++ > 2) throw new Error('one too many');
        return { analyze: () => undefined };
      });
      const body = { source, modules: { a }, paths: { p: ['a'] } };
      const report = await runToy(body, { threads: 2, streams: 4 });
      await settle();
      expect(report.exitCode).toBeGreaterThan(0);
      expect(report.transitions.beginJob).toBe(0);
      expect(opened).toBeGreaterThan(0);
      expect(closed).toBe(opened);
    }
  });

  it('close the reader of every lane after a job that ends well', async () => {
    const log: string[] = [];
    const source = sourceOf(() => () => {
      log.push('open');
      return {
        kind: 'indexed',
        count: 9,
        identify: (index, id) =>
          void Object.assign(id, { run: 1, lumi: 1, event: index, timeUs: 0 }),
        read: () => undefined,
        close: () => void log.push('close'),
      };
    });
    const body = { source, modules: { a: adder() }, paths: { p: ['a'] } };
    expect(await runToy(body, { threads: 2, streams: 4 })).toMatchObject({
      exitCode: 0,
      events: 9,
    });
    expect(log).toEqual(['open', 'open', 'open', 'close', 'close', 'close']);
  });
});
