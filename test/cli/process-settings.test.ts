/** `-p` and `--set`: how texts become values, and what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configParameters } from '../../cli/config/config-parameters.ts';
import { parameterRows } from '../../cli/parameter-rows.ts';
import { applySettings, emptied } from '../../cli/config/process-settings.ts';
import { assignText } from '../../cli/text-values.ts';
import {
  defineProcess,
  defineProducer,
  defineSource,
  type IndexedReader,
} from '../../edm/index.ts';

const parameters = z.object({
  input: z.string().describe('the file'),
  events: z.int().min(0).max(1000).default(10).describe('how many'),
  mode: z.enum(['fast', 'good']).default('fast'),
  validation: z.boolean().default(false),
  weights: z.array(z.number()).default([1]),
  text: z.string().optional(),
});
const Source = defineSource({
  type: 'TestSource',
  description: 'none',
  parameters: z.object({ file: z.string().default('') }),
  construct: () => ({
    open: (): IndexedReader => ({ kind: 'indexed', count: 0, identify() {}, read() {} }),
  }),
});
const Maker = defineProducer({
  type: 'Maker',
  description: 'makes',
  parameters: z.object({
    width: z.number().default(1),
    name: z.string().default('a'),
    cuts: z
      .strictObject({ low: z.number().default(0), list: z.array(z.int()) })
      .default({ low: 0, list: [1, 2] }),
  }),
  construct: () => ({ produce() {} }),
});
const template = defineProcess({
  name: 'TEST',
  parameters,
  configure: ({ input }) => ({
    source: Source({ file: input }),
    modules: { maker: Maker() },
    sequences: { all: ['maker'] },
    paths: { path: ['all'] },
    options: { modulesToCallForTryToContinue: ['maker'] },
  }),
});
const config = { template, file: 'test.config.ts' };
const given = (param: readonly string[], more = {}) => configParameters(config, { param, ...more });

describe('-p', () => {
  it('gives each value the kind that the schema asks for', () => {
    const param = [
      'input=12',
      'events=12',
      'mode=good',
      'validation=true',
      'weights=[1,2]',
      'text=null',
    ];
    expect(given(param)).toEqual({
      input: '12',
      events: 12,
      mode: 'good',
      validation: true,
      weights: [1, 2],
      text: 'null',
    });
    expect(given(['input=a=b'])).toEqual({ input: 'a=b' });
    expect(given(['input=1', 'input=2'])).toEqual({ input: '2' });
  });

  it('passes every text on where a text is asked for', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(given([`input=${text}`])).toEqual({ input: text });
      }),
    );
  });

  it('lists everything that is wrong', () => {
    expect(() => given(['events=-1', 'mode=best', 'evnts=1'])).toThrow(
      /4 problems(.|\n)*events: .*got -1(.|\n)*mode: (.|\n)*evnts: no such parameter; it has input, (.|\n)*input: required/,
    );
    expect(() => given(['events'])).toThrow('-p events: write -p key=value');
  });

  it('has switches of its own', () => {
    expect(given(['input=1'], { validation: true })).toEqual({ input: '1', validation: true });
    expect(given(['input=1'], { histograms: true })).toEqual({ input: '1' });
    const plain = { template: defineProcess({ name: 'P' }), file: 'p.config.ts' };
    expect(configParameters(plain, { param: [], validation: true })).toEqual({});
  });

  it('is described by the schema', () => {
    const rows = parameterRows(template.parameters);
    expect(rows[0]).toEqual({
      name: 'input',
      type: 'string',
      defaultValue: undefined,
      required: true,
      description: 'the file',
    });
    expect(rows.map(({ type }) => type)).toEqual([
      'string',
      'integer ≥ 0, ≤ 1000',
      'fast|good',
      'boolean',
      'list of number',
      'string',
    ]);
    expect(parameterRows(Maker.parameters).map(({ name }) => name)).toEqual([
      'width',
      'name',
      'cuts',
      'cuts.low',
      'cuts.list',
    ]);
  });
});

describe('--set', () => {
  const definition = template.configure({ input: 'file' });
  const set = (...settings: string[]) => applySettings(definition, settings).data;

  it('reaches modules, the source, options and nested values', () => {
    const data = set(
      'maker.width=2.5',
      'maker.name=7',
      'maker.cuts.low=-1',
      'maker.cuts.list.1=9',
      'source.file=other',
      'options.seed=5',
      'options.rethrow=["LogicError"]',
    );
    expect(data.modules.maker?.parameters).toEqual({
      width: 2.5,
      name: '7',
      cuts: { low: -1, list: [1, 9] },
    });
    expect(data.source?.parameters).toEqual({ file: 'other' });
    expect(data.options).toMatchObject({ seed: 5, rethrow: ['LogicError'] });
    expect(definition.data.modules.maker?.parameters).toMatchObject({ width: 1 });
  });

  it.each([
    ['nobody.a=1', /process TEST has no 'nobody'; it has options, source, maker/],
    ['maker.widht=1', /maker\.widht: unknown parameter 'widht'; maker has width, name, cuts/],
    ['maker.width=wide', /maker\.width: .*number/],
    ['maker.cuts.high=1', /maker\.cuts\.high: unknown parameter 'high'/],
    ['maker.cuts.list.0=x', /maker\.cuts\.list\.0: /],
    ['maker.width.inner=1', /maker\.width\.inner: /],
    ['options.seed=-1', /options\.seed: /],
    ['maker=1', /write --set label\.parameter=value/],
    ['maker.=1', /write --set/],
    ['maker.width', /write --set/],
    ['maker.__proto__.x=1', /unknown parameter '__proto__'/],
    ['constructor.x=1', /has no 'constructor'/],
  ])('refuses %s', (setting, message) => {
    expect(() => set(setting)).toThrow(message);
  });

  it('does not touch prototypes', () => {
    const schema = z.looseObject({});
    const { parameters: changed } = assignText(schema, {}, ['__proto__', 'polluted'], '1');
    expect(Object.keys(changed)).toEqual(['__proto__']);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('--empty', () => {
  it('leaves the source alone', () => {
    const { data } = emptied(template.configure({ input: 'file' }));
    expect(data).toMatchObject({ modules: {}, paths: {}, sequences: {}, endPaths: {} });
    expect(data.options.modulesToCallForTryToContinue).toEqual([]);
    expect(data.source).not.toBeNull();
  });
});
