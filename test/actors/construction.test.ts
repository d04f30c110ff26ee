/**
 * Construction. Proves that what is wrong with a process is found before the first event and told all at once, by name and
 * with a hint where there is one; and that what is only odd is a warning.
 */
import { describe, expect, it } from 'vitest';
import {
  defineProcess,
  defineProducer,
  defineProduct,
  defineRecord,
  defineSetupProducer,
  z,
  type ModuleContext,
  type ProcessBody,
} from 'edmesh';
import { eventSource } from 'edmesh/testing';
import {
  adder,
  analyzer,
  eventsOf,
  filter,
  Num,
  passes,
  producer,
  runToy,
  Words,
} from './toy-job.ts';

/** The problems of a process that cannot be constructed. */
async function problemsOf(body: ProcessBody): Promise<readonly string[]> {
  const report = await runToy({ source: eventSource(eventsOf(1)), ...body });
  expect(report.exitCode).toBe(8009);
  expect(report.errors).toHaveLength(1);
  const [error] = report.errors;
  expect(error).toMatchObject({ code: 'EDMESH_CONFIGURATION', fatal: true });
  expect(report.events).toBe(0);
  const problems = error?.fields.problems as readonly string[];
  for (const problem of problems) expect(error?.message).toContain(problem);
  return problems;
}

const reading = (read: (context: ModuleContext) => unknown) =>
  analyzer((context) => {
    read(context);
    return { analyze: () => undefined };
  });

const Threshold = defineProducer({
  type: 'Threshold',
  description: 'Has parameters',
  parameters: z.object({ least: z.number(), name: z.string().default('x') }),
  construct: () => ({ produce: () => undefined }),
});

const Maker = defineSetupProducer({
  type: 'Maker',
  description: 'Makes one',
  record: defineRecord('TestRecord', 'run'),
  product: Num,
  construct: () => ({ produce: () => 1 }),
});

describe('one error lists', () => {
  it('all problems at once', async () => {
    const problems = await problemsOf({
      modules: {
        wrong: Threshold({ least: 'much', moar: 1 } as never),
        reads: reading((context) => context.consumes(Num, 'nobody')),
        broken: analyzer(() => {
          throw new Error('no such file');
        }),
        source: adder(),
      },
      sequences: { s: ['s'] },
      paths: { p: ['raeds', 's'] },
      options: { tryToContinue: ['A'], ignoreCompletely: ['A'] },
    });
    expect(problems).toEqual([
      expect.stringContaining("the label 'source' is taken"),
      expect.stringContaining('category A is listed twice'),
      expect.stringMatching(/^wrong \(Threshold\): .*least.*moar/s),
      expect.stringMatching(/^broken .*no such file/),
      expect.stringContaining("reads reads Num from 'nobody'"),
      expect.stringContaining("path p: no module or sequence 'raeds'; did you mean 'reads'?"),
      expect.stringContaining("sequence 's' contains itself"),
    ]);
  });

  it.each<[string, ProcessBody, readonly (string | RegExp)[]]>([
    [
      'unknown labels wherever they stand',
      {
        modules: { tracks: adder() },
        sequences: { s: ['trakcs'] },
        tasks: { t: ['none'] },
        paths: { p: ['s', '!gone'] },
        endPaths: { e: ['nowhere'] },
        options: { modulesToCallForTryToContinue: ['absent'] },
      },
      [
        "sequence s: no module or sequence 'trakcs'; did you mean 'tracks'?",
        "path p: no module or sequence 'gone'",
        "end path e: no module or sequence 'nowhere'",
        "task t: no module 'none'",
        "modulesToCallForTryToContinue: no module 'absent'",
      ],
    ],
    [
      'labels that every object seems to have',
      {
        modules: { a: reading((context) => context.consumes(Num, 'toString')) },
        paths: { p: ['constructor', 'a'] },
      },
      [
        /a reads Num from 'toString': there is no such module/,
        "path p: no module or sequence 'constructor'",
      ],
    ],
    [
      'sequences that contain each other',
      { modules: { a: adder() }, sequences: { s: ['a', 't'], t: ['s'] }, paths: { p: ['s'] } },
      ["sequence t: sequence 's' contains itself"],
    ],
    [
      'a sequence that is negated',
      { modules: { a: adder() }, sequences: { s: ['a'] }, paths: { p: ['!s'] } },
      [/'!s' negates or ignores a sequence/],
    ],
    [
      'a producer that is negated or ignored',
      { modules: { a: adder(), b: adder() }, paths: { p: ['!a'], q: ['-b'] } },
      [/path p: 'a' is negated .* a producer/, /path q: 'b' is negated .* a producer/],
    ],
    [
      'parameters by label and field',
      { modules: { a: Threshold({} as never), b: Threshold({ least: 1, name: 2 } as never) } },
      [/^a \(Threshold\): least: /, /^b \(Threshold\): name: /],
    ],
    [
      'a product instance that nobody makes',
      {
        modules: {
          a: adder(),
          b: reading((context) => context.consumes(Num, 'a:other')),
        },
        paths: { p: ['a', 'b'] },
      },
      ["b reads Num 'other' from 'a', which makes Num"],
    ],
    [
      'a product of another type than the one that is made',
      {
        modules: { a: adder(), b: reading((context) => context.consumes(Words, 'a')) },
        paths: { p: ['a', 'b'] },
      },
      ["b reads Words from 'a', which makes Num"],
    ],
    [
      'a product at another level, of another process, from a module that makes none',
      {
        modules: {
          a: adder(),
          none: passes(() => true),
          b: reading((context) => {
            context.consumes(Num, 'a', 'lumi');
            context.consumes(Num, 'a::OTHER');
            context.consumes(Num, 'none');
            context.consumes(Num, 'soruce');
          }),
        },
        paths: { p: ['a', 'b', 'none'] },
      },
      [
        "b reads Num from 'a', which makes Num (in the event)",
        /b reads Num from 'a' of process 'OTHER', which is not in the history/,
        "b reads Num from 'none', which makes nothing",
        "b reads Num from 'soruce': there is no such module; did you mean 'source'?",
      ],
    ],
    [
      'a type of the same name with another layout',
      {
        modules: {
          a: adder(),
          b: reading((context) => context.consumes(defineProduct('Num', z.string()), 'a')),
        },
        paths: { p: ['a', 'b'] },
      },
      [/b reads Num from 'a', which makes another type of that name with a different layout/],
    ],
    [
      'modules that read each other',
      { modules: { a: adder(['c']), b: adder(['a']), c: adder(['b']) }, paths: { p: ['a'] } },
      ['modules wait for each other: a → c → b → a'],
    ],
    [
      'a module that reads itself',
      { modules: { a: adder(['a']) }, paths: { p: ['a'] } },
      ['modules wait for each other: a → a'],
    ],
    [
      'a cycle through the order of a path',
      { modules: { a: adder(['b']), b: adder() }, paths: { p: ['a', 'b'] } },
      ['modules wait for each other: a → b → a; a reads b, which stands after it on path p'],
    ],
    [
      'every cycle, of reads and of orders',
      {
        modules: {
          a: adder(['b']),
          b: adder(['a']),
          self: adder(['self']),
          l: adder(),
          k: adder(['l']),
          m: adder(['o']),
          o: adder(['n']),
          n: adder(),
          fine: adder(['a', 'self', 'o']),
        },
        paths: { p: ['a', 'b', 'self'], q: ['k', 'l'], r: ['m', 'n'] },
        endPaths: { e: ['fine'] },
      },
      [
        'modules wait for each other: a → b → a',
        'modules wait for each other: self → self',
        'modules wait for each other: k → l → k; k reads l, which stands after it on path q',
        'modules wait for each other: m → o → n → m; m reads o, which reads n, which stands after m on path r',
      ],
    ],
    [
      'a path that reads what only an end path makes',
      { modules: { a: adder(['b']), b: adder() }, paths: { p: ['a'] }, endPaths: { e: ['b'] } },
      [
        'modules wait for each other: a → b → TriggerResults → p → a; a reads b, which stands on end paths alone, ' +
          'which come after TriggerResults, which lists the status of path p, which is the status of a path with a',
      ],
    ],
    [
      'lumi products that wait for each other',
      {
        modules: Object.fromEntries(
          [
            ['a', 'b'],
            ['b', 'a'],
          ].map(([label = '', other = '']) => [
            label,
            reading((context) => {
              context.produces(Words, { level: 'lumi', reduce: (a) => a });
              context.consumes(Words, other, 'lumi');
            }),
          ]),
        ),
        paths: { p: ['a', 'b'] },
      },
      [/wait for each other's lumi products: a, b/],
    ],
    [
      'an event setup product that nobody makes',
      { modules: { a: reading((context) => context.setupConsumes(Words)) }, paths: { p: ['a'] } },
      ['a reads Words from the event setup, which nothing there makes'],
    ],
    [
      'an event setup product of another layout',
      {
        eventSetup: { maker: Maker() },
        modules: { a: reading((c) => c.setupConsumes(defineProduct('Num', z.string()))) },
        paths: { p: ['a'] },
      },
      [/a reads Num from the event setup, which has another type .* different layout/],
    ],
    [
      'an event setup product that two make',
      { eventSetup: { one: Maker(), two: Maker() } },
      ['two and one both make the event setup product Num'],
    ],
    [
      'names that stand twice, are taken, or are none',
      {
        modules: { a: adder(), TriggerResults: adder(), '1st': adder() },
        sequences: { a: [] },
        paths: { p: ['a'] },
        endPaths: { p: [] },
      },
      [
        /modules: the label 'TriggerResults' is taken/,
        /modules: '1st' is not a label/,
        "'a' stands in modules and in sequences; names are unique",
        "'p' stands in paths and in endPaths; names are unique",
      ],
    ],
    [
      'a product declared twice',
      {
        modules: {
          a: producer((context) => {
            context.produces(Num);
            context.produces(Num);
            return { produce: () => undefined };
          }),
        },
        paths: { p: ['a'] },
      },
      ["a declares Num '' twice"],
    ],
    [
      'a one module with hooks of EDM streams',
      {
        modules: {
          a: analyzer(() => ({ analyze: () => undefined, beginStream: () => undefined }), {
            kind: 'one',
          }),
        },
        paths: { p: ['a'] },
      },
      [/^a \(.*a 'one' module has no EDM streams, but it has 'beginStream'/],
    ],
    [
      'lumi and run products of a stream module without reduction',
      {
        modules: {
          a: reading((context) => {
            context.produces(Words, { level: 'lumi' });
            context.produces(Words, { level: 'run' });
          }),
        },
        paths: { p: ['a'] },
      },
      [/a puts Words into the lumi from every EDM stream/, /a puts Words into the run from every/],
    ],
    [
      'a module without its call',
      {
        modules: { a: filter(() => ({ produce: () => undefined }) as never) },
        paths: { p: ['a'] },
      },
      [/^a \(.*no 'filter'/],
    ],
    [
      'an analyzer on a task',
      { modules: { a: reading(() => undefined) }, tasks: { t: ['a'] }, paths: { p: ['a'] } },
      ["task t: 'a' is an analyzer; nothing could ask for it"],
    ],
    [
      'an input tag that is none',
      {
        modules: { a: reading((context) => context.consumes(Num, 'a:b:c:d')) },
        paths: { p: ['a'] },
      },
      [/^a \(.*'a:b:c:d' is not an input tag/],
    ],
  ])('%s', async (_name, body, expected) => {
    const problems = await problemsOf(body);
    expect(problems).toEqual(
      expected.map((each): unknown =>
        typeof each === 'string' ? each : expect.stringMatching(each),
      ),
    );
  });

  it('a missing source', async () => {
    const report = await runToy({ modules: { a: adder() }, paths: { p: ['a'] } });
    expect(report.errors[0]?.fields.problems).toEqual(['process TEST has no source']);
    expect(report.exitCode).toBe(8009);
  });
});

describe('found with the process definition already', () => {
  it('is a name that is none, two types of one name, a value that is no configuration', () => {
    expect(() => defineProcess({ name: 'MY-TEST' })).toThrow(/MY-TEST.*letters and digits/);
    const twin = () =>
      defineProducer({
        type: 'Twin',
        description: '',
        construct: () => ({ produce: () => undefined }),
      })();
    const configure = (modules: NonNullable<ProcessBody['modules']>) => () =>
      defineProcess({ name: 'TEST', modules }).configure();
    expect(configure({ a: twin(), b: twin() })).toThrow(/b: two different types are called Twin/);
    expect(configure({ a: Threshold as never })).toThrow(/a: not a configured type/);
    expect(configure({ a: adder() })).not.toThrow();
  });

  it('is an option that is wrong', () => {
    const process = defineProcess({ name: 'TEST', options: { seed: -1, sead: 2 } as never });
    expect(() => process.configure()).toThrow(
      /process TEST: 2 problems(.|\n)*options\.seed: (.|\n)*options\.sead: /,
    );
  });
});

describe('found when it happens', () => {
  it.each([
    ['reads with a token of another module', 'find', 'EDMESH_UNDECLARED_ACCESS', 8010],
    ['puts with a token of another module', 'put', 'EDMESH_UNDECLARED_ACCESS', 8010],
    ['puts twice', 'twice', 'EDMESH_PUT_TWICE', 8008],
  ])('is a module that %s', async (_name, what, code, exitCode) => {
    let foreign: unknown;
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: {
        a: producer((context) => {
          const put = context.produces(Num);
          foreign = put;
          return { produce: (event) => event.put(put, 1) };
        }),
        b: producer((context) => {
          const put = context.produces(Num);
          return {
            produce: (event) => {
              if (what === 'find') event.find(foreign as never);
              else if (what === 'put') event.put(foreign as typeof put, 2);
              else for (let i = 0; i < 2; i++) event.put(put, i);
            },
          };
        }),
      },
      paths: { p: ['a', 'b'] },
    });
    expect(report.exitCode).toBe(exitCode);
    expect(report.errors).toMatchObject([{ code, fields: { label: 'b' } }]);
  });

  it('is an event setup product that was not declared', async () => {
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      eventSetup: { maker: Maker() },
      modules: {
        a: analyzer(() => ({ analyze: (_event, setup) => void setup.get(0 as never) })),
      },
      paths: { p: ['a'] },
    });
    expect(report.errors).toMatchObject([{ code: 'EDMESH_UNDECLARED_ACCESS' }]);
  });

  it.each<[string, (context: ModuleContext, instance: number) => unknown]>([
    ['other reads', (context, instance) => context.consumes(Num, instance === 0 ? 'a' : 'b')],
    ['another instance name', (c, instance) => c.consumes(Num, instance === 0 ? 'a' : 'a:x')],
    ['another level', (c, n) => c.consumes(Words, 'w', n === 0 ? 'lumi' : 'run')],
    ['fewer', (c, n) => [0].includes(n) && c.consumes(Num, 'a')],
    ['more', (c, n) => [1].includes(n) && c.consumes(Num, 'a')],
    ['other puts', (c, n) => c.produces(Num, { instance: `i${String(n)}` })],
  ])('is a module whose instances declare %s', async (_name, declare) => {
    let instances = 0;
    const report = await runToy(
      {
        source: eventSource(eventsOf(1)),
        modules: {
          a: adder(),
          b: adder(),
          w: producer((context) => {
            context.produces(Words, { level: 'lumi', reduce: (words) => words });
            context.produces(Words, { level: 'run', reduce: (words) => words });
            return { produce: () => undefined };
          }),
          c: reading((context) => {
            declare(context, instances++);
          }),
        },
        paths: { p: ['a', 'b', 'w', 'c'] },
      },
      { streams: 2 },
    );
    expect(report.errors).toMatchObject([
      { code: 'EDMESH_MODULE_CONTRACT', fields: { label: 'c' } },
    ]);
    expect(report.exitCode).toBe(8010);
  });

  it('is an option of the job out of range', async () => {
    const body = { source: eventSource(eventsOf(1)) };
    const job = async (options: object) => runToy(body, options);
    await expect(job({ streams: 0 })).rejects.toThrow('option streams is 0');
    await expect(job({ maxEvents: -2 })).rejects.toThrow('option maxEvents is -2');
    await expect(job({ skipEvents: 1.5 })).rejects.toThrow('option skipEvents is 1.5');
    await expect(job({ runForSeconds: 0 })).rejects.toThrow('must be positive');
    await expect(job({ runForSeconds: 1, maxEvents: 1 })).rejects.toThrow('exclude each other');
  });
});
