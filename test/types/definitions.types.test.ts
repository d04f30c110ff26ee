/**
 * The types that a config and a module are written with. Proves, by the type check as much as by running, that parameters
 * are inferred, required where they have no default, and that products keep their type from `produces` to `get`.
 */
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  defineFilter,
  defineProcess,
  defineProducer,
  defineProduct,
  defineRecord,
  defineSetupProducer,
  defineSoA,
  z,
  type Configuration,
  type SoAOf,
} from 'edmesh';
import { given, testModule } from 'edmesh/testing';

const Count = defineProduct('Count', z.number());
const Hits = defineSoA('Hits', { x: 'float32', id: 'uint32' });

const Selects = defineFilter({
  type: 'Selects',
  description: 'Types only',
  parameters: z.object({ least: z.number(), label: z.string().default('hits') }),
  construct: (context, parameters) => {
    expectTypeOf(parameters).toEqualTypeOf<{ least: number; label: string }>();
    const hits = context.consumes(Hits, parameters.label);
    const lumiCount = context.mayConsume(Count, 'counter', 'lumi');
    const count = context.produces(Count);
    return {
      filter(event, setup) {
        const found = event.get(hits);
        expectTypeOf(found).toEqualTypeOf<SoAOf<typeof Hits>>();
        expectTypeOf(found.x).toExtend<Float32Array>();
        expectTypeOf(event.find(hits)).toEqualTypeOf<SoAOf<typeof Hits> | undefined>();
        expectTypeOf(setup.get<number>).returns.toEqualTypeOf<number>();
        expectTypeOf(event.lumiProducts.find(lumiCount)).toEqualTypeOf<number | undefined>();
        // @ts-expect-error a lumi product is not in the event
        expect(() => event.find(lumiCount)).toThrow();
        // @ts-expect-error a token to put cannot be read
        expect(() => event.get(count)).toThrow();
        // @ts-expect-error not a number
        const putWrong = () => event.put(count, 'many');
        expectTypeOf(putWrong).returns.toBeVoid();
        event.put(count, found.size);
        return found.size >= parameters.least;
      },
    };
  },
});

describe('a module type', () => {
  it('is called with its parameters, those without default required', () => {
    expectTypeOf(Selects({ least: 3 })).toEqualTypeOf<Configuration<'module'>>();
    expect(Selects({ least: 3, label: 'x' }).parameters).toEqual({ least: 3, label: 'x' });
    // @ts-expect-error least is required
    expect(Selects({}).type).toBe('Selects');
    // @ts-expect-error least is a number
    expect(Selects({ least: '3' }).type).toBe('Selects');
    // @ts-expect-error parameters are required
    expect(Selects().type).toBe('Selects');
  });

  it('without parameters is called with nothing', () => {
    const Plain = defineProducer({
      type: 'Plain',
      description: 'Types only',
      construct: () => ({ produce: () => undefined }),
    });
    expect(Plain().parameters).toEqual({});
  });

  it('gives typed products in a test', async () => {
    const hits = Hits.view(new ArrayBuffer(Hits.byteLength(2)), 2);
    const outcome = await testModule(Selects({ least: 2 })).process({
      products: [given('hits', Hits, hits)],
    });
    expectTypeOf(outcome.product(Count)).toEqualTypeOf<number>();
    expect(outcome).toMatchObject({ state: 'passed', error: undefined });
    expect(outcome.product(Count)).toBe(2);
    // @ts-expect-error not the product of that type
    expect(given('hits', Hits, 5).product).toBe(5);
  });
});

describe('a setup producer', () => {
  it('makes what its product type says', () => {
    const record = defineRecord('R', 'run');
    const declare = (produce: () => number) =>
      defineSetupProducer({
        type: 'Constant',
        description: 'Types only',
        record,
        product: Count,
        construct: () => ({ produce }),
      });
    expect(declare(() => 1)().type).toBe('Constant');
    // @ts-expect-error not a number
    expect(declare(() => 'one')().type).toBe('Constant');
  });
});

describe('a process', () => {
  it('gets its parameters with their types and defaults', () => {
    const template = defineProcess({
      name: 'TYPED',
      parameters: z.object({ events: z.number().default(5), input: z.string().optional() }),
      configure: (parameters) => {
        expectTypeOf(parameters.events).toEqualTypeOf<number>();
        expectTypeOf(parameters.input).toEqualTypeOf<string | undefined>();
        return { modules: { a: Selects({ least: parameters.events }) } };
      },
    });
    expect(template.configure().data.modules.a?.parameters).toMatchObject({ least: 5 });
    expect(template.configure({ events: 7 }).data.modules.a?.parameters).toMatchObject({
      least: 7,
    });
  });

  it('takes modules where modules belong', () => {
    // @ts-expect-error an event setup producer is no module
    const wrong = { modules: { a: null } } satisfies Parameters<typeof defineProcess>[0];
    expect(wrong.modules.a).toBeNull();
  });
});
