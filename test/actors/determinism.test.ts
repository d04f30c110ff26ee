/**
 * What must not depend on how a job is run. Proves that digests, random numbers and counts are the same for any number of
 * EDM streams with external work that ends in random order, that digests notice any difference in products, and that
 * warm-up events leave no trace.
 */
import { describe, expect, it } from 'vitest';
import { defineTransient, type Configuration, type ProcessBody } from 'edmesh';
import { eventSource, simulatedEnvironment, sourceProduct } from 'edmesh/testing';
import type { JobOptions } from '../../actors/job/job-options.ts';
import type { JobReport } from '../../actors/job/report.ts';
import { adder, analyzer, eventsOf, filter, Num, producer, runToy, Words } from './toy-job.ts';

/** Numbers that look random but are the same every time. */
function scrambled(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A producer that waits a scrambled time, then puts random numbers. */
const draws = (wait: (done: () => void) => void, kind: 'stream' | 'global' | 'one' = 'stream') =>
  producer(
    (context) => {
      const put = context.produces(Words);
      return {
        acquire: (_event, _setup, holder) => {
          wait(() => holder.done());
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

const half = filter((context) => {
  const put = context.produces(Num);
  return {
    filter: (event) => {
      event.put(put, event.random.uniform());
      return event.random.uniform() < 0.5;
    },
  };
});

/** What became of the modules, whose types have a new name in every process. */
const countsOf = ({ modules }: JobReport) =>
  Object.entries(modules).map(([label, { type: _, ...counts }]) => [label, counts]);

async function run(options: Partial<JobOptions>, seed = 1, shuffle = 1) {
  const environment = simulatedEnvironment();
  const next = scrambled(shuffle);
  const wait = (done: () => void) => {
    const turns = Math.floor(next() * 5);
    let work = Promise.resolve();
    for (let turn = 0; turn < turns; turn++) work = work.then(() => undefined);
    if (next() < 0.3) setImmediate(done);
    else void work.then(done);
  };
  const drawn = new Map<number, string>();
  const tells = analyzer((context) => {
    const tokens = ['a', 'b'].map((label) => context.consumes(Words, label));
    return {
      analyze: (event) => {
        drawn.set(event.ordinal, tokens.map((token) => event.get(token).join()).join(' '));
      },
    };
  });
  const body: ProcessBody = {
    source: eventSource(eventsOf(30, 4, 2)),
    modules: {
      a: draws(wait),
      b: draws(wait, 'one'),
      c: draws(wait, 'global'),
      half,
      sum: adder(['half']),
      tells,
    },
    paths: { p: ['a', 'half', 'c', 'sum'], q: ['b'] },
    endPaths: { e: ['tells'] },
    options: { seed },
  };
  const report = await runToy(body, { digest: true, ...options }, environment);
  expect(report.errors).toEqual([]);
  return { report, drawn: [...drawn].sort(([a], [b]) => a - b) };
}

describe('any number of EDM streams', () => {
  it('gives the same digests, counts and random numbers, in whatever order work ends', async () => {
    const one = await run({ streams: 1 });
    expect(one.report.digest).toMatch(/^[0-9a-f]{32}$/);
    expect(Object.keys(one.report.digests ?? {})).toEqual(['a', 'b', 'c', 'half', 'sum']);
    for (const [streams, shuffle] of [
      [1, 2],
      [2, 3],
      [7, 4],
      [7, 5],
      [40, 6],
    ] as const) {
      const many = await run({ streams }, 1, shuffle);
      expect(many.report.digest).toBe(one.report.digest);
      expect(many.report.digests).toEqual(one.report.digests);
      expect(many.report.paths).toEqual(one.report.paths);
      expect(countsOf(many.report)).toEqual(countsOf(one.report));
      expect(many.drawn).toEqual(one.drawn);
    }
  });

  it('gives other numbers for another seed, another module and another event', async () => {
    const [one, other] = [await run({}), await run({}, 2)];
    expect(other.report.digest).not.toBe(one.report.digest);
    const words = one.drawn.flatMap(([, text]) => text.split(' '));
    expect(new Set(words).size).toBe(60);
  });
});

describe('random numbers', () => {
  it('are drawn again as they were when an event comes again', async () => {
    const drawn: number[] = [];
    await runToy(
      {
        source: eventSource(eventsOf(3)),
        modules: {
          a: analyzer(() => ({ analyze: (event) => void drawn.push(event.random.bits()) })),
        },
        paths: { p: ['a'] },
      },
      { maxEvents: 6 },
    );
    expect(drawn.slice(3)).toEqual(drawn.slice(0, 3));
    expect(new Set(drawn).size).toBe(3);
  });

  it('are the same for a module alone as among others', async () => {
    const draw = async (others: Record<string, Configuration<'module'>>) => {
      const drawn: number[] = [];
      await runToy({
        source: eventSource(eventsOf(3)),
        modules: {
          ...others,
          mine: analyzer(() => ({ analyze: (event) => void drawn.push(event.random.uniform()) })),
        },
        paths: { p: [...Object.keys(others), 'mine'] },
      });
      return drawn;
    };
    const noisy = () =>
      analyzer(() => ({
        analyze: (event) => {
          for (let i = 0; i < event.event; i++) event.random.bits();
        },
      }));
    expect(await draw({ x: noisy(), y: noisy() })).toEqual(await draw({}));
  });
});

describe('the digest', () => {
  const digestOf = async (body: Partial<ProcessBody>, options: Partial<JobOptions> = {}) => {
    const base = { source: eventSource(eventsOf(4)), modules: { a: adder() }, paths: { p: ['a'] } };
    const report = await runToy({ ...base, ...body }, { digest: true, ...options });
    expect(report.errors).toEqual([]);
    return report.digests;
  };

  it('is left out unless asked for', async () => {
    const report = await runToy({ source: eventSource(eventsOf(1)) });
    expect(report).not.toHaveProperty('digest');
    expect(report).not.toHaveProperty('digests');
  });

  it('has products of modules and source, not path statuses and what is transient', async () => {
    const Handle = defineTransient('Handle', (value): value is object => value !== null);
    const holds = producer((context) => {
      const put = context.produces(Handle);
      return { produce: (event) => event.put(put, {}) };
    });
    const source = eventSource([{ products: [sourceProduct(Num, 1)] }]);
    const digests = await digestOf({
      source,
      modules: { a: adder(), holds },
      paths: { p: ['a', 'holds'] },
    });
    expect(Object.keys(digests ?? {})).toEqual(['a', 'source']);
  });

  it('depends on events and their order, and not on paths and other modules', async () => {
    const same = await digestOf({});
    expect(await digestOf({ paths: {}, endPaths: { e: ['a'] } })).toEqual(same);
    const more = await digestOf({ modules: { b: adder(), a: adder() }, paths: { p: ['b', 'a'] } });
    expect(more?.a).toBe(same?.a);
    expect(more?.b).not.toBe(same?.a);
    const fewer = await digestOf({}, { maxEvents: 3 });
    expect(fewer).not.toEqual(same);
    const reversed = eventSource(eventsOf(4).reverse());
    expect(await digestOf({ source: reversed })).not.toEqual(same);
  });

  it('does not cancel what is repeated', async () => {
    const one = eventSource(eventsOf(1));
    const digests = [];
    for (const maxEvents of [1, 2, 3]) digests.push(await digestOf({ source: one }, { maxEvents }));
    expect(new Set(digests.map((each) => each?.a)).size).toBe(3);
  });
});

describe('warm-up events', () => {
  it('are in no count, digest, summary or time, and run in instances of their own', async () => {
    const instances: boolean[] = [];
    const ended: number[] = [];
    const body = (): ProcessBody => ({
      source: eventSource(eventsOf(5)),
      modules: {
        a: adder(),
        counts: analyzer((context) => {
          instances.push(context.warmUp);
          let events = 0;
          return {
            analyze: () => {
              events++;
            },
            endJob: () => {
              ended.push(events);
              return { events };
            },
          };
        }),
      },
      paths: { p: ['a', 'counts'] },
    });
    const options = { digest: true, streams: 2 };
    const cold = await runToy(body(), options);
    const [coldInstances, coldEnded] = [instances.splice(0), ended.splice(0)];
    const warm = await runToy(body(), { ...options, warmupEvents: 9 });
    const rest = ({ configurationHash: _, modules: __, ...others }: JobReport) => others;
    expect(rest(warm)).toEqual(rest(cold));
    expect(countsOf(warm)).toEqual(countsOf(cold));
    expect(warm.modules.counts?.summary).toEqual({ events: 5 });
    expect(coldInstances).toEqual([false, false]);
    expect(instances).toEqual([true, true, false, false]);
    const total = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
    expect([total(coldEnded), total(ended)]).toEqual([5, 14]);
  });

  it('that fail end the job, with no event counted', async () => {
    const report = await runToy(
      {
        source: eventSource(eventsOf(3)),
        modules: {
          a: analyzer((context) => ({
            analyze: () => {
              if (context.warmUp) throw new Error('cold');
            },
          })),
        },
        paths: { p: ['a'] },
      },
      { warmupEvents: 2 },
    );
    expect(report).toMatchObject({ exitCode: 8002, events: 0 });
  });
});
