/**
 * `global` modules and partial products over several lanes. Proves that a `global` module has an instance a lane whose
 * transitions keep their order, and that what instances and EDM streams of all lanes put into runs and luminosity blocks is
 * reduced to what it is with one lane.
 */
import { describe, expect, it } from 'vitest';
import {
  defineSoA,
  type LuminosityBlock,
  type ModuleKind,
  type ProcessBody,
  type Run,
} from 'edmesh';
import { eventSource } from 'edmesh/testing';
import { analyzer, eventsOf, runToy, Words } from './toy-job.ts';

const Hits = defineSoA('Hits', { x: 'float64', id: 'int32' });
const twoLanes = { threads: 2, streams: 4 };
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** External work of some turns of the event loop, so that events interleave. */
const works = (turns: number): Promise<void> =>
  turns === 0 ? Promise.resolve() : turn().then(() => works(turns - 1));

const joined = (a: readonly string[], b: readonly string[]) => [...a, ...b].sort();

/** A recorder of one global module; what each instance is told has its number before it. */
const hooksOf = (log: string[], slow: (instance: number) => number, reduce = true) => {
  let instances = 0;
  return analyzer(
    (context) => {
      const instance = instances++;
      const options = reduce ? { reduce: joined } : {};
      const inLumi = context.produces(Words, { level: 'lumi', ...options });
      const inRun = context.produces(Words, { level: 'run', ...options });
      let [ofLumi, ofRun]: string[][] = [[], []];
      const tell = async (what: string) => {
        log.push(`${String(instance)} ${what}`);
        await works(slow(instance));
        log.push(`${String(instance)} ${what} done`);
      };
      return {
        beginJob: () => tell('beginJob'),
        beginRun: ({ run }) => tell(`beginRun ${String(run)}`),
        beginLumi: ({ run, lumi }) => tell(`beginLumi ${String(run)}:${String(lumi)}`),
        analyze: ({ event }) => {
          ofLumi!.push(String(event));
          ofRun!.push(String(event));
        },
        endLumi: async (lumi) => {
          await tell(`endLumi ${String(lumi.run)}:${String(lumi.lumi)}`);
          lumi.put(inLumi, ofLumi!);
          ofLumi = [];
        },
        endRun: async (run) => {
          await tell(`endRun ${String(run.run)}`);
          run.put(inRun, ofRun!);
          ofRun = [];
        },
        endJob: () => tell('endJob'),
      };
    },
    { kind: 'global' },
  );
};

/** Tells the product of another module at the end of each block. */
const endTeller = (label: string, seen: string[], kind: ModuleKind = 'stream') =>
  analyzer(
    (context) => {
      const ofLumi = context.consumes(Words, label, 'lumi');
      const ofRun = context.consumes(Words, label, 'run');
      return {
        analyze: () => undefined,
        endLumi: (lumi) => void seen.push(`${String(lumi.lumi)} ${lumi.get(ofLumi).join(' ')}`),
        endRun: (run) => void seen.push(`run ${String(run.run)} ${run.get(ofRun).join(' ')}`),
      };
    },
    { kind },
  );

describe('a global module', () => {
  it.each([
    ['at once', () => 0],
    ['with slow hooks', () => 2],
    ['slower in another lane', (instance: number) => (instance === 0 ? 0 : 6)],
  ])('has an instance a lane, whose transitions keep their order: %s', async (_name, slow) => {
    const log: string[] = [];
    const seen: string[] = [];
    const body = {
      source: eventSource(eventsOf(12, 2, 2)),
      modules: { all: hooksOf(log, slow), tells: endTeller('all', seen) },
      paths: { p: ['all', 'tells'] },
      options: { concurrentLumis: 1 },
    };
    const report = await runToy(body, { threads: 2, streams: 4 });
    expect(report.errors).toEqual([]);
    expect(seen).toEqual([
      ...['1 1 2', '2 3 4', 'run 1 1 2 3 4', '1 5 6', '2 7 8', 'run 2 5 6 7 8'],
      ...['1 10 9', '2 11 12', 'run 3 10 11 12 9'],
    ]);
    const transitions = (run: number) => [
      `beginRun ${String(run)}`,
      ...[1, 2].flatMap((lumi) => [
        `beginLumi ${String(run)}:${String(lumi)}`,
        `endLumi ${String(run)}:${String(lumi)}`,
      ]),
      `endRun ${String(run)}`,
    ];
    const all = ['beginJob', ...[1, 2, 3].flatMap(transitions), 'endJob'];
    const each = all.flatMap((what) => [what, `${what} done`]);
    for (const instance of ['0', '1']) {
      const mine = log.filter((line) => line.startsWith(instance)).map((line) => line.slice(2));
      expect(mine).toEqual(each);
    }
  });

  it('that puts into blocks in several lanes needs a reduction', async () => {
    const body = (reduce: boolean) => ({
      source: eventSource(eventsOf(4)),
      modules: { all: hooksOf([], () => 0, reduce) },
      paths: { p: ['all'] },
    });
    expect(await runToy(body(true), twoLanes)).toMatchObject({ exitCode: 0 });
    const report = await runToy(body(false), twoLanes);
    expect(report.errors[0]).toMatchObject({ code: 'EDMESH_PUT_TWICE', fatal: true });
    expect(report.errors[0]?.message).toMatch(/all puts Words.*declare its reduction/);
    expect(await runToy(body(false), { threads: 1, streams: 4 })).toMatchObject({ exitCode: 0 });
  });

  it.each([true, false])(
    'gives what it puts at a begin to every lane, as with one lane (reduction: %s)',
    async (reduces) => {
      const seen: string[][] = [];
      const body = (): ProcessBody => {
        const found: string[] = [];
        seen.push(found);
        const maker = analyzer(
          (context) => {
            const options = reduces ? { reduce: joined } : {};
            const ofRun = context.produces(Words, { level: 'run', ...options });
            const ofLumi = context.produces(Words, { level: 'lumi', ...options });
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
            acquire: (_event, _setup, holder) => {
              holder.follow(works(1));
            },
            analyze: ({ event, runProducts, lumiProducts }) => {
              const words = [...runProducts.get(ofRun), ...lumiProducts.get(ofLumi)];
              found.push(`${String(event)} ${words.join(' ')}`);
            },
            endLumi: (lumi) => {
              found.push(`end ${lumi.runProducts.get(ofRun).join()} ${lumi.get(ofLumi).join()}`);
            },
          };
        });
        return {
          source: eventSource(eventsOf(8, 2, 2)),
          modules: { maker, reader },
          paths: { p: ['maker', 'reader'] },
        };
      };
      for (const threads of [1, 2, 3]) {
        expect((await runToy(body(), { threads, streams: 4 })).errors).toEqual([]);
      }
      const [alone, ...others] = seen.map((found) => found.sort());
      expect(alone).toContain('3 run1 lumi2');
      for (const found of others) expect(found).toEqual(alone);
    },
  );
});

describe('partial products of EDM streams', () => {
  it('are reduced over all lanes, SoA too', async () => {
    const seen: string[] = [];
    const added = (a: { readonly x: Float64Array; readonly id: Int32Array }, b: typeof a) => {
      const size = a.x.length;
      const buffer = new ArrayBuffer(Hits.byteLength(size));
      const sum = Hits.view(buffer, size);
      for (let i = 0; i < size; i++) {
        sum.x[i] = a.x[i]! + b.x[i]!;
        sum.id[i] = a.id[i]! + b.id[i]!;
      }
      return sum;
    };
    const gather = analyzer((context) => {
      const words = context.produces(Words, { level: 'lumi', reduce: joined });
      const ofRun = context.produces(Words, { level: 'run', reduce: joined });
      const soa = context.produces(Hits, { level: 'lumi', reduce: added });
      let events: number[] = [];
      let all: string[] = [];
      return {
        acquire: (_event, _setup, holder) => {
          holder.follow(works(1));
        },
        analyze: ({ event }) => {
          events.push(event);
          all.push(String(event));
        },
        streamEndLumi: (lumi) => {
          lumi.put(words, events.map(String));
          const hits = lumi.allocate(Hits, 1);
          hits.x[0] = events.reduce((sum, event) => sum + event / 2, 0);
          hits.id[0] = events.length;
          lumi.put(soa, hits);
          events = [];
        },
        streamEndRun: (run) => {
          run.put(ofRun, all);
          all = [];
        },
      };
    });
    const reader = analyzer(
      (context) => {
        const words = context.consumes(Words, 'gather', 'lumi');
        const soa = context.consumes(Hits, 'gather', 'lumi');
        const ofRun = context.consumes(Words, 'gather', 'run');
        return {
          analyze: () => undefined,
          endLumi: (lumi) => {
            const { x, id } = lumi.get(soa);
            seen.push(`${lumi.get(words).join(' ')} | ${String(x[0])} ${String(id[0])}`);
          },
          endRun: (run) => void seen.push(`run ${run.get(ofRun).join(' ')}`),
        };
      },
      { kind: 'one' },
    );
    const body = {
      source: eventSource(eventsOf(8, 2, 2)),
      modules: { reader, gather },
      paths: { p: ['gather', 'reader'] },
    };
    const report = await runToy(body, { threads: 3, streams: 6 });
    expect(report.errors).toEqual([]);
    expect(seen).toEqual([
      ...['1 2 | 1.5 2', '3 4 | 3.5 2', 'run 1 2 3 4'],
      ...['5 6 | 5.5 2', '7 8 | 7.5 2', 'run 5 6 7 8'],
    ]);
  });
});

describe('what is put into a block at its begin and at its end', () => {
  const makers = {
    'by a global module': (kind: 'global' | 'stream') => kind === 'global',
    'by a module of EDM streams': (kind: 'global' | 'stream') => kind === 'stream',
  };
  const reductions = {
    'a new list': joined,
    'the first list, longer': (a: string[], b: string[]) => {
      a.push(...b);
      return a.sort();
    },
    'the second list, longer': (a: string[], b: string[]) => {
      b.push(...a);
      return b.sort();
    },
  };
  const cases = Object.keys(makers).flatMap((maker) =>
    Object.keys(reductions).flatMap((reduction) =>
      [1, 2, 3].map((threads) => ({ maker, reduction, threads })),
    ),
  );

  it.each(cases)(
    'counts once, $maker, reduced to $reduction: $threads lanes',
    async ({ maker, reduction, threads }) => {
      const kind = makers[maker as keyof typeof makers]('global') ? 'global' : 'stream';
      const reduce = reductions[reduction as keyof typeof reductions] as typeof joined;
      const seen: string[] = [];
      const made = analyzer(
        (context) => {
          const ofLumi = context.produces(Words, { level: 'lumi', reduce });
          const ofRun = context.produces(Words, { level: 'run', reduce });
          let [inLumi, inRun]: string[][] = [[], []];
          const ends = {
            lumi: (lumi: LuminosityBlock) => {
              lumi.put(ofLumi, inLumi!);
              inLumi = [];
            },
            run: (run: Run) => {
              run.put(ofRun, inRun!);
              inRun = [];
            },
          };
          return {
            acquire: (_event, _setup, holder) => {
              holder.follow(works(1));
            },
            analyze: ({ event }) => {
              inLumi!.push(String(event));
              inRun!.push(String(event));
            },
            beginRun: (run) => run.put(ofRun, ['begin']),
            beginLumi: (lumi) => lumi.put(ofLumi, ['begin']),
            ...(kind === 'global'
              ? { endLumi: ends.lumi, endRun: ends.run }
              : { streamEndLumi: ends.lumi, streamEndRun: ends.run }),
          };
        },
        { kind },
      );
      const body = {
        source: eventSource(eventsOf(8, 2, 2)),
        modules: { made, tells: endTeller('made', seen, 'one') },
        paths: { p: ['made', 'tells'] },
      };
      const report = await runToy(body, { threads, streams: 6 });
      expect(report.errors).toEqual([]);
      expect(seen).toEqual([
        ...['1 1 2 begin', '2 3 4 begin', 'run 1 1 2 3 4 begin'],
        ...['1 5 6 begin', '2 7 8 begin', 'run 2 5 6 7 8 begin'],
      ]);
    },
  );
});
