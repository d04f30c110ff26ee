/**
 * What an event tells about itself. Proves that every run, lumi and event carries the process history, that provenance can
 * be asked and compared, that statuses of paths are products, and what `consumesMatching` selects.
 */
import { describe, expect, it } from 'vitest';
import {
  branchName,
  compareProvenance,
  configurationHash,
  defineProcess,
  EndPathStatusProduct,
  PathStatusProduct,
  TriggerResults,
  type ProcessBody,
  type ProcessHistory,
} from 'edmesh';
import { eventSource, runProcess, sourceProduct } from 'edmesh/testing';
import type { Provenance } from '../../edm/provenance.ts';
import { version } from '../../actors/version.ts';
import { adder, analyzer, eventsOf, Num, passes, producer, runToy, Words } from './toy-job.ts';

describe('the process history', () => {
  it('is on every run, lumi and event, with name, configuration hash and version', async () => {
    const seen: ProcessHistory[] = [];
    const body: ProcessBody = {
      source: eventSource(eventsOf(2)),
      modules: {
        a: analyzer(() => ({
          beginRun: (run) => void seen.push(run.processHistory),
          beginLumi: (lumi) => void seen.push(lumi.processHistory),
          analyze: (event) => void seen.push(event.processHistory),
        })),
      },
      paths: { p: ['a'] },
    };
    const report = await runToy(body);
    const { data } = defineProcess({ name: 'TEST', ...body }).configure();
    const hash = configurationHash(data);
    expect(seen).toHaveLength(4);
    for (const history of seen) {
      expect(history).toBe(seen[0]);
      expect(history.steps).toEqual([{ processName: 'TEST', configurationHash: hash, version }]);
    }
    expect(report).toMatchObject({ configurationHash: hash, version, process: 'TEST' });
  });
});

describe('provenance', () => {
  const provenanceOf = async (body: ProcessBody, label = 'b') => {
    const seen: Provenance[] = [];
    const asks = analyzer((context) => {
      const token = context.consumes(Num, label);
      return { analyze: (event) => void seen.push(event.provenance(token)) };
    });
    const report = await runToy({
      ...body,
      modules: { ...body.modules, asks },
      endPaths: { e: ['asks'] },
    });
    expect(report.errors).toEqual([]);
    return seen[0]!;
  };
  const body: ProcessBody = {
    source: eventSource([{ products: [sourceProduct(Num, 1)] }]),
    modules: { a: adder(), b: adder(['source', 'a']) },
    paths: { p: ['a', 'b'] },
  };

  it('names module, type, parents and history', async () => {
    const provenance = await provenanceOf(body);
    expect(provenance).toMatchObject({
      branchName: 'Num_b__TEST',
      moduleLabel: 'b',
      moduleType: body.modules?.b?.type,
      parents: ['Num_a__TEST', 'Num_source__TEST'],
    });
    expect(provenance.parametersHash).toMatch(/^[0-9a-f]{32}$/);
    expect(provenance.processHistoryId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('of what the source puts names the source', async () => {
    expect(await provenanceOf(body, 'source')).toMatchObject({
      moduleLabel: 'source',
      moduleType: 'TestSource',
      parents: [],
    });
  });

  it('is equal for the same product, and tells where it differs for others', async () => {
    const one = await provenanceOf(body);
    expect(compareProvenance(one, one)).toEqual([]);
    expect(compareProvenance(one, await provenanceOf(body, 'a'))).toEqual([
      'branchName',
      'moduleLabel',
      'moduleType',
      'processHistoryId',
      'parents',
    ]);
  });
});

describe('statuses of paths', () => {
  it('are products: of each path when it ends, and of all before the end paths', async () => {
    const seen: unknown[] = [];
    const reads = analyzer((context) => {
      const all = context.consumes(TriggerResults, 'TriggerResults');
      const odd = context.consumes(PathStatusProduct, 'odd');
      return { analyze: (event) => void seen.push([event.get(all), event.get(odd)]) };
    });
    const watchesEnd = analyzer((context) => {
      const status = context.consumes(EndPathStatusProduct, 'first');
      return { analyze: (event) => void seen.push(event.get(status)) };
    });
    const report = await runToy({
      source: eventSource(eventsOf(3)),
      modules: {
        a: adder(),
        isOdd: passes((event) => event % 2 === 1),
        bad: producer(() => ({
          produce: (event) => {
            if (event.event === 3) throw new Error('bad');
          },
        })),
        reads,
        watchesEnd,
      },
      paths: { odd: ['a', 'isOdd', 'bad'], even: ['!isOdd'], all: ['a', '-isOdd'], none: [] },
      endPaths: { second: ['watchesEnd'], first: ['a', 'reads'] },
      options: { tryToContinue: ['StdException'] },
    });
    const of = (odd: object, even: string) => ({
      odd,
      even: { state: even, index: 0 },
      all: { state: 'pass', index: 1 },
      none: { state: 'pass', index: 0 },
    });
    const [pass, fail, exception] = [
      { state: 'pass', index: 2 },
      { state: 'fail', index: 1 },
      { state: 'exception', index: 2 },
    ];
    const firstPassed = { state: 'pass', index: 1 };
    expect(seen).toEqual([
      ...[[of(pass, 'fail'), pass], firstPassed],
      ...[[of(fail, 'pass'), fail], firstPassed],
      ...[[of(exception, 'fail'), exception], firstPassed],
    ]);
    expect(report.exitCode).toBe(0);
  });

  it('are there for a module that reads them together with what runs on demand', async () => {
    const seen: unknown[] = [];
    const reads = analyzer((context) => {
      const all = context.consumes(TriggerResults, 'TriggerResults');
      const token = context.consumes(Num, 'c');
      return {
        analyze: (event) => void seen.push([event.get(all).p?.state, event.find(token)]),
      };
    });
    await runToy({
      source: eventSource(eventsOf(1)),
      modules: { a: adder(), b: adder(['a']), c: adder(['b']), reads },
      paths: { p: [] },
      endPaths: { e: ['reads'] },
    });
    expect(seen).toEqual([['pass', 3]]);
  });

  it('can be read on a path where the other path does not wait for it', async () => {
    const seen: unknown[] = [];
    const reads = analyzer((context) => {
      const token = context.consumes(PathStatusProduct, 'p');
      return { analyze: (event) => void seen.push(event.get(token)) };
    });
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: { a: adder(), no: passes(() => false), reads },
      paths: { q: ['reads'], p: ['a', 'no', 'a'] },
    });
    expect(report.errors).toEqual([]);
    expect(seen).toEqual([{ state: 'fail', index: 1 }]);
  });
});

describe('consumesMatching', () => {
  it('selects products of modules and source, not statuses and not its own', async () => {
    const selected: string[][] = [];
    const matching = producer((context) => {
      context.produces(Words);
      const all = context.consumesMatching(() => true);
      const some = context.consumesMatching(({ moduleLabel }) => moduleLabel.startsWith('a'));
      return {
        produce: (event) => {
          for (const { selected: each } of [all, some]) {
            selected.push(each.map(({ branch }) => branchName(branch)));
            for (const { token, type } of each)
              expect(type.problem(event.get(token))).toBe(undefined);
          }
        },
      };
    });
    const report = await runToy(
      {
        source: eventSource([{ products: [sourceProduct(Words, ['x'])] }]),
        modules: { a1: adder(), matching, a2: adder(), b: adder() },
        paths: { p: ['a1', 'matching'] },
      },
      { streams: 2 },
    );
    expect(report.errors).toEqual([]);
    expect(selected).toEqual([
      ['Words_source__TEST', 'Num_a1__TEST', 'Num_a2__TEST', 'Num_b__TEST'],
      ['Num_a1__TEST', 'Num_a2__TEST'],
    ]);
  });

  it('asks for what it selects, so that it runs on demand', async () => {
    const { products } = await runProcess(
      defineProcess({
        name: 'TEST',
        source: eventSource(eventsOf(1)),
        modules: {
          lazy: adder(),
          all: analyzer((context) => {
            context.consumesMatching(() => true);
            return { analyze: () => undefined };
          }),
        },
        paths: { p: ['all'] },
      }).configure(),
    );
    expect(products.get(0)).toEqual({ Num_lazy__TEST: 1 });
  });

  it('of each other is a cycle', async () => {
    const matching = () =>
      producer((context) => {
        context.produces(Num);
        context.consumesMatching(() => true);
        return { produce: () => undefined };
      });
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: { a: matching(), b: matching() },
      paths: { p: ['a'] },
    });
    expect(report.errors[0]?.fields.problems).toEqual(['modules wait for each other: a → b → a']);
  });
});
