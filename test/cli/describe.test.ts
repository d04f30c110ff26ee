/** `edmesh describe TYPE`: what a type reads, puts and takes from the event setup, with a process and without. */
import { describe, expect, it } from 'vitest';
import { declaredProducts } from '../../actors/index.ts';
import { describedType } from '../../cli/described-type.ts';
import { productsAlone } from '../../cli/products-alone.ts';
import {
  defineAnalyzer,
  defineProducer,
  defineProduct,
  defineRecord,
  defineSetupProducer,
  type ConfigurableType,
} from '../../edm/index.ts';
import { z } from 'zod';
import { program } from './program-run.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();
const Count = defineProduct('Count', z.number());
const Scale = defineProduct('Scale', z.number());
const Adder = defineProducer({
  type: 'Adder',
  description: 'adds counts',
  parameters: z.object({ from: z.string(), by: z.number().default(1) }),
  construct(context, { from }) {
    context.consumes(Count, from);
    context.mayConsume(Count, 'other:part', 'lumi');
    context.consumesMatching(() => false);
    context.setupConsumes(Scale);
    context.produces(Count);
    context.produces(Count, { instance: 'sum', level: 'run', reduce: (a, b) => a + b });
    return { produce: () => undefined };
  },
});
const Scaler = defineSetupProducer({
  type: 'Scaler',
  description: 'makes the scale',
  record: defineRecord('ScaleRecord', 'lumi'),
  product: Scale,
  construct: () => ({ produce: () => 1 }),
});
const alone = (type: ConfigurableType) =>
  describedType(type, [], productsAlone(type, { declaredProducts }));

describe('a type alone', () => {
  it('is constructed to see what it declares', () => {
    expect(alone(Adder)).toContain(
      [
        'Products, with from=FROM:',
        "  reads       Count from 'FROM'",
        "              Count from 'other:part', in the lumi, where there is one",
        '              what its predicate selects',
        '  puts        Count',
        "              Count 'sum', in the run",
        '  setup       Scale',
        '',
      ].join('\n'),
    );
  });

  it('tells product and record of an event setup producer', () => {
    const text = alone(Scaler);
    expect(text).toMatch(/^Scaler: event setup producer of ScaleRecord\n/);
    expect(text).toContain('Product:\n  makes       Scale of ScaleRecord, by lumi\n');
  });

  it.each<[string, () => void, z.ZodObject]>([
    ['least: ', () => undefined, z.object({ least: z.number() })],
    [
      'no such device',
      () => {
        throw new Error('no such device');
      },
      z.object({}),
    ],
  ])('says so where it cannot be constructed: %s', (message, fail, parameters) => {
    const Picky = defineAnalyzer({
      type: 'Picky',
      description: 'wants much',
      parameters,
      construct() {
        fail();
        return { analyze: () => undefined };
      },
    });
    const text = alone(Picky);
    expect(text).toContain('name a config with --config\n  described (Picky): ');
    expect(text).toContain(message);
  });

  it.each([
    ['MdfSource', 'Products, with file=FILE:\n  puts        RawEvent\n'],
    ['CsvSource', 'Products, with file=FILE:\n  puts        TableRow\n'],
    ['ParquetSource', 'Products, with file=FILE:\n  puts        TableRow\n'],
    ['EmptySource', 'Products:\n  products    none\n'],
  ])('comes with edmesh: %s', async (name, text) => {
    const { status, out } = await program(['describe', name]);
    expect(status).toBe(0);
    expect(out).toContain(text);
  });
});

describe('a type of a config', () => {
  const config = folder.write(
    'flow.config.ts',
    `import { defineAnalyzer, defineProcess, defineProducer, defineProduct, defineRecord } from 'edmesh';
import { defineSetupProducer, defineSource, z } from 'edmesh';
const Count = defineProduct('Count', z.number());
const Scale = defineProduct('Scale', z.number());
const Counts = defineSource({ type: 'Counts', description: 'counts', construct(context) {
  context.produces(Count);
  return { open: () => ({ kind: 'indexed', count: 0, identify() {}, read() {} }) };
} });
const Scaler = defineSetupProducer({ type: 'Scaler', description: 'scale', product: Scale,
  record: defineRecord('ScaleRecord', 'run'), construct: () => ({ produce: () => 1 }) });
const Scaled = defineProducer({ type: 'Scaled', description: 'scaled', construct(context) {
  context.consumes(Count, 'source');
  context.setupConsumes(Scale);
  context.produces(Count);
  return { produce() {} };
} });
const Idle = defineAnalyzer({ type: 'Idle', description: 'idle', construct: () => ({ analyze() {} }) });
export default defineProcess({ name: 'FLOW', source: Counts(), eventSetup: { scaler: Scaler() },
  modules: { scaled: Scaled(), idle: Idle() }, paths: { p: ['scaled'] }, endPaths: { e: ['idle'] } });
`,
  );
  it.each([
    [
      'Scaled',
      'Label scaled on p\n  reads       Count_source__FLOW\n' +
        '  puts        Count_scaled__FLOW\n  setup       Scale from scaler\n',
    ],
    ['Counts', 'Label source\n  puts        Count_source__FLOW\n'],
    ['Scaler', 'Product:\n  makes       Scale of ScaleRecord, by run\n\nLabel scaler\n'],
    ['Idle', 'Label idle on e\n  products    none\n'],
  ])('is told label by label: %s', async (name, text) => {
    const { status, out } = await program(['describe', name, '--config', config]);
    expect(status).toBe(0);
    expect(out).toContain(text);
  });
});
