/** What a module sees of an event, lumi, run and the event setup: what it declared, and nothing else. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BranchDescription, ProductLevel } from '../../edm/branch.ts';
import { EventView, LumiView, RunView, type ViewTables } from '../../edm/event-view.ts';
import type { GetToken, PutToken, SetupToken } from '../../edm/event.ts';
import { EventPrincipal, type LumiPrincipal, type RunPrincipal } from '../../edm/principals.ts';
import { createProcessHistory } from '../../edm/provenance.ts';
import { CounterRandom } from '../../edm/random.ts';
import { defineProduct } from '../../edm/serialised.ts';
import { SetupView } from '../../edm/setup-view.ts';
import { defineSoA } from '../../edm/soa.ts';
import type { LevelTable } from '../../edm/token-table.ts';
import {
  EndPathStatusProduct,
  PathStatusProduct,
  TriggerResults,
} from '../../edm/trigger-results.ts';

const Count = defineProduct('Count', z.number());
const Hits = defineSoA('Hits', { x: 'float32' });

/** Module 0 may get and put token 0; token 1 belongs to module 1; token 2 is a product that nobody makes. */
function table(level: ProductLevel, reduce?: (a: unknown, b: unknown) => unknown): LevelTable {
  const branch: BranchDescription = {
    friendlyType: 'Count',
    moduleLabel: 'maker',
    productInstance: '',
    processName: 'P',
    type: Count,
    level,
  };
  const tokens = { owner: Int32Array.of(0, 1, 0), slot: Int32Array.of(0, 0, -1) };
  const provenance = {
    branchName: 'Count_maker__P',
    moduleLabel: 'maker',
    moduleType: 'Maker',
    parametersHash: '',
    processHistoryId: '',
    parents: [],
  };
  return {
    get: tokens,
    put: tokens,
    branches: [branch],
    provenance: [provenance],
    reductions: [reduce],
  };
}

const processHistory = createProcessHistory([]);
const tables: ViewTables = {
  event: table('event'),
  lumi: table('lumi'),
  run: table('run', (a, b) => Number(a) + Number(b)),
  seed: 7,
  processHistory,
  allocate: (bytes) => new ArrayBuffer(bytes),
};
const accessor = { index: 0, label: 'reader' };
const get = <L extends ProductLevel = 'event'>(token: number) => token as GetToken<number, L>;
const put = <L extends ProductLevel = 'event'>(token: number) => token as PutToken<number, L>;

function eventOf(): { principal: EventPrincipal; event: EventView; block: LumiPrincipal } {
  const principal = new EventPrincipal(1, processHistory);
  const run: RunPrincipal = { number: 1, run: 3, timeUs: 0, products: [30] };
  const block: LumiPrincipal = { number: 2, run, lumi: 4, timeUs: 0, products: [40] };
  Object.assign(principal, { run: 3, lumi: 4, event: 5, timeUs: 6, ordinal: 7, attempt: 1, block });
  return { principal, event: new EventView(accessor, tables, principal), block };
}

const codeOf = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'nothing was thrown';
};

describe('an event', () => {
  it('tells who it is', () => {
    const { run, lumi, event, timeUs, ordinal, attempt } = eventOf().event;
    expect([run, lumi, event, timeUs, ordinal, attempt]).toEqual([3, 4, 5, 6, 7, 1]);
    expect(eventOf().event.processHistory).toBe(processHistory);
  });

  it('gives what was put, once', () => {
    const { event, principal } = eventOf();
    expect(event.find(get(0))).toBeUndefined();
    event.put(put(0), 11);
    expect(event.get(get(0))).toBe(11);
    expect(codeOf(() => event.put(put(0), 12))).toBe('EDMESH_PUT_TWICE');
    expect(() => event.put(put(0), 12)).toThrow('reader puts Count_maker__P twice');
    principal.clear();
    expect(event.find(get(0))).toBeUndefined();
  });

  it('says what is absent, and who should have put it', () => {
    const { event } = eventOf();
    expect(codeOf(() => event.get(get(0)))).toBe('EDMESH_PRODUCT_NOT_FOUND');
    expect(() => event.get(get(0))).toThrow(
      'reader asks for Count_maker__P, which maker has not put',
    );
    expect(() => event.get(get(2))).toThrow('reader asks for a product that no module makes');
    expect(event.find(get(2))).toBeUndefined();
    expect(codeOf(() => event.provenance(get(0)))).toBe('EDMESH_PRODUCT_NOT_FOUND');
  });

  it.each([1, 3, -1])('refuses the token %i that the module did not declare', (token) => {
    const { event } = eventOf();
    expect(codeOf(() => event.get(get(token)))).toBe('EDMESH_UNDECLARED_ACCESS');
    expect(codeOf(() => event.find(get(token)))).toBe('EDMESH_UNDECLARED_ACCESS');
    expect(codeOf(() => event.put(put(token), 1))).toBe('EDMESH_UNDECLARED_ACCESS');
  });

  it('knows how a product was made', () => {
    const { event } = eventOf();
    event.put(put(0), 0);
    expect(event.provenance(get(0)).moduleType).toBe('Maker');
  });

  it('allocates zeroed products', () => {
    const hits = eventOf().event.allocate(Hits, 20);
    expect(hits.size).toBe(20);
    expect(hits.x.every((value) => value === 0)).toBe(true);
  });

  it('reads what lumi and run have at their begin', () => {
    const { event } = eventOf();
    expect(event.lumiProducts.get(get<'lumi'>(0))).toBe(40);
    expect(event.runProducts.get(get<'run'>(0))).toBe(30);
    const without = new EventView(accessor, tables, new EventPrincipal(1, processHistory));
    expect(without.lumiProducts.find(get<'lumi'>(0))).toBeUndefined();
  });

  it('draws the numbers of its module, from the start for each event', () => {
    const { event, principal } = eventOf();
    const random = new CounterRandom(7, 'reader');
    random.startEvent(principal);
    const expected = [random.bits(), random.bits()];
    expect([event.random.bits(), event.random.bits()]).toEqual(expected);
    principal.ordinal++;
    expect([event.random.bits(), event.random.bits()]).toEqual(expected);
    principal.attempt++;
    expect([event.random.bits(), event.random.bits()]).toEqual(expected);
  });
});

describe('runs and lumis', () => {
  it('combine partials where a reduction was declared', () => {
    const principal: RunPrincipal = { number: 1, run: 3, timeUs: 0, products: [undefined] };
    const run = new RunView(accessor, tables, principal);
    run.put(put<'run'>(0), 1);
    run.put(put<'run'>(0), 2);
    expect(run.get(get<'run'>(0))).toBe(3);
    expect(run.run).toBe(3);
  });

  it('are put once without', () => {
    const { block } = eventOf();
    const lumi = new LumiView(accessor, tables, { ...block, products: [undefined] });
    lumi.put(put<'lumi'>(0), 1);
    expect(codeOf(() => lumi.put(put<'lumi'>(0), 1))).toBe('EDMESH_PUT_TWICE');
    expect([lumi.run, lumi.lumi]).toEqual([3, 4]);
    expect(lumi.runProducts.get(get<'run'>(0))).toBe(30);
  });
});

it('the event setup gives what is valid now, to who declared it', () => {
  const store = { products: ['first'] };
  const setup = new SetupView(
    accessor,
    { owner: Int32Array.of(0, 1), slot: Int32Array.of(0, 0) },
    store,
  );
  const token = (value: number) => value as SetupToken<string>;
  expect(setup.get(token(0))).toBe('first');
  store.products = ['second'];
  expect(setup.get(token(0))).toBe('second');
  expect(codeOf(() => setup.get(token(1)))).toBe('EDMESH_UNDECLARED_ACCESS');
});

it('path states are products with a schema', () => {
  const status = { state: 'pass', index: 2 };
  expect(PathStatusProduct.problem(status)).toBeUndefined();
  expect(EndPathStatusProduct.problem(status)).toBeUndefined();
  expect(
    TriggerResults.problem({ first: status, second: { state: 'ready', index: 0 } }),
  ).toBeUndefined();
  expect(PathStatusProduct.problem({ state: 'passed', index: 2 })).toContain('state');
  expect(TriggerResults.problem({ first: { state: 'fail', index: -1 } })).toContain('first');
});
