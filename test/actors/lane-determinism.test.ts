/**
 * What must not depend on lanes. Proves that digests, counts and random numbers are the same for any number of lanes and EDM
 * streams, with external work that ends in random order, and that any graph of producers and filters does in several lanes
 * what a plain sequential interpreter says.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProcessBody } from 'edmesh';
import { eventSource } from 'edmesh/testing';
import type { JobReport } from '../../actors/job/report.ts';
import { anyGraph, interpret, processOf } from './reference-schedule.ts';
import { adder, eventsOf, filter, Num, producer, runToy, Words } from './toy-job.ts';

/** Numbers that look random but are the same every time. */
function scrambled(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A producer whose external work takes a scrambled time, and which puts random numbers. */
const draws = (next: () => number, kind: 'stream' | 'global' | 'one') =>
  producer(
    (context) => {
      const put = context.produces(Words);
      return {
        acquire: (_event, _setup, holder) => {
          if (next() < 0.3) setImmediate(() => holder.done());
          else holder.done();
        },
        produce: (event) => {
          const { random } = event;
          const words = [random.bits(), random.integer(100), random.uniform(), random.gaussian()];
          event.put(put, words.map(String));
        },
      };
    },
    { kind },
  );

const bodyOf = (shuffle: number): ProcessBody => {
  const next = scrambled(shuffle);
  return {
    source: eventSource(eventsOf(24, 4, 2)),
    modules: {
      a: draws(next, 'stream'),
      b: draws(next, 'one'),
      c: draws(next, 'global'),
      half: filter((context) => {
        const put = context.produces(Num);
        return {
          filter: (event) => {
            event.put(put, event.random.uniform());
            return event.random.uniform() < 0.5;
          },
        };
      }),
      sum: adder(['half']),
    },
    paths: { p: ['a', 'half', 'c', 'sum'], q: ['b'] },
  };
};

const countsOf = ({ modules }: JobReport) =>
  Object.entries(modules).map(([label, { type: _, ...counts }]) => [label, counts]);

describe('the digest', () => {
  it('is the same for any number of lanes and EDM streams, and so are the counts', async () => {
    const options = { digest: true, maxEvents: 40 };
    const alone = await runToy(bodyOf(1), options);
    expect(alone.digest).toMatch(/^[0-9a-f]{32}$/);
    expect(Object.keys(alone.digests ?? {})).toEqual(['a', 'b', 'c', 'half', 'sum']);
    for (const threads of [1, 2, 3]) {
      for (let streams = threads; streams <= 8; streams++) {
        const many = await runToy(bodyOf(10 * threads + streams), { ...options, threads, streams });
        expect(many.errors).toEqual([]);
        expect(many.digest, `${String(threads)} lanes, ${String(streams)} EDM streams`).toBe(
          alone.digest,
        );
        expect(many.digests).toEqual(alone.digests);
        expect(many.paths).toEqual(alone.paths);
        expect(countsOf(many)).toEqual(countsOf(alone));
      }
    }
  });
});

describe('any graph', () => {
  it('does in several lanes what the plain interpreter says', async () => {
    const lanes = fc.integer({ min: 2, max: 3 });
    await fc.assert(
      fc.asyncProperty(anyGraph, lanes, fc.nat(5), async (graph, threads, more) => {
        const seen = new Map<number, Map<number, readonly number[]>>();
        const body = processOf(graph, (index, event, inputs) => {
          const inEvent = seen.get(event) ?? new Map<number, readonly number[]>();
          seen.set(event, inEvent);
          expect(inEvent.has(index), `m${String(index)} runs again`).toBe(false);
          inEvent.set(index, inputs);
        });
        const report = await runToy(body, { threads, streams: threads + more });
        expect(report).toMatchObject({ exitCode: 0, events: graph.events.length });
        const names = [...Object.keys(report.paths), ...Object.keys(report.endPaths)];
        const counts = names.map(() => ({ run: 0, pass: 0, fail: 0, exception: 0 }));
        graph.events.forEach((_, index) => {
          const expected = interpret(graph, index + 1);
          expect(seen.get(index + 1) ?? new Map()).toEqual(expected.seen);
          expected.statuses.forEach(({ state }, path) => {
            const count = counts[path]!;
            count.run++;
            if (state === 'pass' || state === 'fail' || state === 'exception') count[state]++;
          });
        });
        const told = [...Object.values(report.paths), ...Object.values(report.endPaths)];
        expect(told).toEqual(counts);
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same products with one lane and with several', async () => {
    await fc.assert(
      fc.asyncProperty(anyGraph, fc.integer({ min: 2, max: 3 }), async (graph, threads) => {
        const alone = await runToy(processOf(graph), { digest: true });
        const among = await runToy(processOf(graph), { digest: true, threads, streams: 4 });
        expect(among.digests).toEqual(alone.digests);
        expect(countsOf(among)).toEqual(countsOf(alone));
        expect(among.errorCount).toBe(alone.errorCount);
      }),
      { numRuns: 30 },
    );
  });
});
