/**
 * However a job goes, it ends. Proves over random jobs (sources of every kind, blocks, EDM streams, limits, external work,
 * errors in events, hooks and the source, policies, a stop at any time) that it never hangs, that what has begun ends, and
 * that every event that was taken is accounted for.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { MutableEventId, SourceReader, TransitionHooks } from 'edmesh';
import { analyzer, Num, producer, sourceOf, toyJob } from './toy-job.ts';

const hookNames = [
  ...['beginJob', 'beginStream', 'beginRun', 'streamBeginRun', 'beginLumi', 'streamBeginLumi'],
  ...['streamEndLumi', 'endLumi', 'streamEndRun', 'endRun', 'endStream', 'endJob'],
] as (keyof TransitionHooks)[];

const anyJob = fc.record({
  blocks: fc.array(fc.record({ run: fc.integer({ min: 1, max: 3 }), events: fc.nat(4) }), {
    maxLength: 8,
  }),
  source: fc.constantFrom('indexed', 'indexed late', 'sequential', 'sequential late'),
  streams: fc.integer({ min: 1, max: 6 }),
  maxEvents: fc.constantFrom(-1, -1, 0, 3, 30),
  skipEvents: fc.constantFrom(0, 0, 2),
  concurrentLumis: fc.nat(3),
  concurrentRuns: fc.integer({ min: 1, max: 3 }),
  kind: fc.constantFrom('stream', 'global', 'one' as const),
  delays: fc.array(fc.nat(3), { minLength: 1, maxLength: 7 }),
  lateHooks: fc.boolean(),
  badEvents: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 2 }),
  badReads: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 2 }),
  badHook: fc.option(fc.record({ name: fc.constantFrom(...hookNames), call: fc.nat(4) })),
  policy: fc.constantFrom('rethrow', 'tryToContinue', 'ignoreCompletely' as const),
  stopAfterTurns: fc.option(fc.nat(40)),
});
type AnyJob = typeof anyJob extends fc.Arbitrary<infer T> ? T : never;

const turn = () => new Promise((resolve) => setImmediate(resolve));

function readerOf({ blocks, source, badReads }: AnyJob): SourceReader {
  const ids = blocks.flatMap(({ run, events }, lumi) =>
    Array.from({ length: events }, () => ({ run, lumi: lumi + 1 })),
  );
  const fill = (index: number, id: MutableEventId) =>
    void Object.assign(id, ids[index], { event: index + 1, timeUs: 0 });
  const read = (index: number) => {
    if (badReads.includes(index + 1)) throw new Error('bad read');
  };
  const late = source.endsWith('late');
  if (source.startsWith('indexed')) {
    return {
      kind: 'indexed',
      count: ids.length,
      identify: fill,
      read: (index) => (late ? turn().then(() => read(index)) : read(index)),
    };
  }
  let at = 0;
  const next = (id: MutableEventId) => {
    if (at >= ids.length) return false;
    fill(at++, id);
    read(at - 1);
    return true;
  };
  return {
    kind: 'sequential',
    next: (id) => (late ? turn().then(() => next(id)) : next(id)),
    rewind: () => void (at = 0),
  };
}

function jobOf(job: AnyJob) {
  const calls = new Map<string, number>();
  const hook = (name: keyof TransitionHooks) => {
    const call = calls.get(name) ?? 0;
    calls.set(name, call + 1);
    const bad = job.badHook?.name === name && job.badHook.call === call;
    if (job.lateHooks)
      return turn().then(() => (bad ? Promise.reject(new Error(name)) : undefined));
    if (bad) throw new Error(name);
    return undefined;
  };
  const allowed = hookNames.filter((name) => job.kind !== 'one' || !/stream/i.test(name));
  const hooks = () => Object.fromEntries(allowed.map((name) => [name, () => hook(name)]));
  const works = producer(
    (context) => {
      const put = context.produces(Num);
      return {
        ...hooks(),
        acquire: (event, _setup, holder) => {
          const delay = job.delays[event.ordinal % job.delays.length] ?? 0;
          if (delay === 0) holder.done();
          else if (delay === 1) holder.follow(Promise.resolve());
          else if (delay === 2) holder.follow(turn());
          else holder.follow(turn().then(turn));
        },
        produce: (event) => {
          if (job.badEvents.includes(event.event)) throw new Error('bad event');
          event.put(put, 1);
        },
      };
    },
    { kind: job.kind },
  );
  const seen: number[] = [];
  const reads = analyzer((context) => {
    const token = context.consumes(Num, 'works');
    return {
      analyze: (event) => {
        event.find(token);
        seen.push(event.ordinal);
      },
    };
  });
  const { streams, maxEvents, skipEvents, concurrentLumis, concurrentRuns, policy } = job;
  const options = { concurrentLumis, concurrentRuns, [policy]: ['StdException'] };
  const body = {
    source: sourceOf(() => () => readerOf(job)),
    modules: { works, reads },
    paths: { p: ['reads'] },
    options,
  };
  return { job: toyJob(body, { streams, maxEvents, skipEvents }), seen };
}

/** Found by this test: the event that opens a lumi came while closing the one before failed, and waited for ever. */
const hookFailsWhileTheNextLumiOpens: AnyJob = {
  blocks: [
    { run: 1, events: 1 },
    { run: 1, events: 1 },
  ],
  source: 'sequential late',
  streams: 2,
  ...{ maxEvents: -1, skipEvents: 0, concurrentLumis: 0, concurrentRuns: 1, kind: 'stream' },
  ...{ delays: [0], lateHooks: false, badEvents: [], badReads: [], stopAfterTurns: null },
  badHook: { name: 'streamEndLumi', call: 0 },
  policy: 'rethrow',
};

it('every job ends, whatever happens in it', async () => {
  await fc.assert(
    fc.asyncProperty(anyJob, async (drawn) => {
      const { job, seen } = jobOf(drawn);
      const running = job.run();
      let over = false;
      const isOver = () => over;
      void running.then(() => {
        over = true;
      });
      for (let turns = 0; turns < 3000; turns++) {
        if (isOver()) break;
        if (turns === drawn.stopAfterTurns) job.stop();
        await turn();
      }
      expect(isOver(), `still ${job.progress().phase}`).toBe(true);

      const report = await running;
      const { transitions, errors } = report;
      for (const what of ['Stream', 'Run', 'Lumi', 'Job'] as const) {
        expect(transitions[`begin${what}`], what).toBe(transitions[`end${what}`]);
      }
      expect(transitions.streamBeginRun).toBe(transitions.streamEndRun);
      expect(transitions.streamBeginLumi).toBe(transitions.streamEndLumi);
      expect(report.exitCode === 0).toBe(errors.every(({ fatal }) => !fatal));
      expect(new Set(seen).size).toBe(seen.length);
      const path = report.paths.p;
      expect(path?.run).toBe(report.events);
      expect(path?.pass).toBe(seen.length);

      const given = drawn.blocks.reduce((sum, { events }) => sum + events, 0);
      if (report.exitCode !== 0 || drawn.stopAfterTurns !== null) return;
      const all = Math.max(0, given - drawn.skipEvents);
      // Leaving out more than there is leaves nothing, also where the source could start over.
      const expected = drawn.maxEvents === -1 || all === 0 ? all : drawn.maxEvents;
      if (drawn.badReads.length === 0) expect(report.events).toBe(expected);
    }),
    { numRuns: 300, examples: [[hookFailsWhileTheNextLumiOpens]] },
  );
});
