/** Parameters, provenance, and the process definition as plain data that can be dumped and hashed. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalJson, type PlainData } from '../../edm/canonical.ts';
import { EdmeshError } from '../../edm/errors.ts';
import { defineAnalyzer, defineFilter, defineProducer } from '../../edm/module-definition.ts';
import {
  isConfiguration,
  parameterProblems,
  parseParameters,
  typeOf,
} from '../../edm/parameters.ts';
import {
  configurationHash,
  defineProcess,
  isProcessTemplate,
  registryKey,
} from '../../edm/process-definition.ts';
import { compareProvenance, createProcessHistory } from '../../edm/provenance.ts';
import { defineSource } from '../../edm/source-definition.ts';

const parameters = z.object({ n: z.int().default(3), name: z.string() });
const Maker = defineProducer({
  type: 'Maker',
  description: 'makes',
  parameters,
  construct: () => ({ produce() {} }),
});
const Look = defineAnalyzer({
  type: 'Look',
  description: 'looks',
  construct: () => ({ analyze() {} }),
});
const Nothing = defineSource({
  type: 'Nothing',
  description: 'no events',
  construct: () => ({ open: () => ({ kind: 'indexed', count: 0, identify() {}, read() {} }) }),
});

const body = {
  source: Nothing(),
  modules: { maker: Maker({ name: 'a' }), look: Look() },
  paths: { path: ['maker'] },
  endPaths: { end: ['look'] },
};
const codeOf = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'nothing was thrown';
};

describe('parameters', () => {
  it('get their defaults', () => {
    expect(parseParameters('maker', Maker.parameters, { name: 'x' })).toEqual({ n: 3, name: 'x' });
  });

  it('that are wrong are all listed, with their fields', () => {
    const given = { n: 1.5, nam: 'x' };
    expect(parameterProblems(Maker.parameters, given)).toHaveLength(3);
    expect(codeOf(() => parseParameters('maker', Maker.parameters, given))).toBe(
      'EDMESH_PARAMETER',
    );
    const parse = () => parseParameters('maker', Maker.parameters, given);
    expect(parse).toThrow(/^maker: 3 problems/);
    expect(parse).toThrow(/- n: .*\n.*- name: .*\n.*"nam"/);
    expect(parameterProblems(Look.parameters, { any: 1 })).toHaveLength(1);
  });

  it('are what a configuration holds, with a link to its type', () => {
    const configuration = Maker({ name: 'x' });
    expect(JSON.parse(JSON.stringify(configuration))).toEqual({
      type: 'Maker',
      parameters: { name: 'x' },
    });
    expect(isConfiguration(configuration)).toBe(true);
    expect(isConfiguration({ type: 'Maker', parameters: {} })).toBe(false);
    expect(typeOf(configuration)).toBe(Maker);
  });
});

describe('a module type', () => {
  it('is a stream module unless it says otherwise', () => {
    expect(Object.assign({}, Maker)).toMatchObject({
      typeName: 'Maker',
      role: 'module',
      moduleRole: 'producer',
      kind: 'stream',
    });
    const declaration = { description: '', construct: () => ({ filter: () => true }) };
    const Pass = defineFilter({ ...declaration, type: 'Pass', kind: 'global' });
    expect(Object.assign({}, Pass)).toMatchObject({ moduleRole: 'filter', kind: 'global' });
    expect(codeOf(() => defineFilter({ ...declaration, type: 'no_name' }))).toBe(
      'EDMESH_DEFINITION',
    );
  });
});

describe('a process', () => {
  const process = defineProcess({ name: 'TEST', ...body });

  it('is plain data, defaults included', () => {
    const { data, types } = process.configure();
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
    expect(data).toMatchObject({
      name: 'TEST',
      source: { type: 'Nothing', parameters: {} },
      modules: { maker: { type: 'Maker', parameters: { n: 3, name: 'a' } } },
      eventSetup: {},
      sequences: {},
      tasks: {},
      paths: { path: ['maker'] },
      endPaths: { end: ['look'] },
      options: { seed: 1, concurrentRuns: 1, eventTimeoutMs: 60_000, rethrow: [] },
    });
    expect([...types.keys()].sort()).toEqual(['module Look', 'module Maker', 'source Nothing']);
    expect(types.get(registryKey('module', 'Maker'))).toBe(Maker);
  });

  it('has a hash of all its data and of nothing else', () => {
    const hashOf = (change: object) =>
      configurationHash(defineProcess({ name: 'TEST', ...body, ...change }).configure().data);
    const hash = hashOf({});
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
    const reordered = { look: body.modules.look, maker: body.modules.maker };
    expect(hashOf({ modules: reordered })).toBe(hash);
    expect(hashOf({ options: { seed: 1 } })).toBe(hash);
    const changed = [
      { name: 'TEST2' },
      { options: { seed: 2 } },
      { paths: { path: ['!maker'] } },
      { paths: { other: ['maker'] } },
      { modules: { ...body.modules, maker: Maker({ name: 'b' }) } },
      { modules: { ...body.modules, maker: Maker({ name: 'a', n: 4 }) } },
      { source: undefined },
    ];
    expect(new Set([hash, ...changed.map(hashOf)]).size).toBe(changed.length + 1);
  });

  it('can be dumped and read back with the same hash', () => {
    const { data } = process.configure();
    const text = canonicalJson(data as unknown as PlainData);
    expect(configurationHash(JSON.parse(text) as typeof data)).toBe(configurationHash(data));
  });

  it('keeps parameters that construction will refuse', () => {
    const wrong = Maker({ name: 3 } as unknown as { name: string });
    const { data } = defineProcess({ name: 'TEST', modules: { wrong } }).configure();
    expect(data.modules.wrong?.parameters).toEqual({ name: 3 });
  });

  it('may depend on parameters of its own', () => {
    const template = defineProcess({
      name: 'TEST',
      parameters: z.object({ events: z.int().default(5), label: z.string() }),
      configure: ({ events, label }) => ({ modules: { [label]: Maker({ name: 'a', n: events }) } }),
    });
    expect(isProcessTemplate(template)).toBe(true);
    expect(template.configure({ label: 'x' }).data.modules).toEqual({
      x: { type: 'Maker', parameters: { n: 5, name: 'a' } },
    });
    expect(codeOf(() => template.configure({}))).toBe('EDMESH_PARAMETER');
    expect(codeOf(() => template.configure({ label: 'x', other: 1 }))).toBe('EDMESH_PARAMETER');
  });

  it('refuses names, options, modules and types that are none', () => {
    const refused = (declaration: object) =>
      codeOf(() => defineProcess({ name: 'TEST', ...declaration }).configure());
    expect(refused({ name: '' })).toBe('EDMESH_CONFIGURATION');
    expect(refused({ name: 'A_B' })).toBe('EDMESH_CONFIGURATION');
    expect(refused({ options: { seeds: 1 } })).toBe('EDMESH_CONFIGURATION');
    expect(refused({ options: { eventTimeoutMs: -1 } })).toBe('EDMESH_CONFIGURATION');
    expect(refused({ modules: { a: { type: 'Maker', parameters: {} } } })).toBe(
      'EDMESH_CONFIGURATION',
    );
    const declaration = { type: 'Maker', description: '', construct: () => ({ produce() {} }) };
    const twin = defineProducer(declaration);
    const modules = { a: Maker({ name: 'a' }), b: twin() };
    expect(refused({ modules })).toBe('EDMESH_CONFIGURATION');
    expect(isProcessTemplate({ name: 'TEST' })).toBe(false);
  });
});

describe('what does not type as a process', () => {
  const problemsOf = (declare: () => unknown): unknown => {
    try {
      declare();
    } catch (error) {
      if (!(error instanceof EdmeshError)) return error;
      expect(error.code).toBe('EDMESH_CONFIGURATION');
      for (const each of error.fields.problems as string[]) expect(error.message).toContain(each);
      return error.fields.problems;
    }
    return 'nothing was thrown';
  };
  const bodyProblems = (parts: object) =>
    problemsOf(() => defineProcess({ name: 'TEST', ...parts }).configure());

  it('is listed in one error, each problem with its field', () => {
    const wrong = {
      modules: { a: 3, b: null, c: Maker, d: Nothing(), e: Maker({ name: 'e' }) },
      eventSetup: [],
      source: Look(),
      sequences: 7,
      tasks: { t: null },
      paths: { p: 'abc', q: ['a', 3, null] },
      endPaths: null,
      options: { seed: -1, sead: 2 },
      pathz: {},
    };
    expect(bodyProblems(wrong)).toEqual([
      'source: Look is a module; a source belongs here',
      'modules.a: not a configured type but the number 3; call the type with its parameters',
      'modules.b: not a configured type but null; call the type with its parameters',
      'modules.c: not a configured type but a function; call the type with its parameters',
      'modules.d: Nothing is a source; a module belongs here',
      'eventSetup: must be an object of event setup producers by name, not a list',
      'sequences: must be an object of lists of labels by name, not the number 7',
      'tasks.t: must be a list of labels, not null',
      "paths.p: must be a list of labels, not the string 'abc'",
      'paths.q[1]: must be a label, not the number 3',
      'paths.q[2]: must be a label, not null',
      'endPaths: must be an object of lists of labels by name, not null',
      expect.stringMatching(/^options\.seed: /),
      expect.stringMatching(/^options\.sead: no such option; there are seed, /),
      expect.stringMatching(/^pathz: no such part; there are source, modules, /),
    ]);
  });

  it('may be two types of one name, or parameters that are no plain data', () => {
    const twin = defineProducer({
      type: 'Maker',
      description: '',
      construct: () => ({ produce() {} }),
    });
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const modules = {
      a: Maker({ name: 'a' }),
      b: twin(),
      c: Maker(circular as never),
      d: Maker({ name: 1n } as never),
    };
    expect(bodyProblems({ modules })).toEqual([
      'modules.b: two different types are called Maker',
      expect.stringMatching(/^modules\.c: parameters are not plain data .*circular/s),
      expect.stringMatching(/^modules\.d: parameters are not plain data .*BigInt/s),
    ]);
  });

  it.each([
    ['a promise', () => Promise.resolve({})],
    ['the number 5', () => 5],
    ['null', () => null],
    ['undefined', () => undefined],
    ['a list', () => []],
  ])('may be %s that configure returns', (what, configure) => {
    const template = defineProcess({
      name: 'TEST',
      parameters: z.object({}),
      configure: configure as () => object,
    });
    expect(problemsOf(() => template.configure())).toEqual([
      `configure must return an object with the parts of the process, not ${what}`,
    ]);
  });

  it('may be the head, told with the body where that stands beside it', () => {
    const declare = (declaration: unknown) =>
      problemsOf(() => defineProcess(declaration as { readonly name: string }));
    expect(declare({})).toEqual([
      'name: it is missing; use a letter followed by letters and digits',
    ]);
    expect(declare({ name: undefined })).toHaveLength(1);
    expect(declare({ name: 5, description: 5, parameters: {}, paths: 'abc' })).toEqual([
      'name: must be a string, not the number 5',
      'description: must be a string, not the number 5',
      'parameters: must be a zod object, z.object({ … }), not an object',
      "paths: must be an object of lists of labels by name, not the string 'abc'",
    ]);
    expect(declare({ name: 'T', configure: () => ({}), paths: {} })).toEqual([
      'paths: it stands beside configure; return it from configure instead',
    ]);
    expect(declare({ name: 'T', configure: {} })).toEqual([
      'configure: must be a function, not an object',
    ]);
    expect(declare(undefined)).toEqual([expect.stringContaining('defineProcess takes an object')]);
  });
});

describe('provenance', () => {
  const step = { processName: 'HLT', configurationHash: 'abc', version: '1' };

  it('of a process history has an id of every field and their order', () => {
    const steps = [step, { ...step, processName: 'RECO' }];
    const histories = [
      [],
      [step],
      steps,
      steps.toReversed(),
      [{ ...step, configurationHash: 'abd' }],
      [{ ...step, version: '2' }],
    ].map(createProcessHistory);
    expect(new Set(histories.map(({ id }) => id)).size).toBe(6);
    expect(createProcessHistory([step]).id).toBe(histories[1]?.id);
  });

  it('can be compared field by field', () => {
    const one = {
      branchName: 'A_a__P',
      moduleLabel: 'a',
      moduleType: 'Maker',
      parametersHash: '1',
      processHistoryId: '2',
      parents: ['B_b__P', 'C_c__P'],
    };
    expect(compareProvenance(one, { ...one, parents: [...one.parents] })).toEqual([]);
    expect(compareProvenance(one, { ...one, parametersHash: '9', parents: ['B_b__P'] })).toEqual([
      'parametersHash',
      'parents',
    ]);
    expect(compareProvenance(one, { ...one, moduleLabel: 'b', moduleType: 'X' })).toEqual([
      'moduleLabel',
      'moduleType',
    ]);
  });

  it('refuses a part that no process has', () => {
    const misspelt = defineProcess({ name: 'P', pathz: {} } as never);
    expect(() => misspelt.configure()).toThrow(
      /process P: 1 problem\n {2}- pathz: no such part; there are source, /,
    );
  });
});
