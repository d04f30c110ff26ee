/**
 * The testing tools that users get. Proves that a module can be run alone with what a test gives it, that a process can be
 * run from data, and that the simulated clock and the probe do what they say.
 */
import { describe, expect, it } from 'vitest';
import {
  defineProcess,
  defineProducer,
  defineProduct,
  defineRecord,
  defineSetupProducer,
  defineSoA,
  EdmeshError,
  z,
} from 'edmesh';
import {
  createProbe,
  eventSource,
  given,
  runProcess,
  settle,
  simulatedEnvironment,
  sourceProduct,
  testModule,
} from 'edmesh/testing';
import { adder, analyzer, filter, Num, passes, producer, Words } from './toy-job.ts';

const Scale = defineProduct('Scale', z.number());
const Pairs = defineSoA('Pairs', { a: 'float32', b: 'int32' });

const Scaled = defineProducer({
  type: 'Scaled',
  description: 'Scales the number that it reads',
  parameters: z.object({ by: z.number().default(2), from: z.string() }),
  construct: (context, { by, from }) => {
    const input = context.consumes(Num, from);
    const scale = context.setupConsumes(Scale);
    const put = context.produces(Num, { instance: 'scaled' });
    return {
      produce: (event, setup) => event.put(put, event.get(input) * by * setup.get(scale)),
    };
  },
});

describe('a module alone', () => {
  const setup = [given('', Scale, 10)];

  it('gets products, parameters and event setup, and gives its products', async () => {
    const test = testModule(Scaled({ from: 'hits:raw' }), { setup });
    const outcome = await test.process({ products: [given('hits:raw', Num, 3)] });
    expect(outcome.state).toBe('done');
    expect(outcome.error).toBeUndefined();
    expect(outcome.product(Num, 'scaled')).toBe(60);
    const second = await test.process({ products: [given('hits:raw', Num, 5)] });
    expect([outcome.product(Num, 'scaled'), second.product(Num, 'scaled')]).toEqual([60, 100]);
  });

  it('fails on a product that is not given, and goes on', async () => {
    const test = testModule(Scaled({ from: 'hits' }), { setup, label: 'mine' });
    const outcome = await test.process();
    expect(outcome.state).toBe('failed');
    expect(outcome.error).toMatchObject({
      code: 'EDMESH_PRODUCT_NOT_FOUND',
      message: expect.stringContaining('mine asks for Num_hits__TEST') as string,
    });
    expect(test.actor.getSnapshot()).toMatchObject({ value: 'failed', moduleLabel: 'mine' });
    expect(() => outcome.product(Num, 'scaled')).toThrow(EdmeshError);
    const next = await test.process({ products: [given('hits', Num, 1)] });
    expect(next).toMatchObject({ state: 'done', error: undefined });
    expect(test.actor.getSnapshot().failure).toBeUndefined();
  });

  it('refuses a product that the module does not read', async () => {
    const test = testModule(Scaled({ from: 'hits' }), { setup, label: 'mine' });
    await expect(test.process({ products: [given('hit', Num, 3)] })).rejects.toThrow(
      /mine: it reads nothing from 'hit'/,
    );
  });

  it('is refused with wrong parameters, a missing event setup or a wrong product', async () => {
    expect(() => testModule(Scaled({ from: 1 } as never), { setup })).toThrow(/tested.*from/s);
    expect(() => testModule(Scaled({ from: 'hits' }))).toThrow(/Scale in the event setup/);
    const test = testModule(Scaled({ from: 'hits' }), { setup });
    const wrong = given('hits', Num, 'three' as never);
    await expect(test.process({ products: [wrong] })).rejects.toMatchObject({
      code: 'EDMESH_PRODUCT_INVALID',
    });
  });

  it('has what it puts checked against the type', async () => {
    const liar = producer((context) => {
      const put = context.produces(Num);
      return { produce: (event) => event.put(put, 'no number' as never) };
    });
    await expect(testModule(liar).process()).rejects.toMatchObject({
      code: 'EDMESH_PRODUCT_INVALID',
    });
  });

  it('decides as a filter', async () => {
    const test = testModule(passes((event) => event > 1));
    expect((await test.process()).state).toBe('rejected');
    expect((await test.process()).state).toBe('passed');
    expect((await test.process({ id: { run: 9, lumi: 9, event: 1 } })).state).toBe('rejected');
  });

  it('waits for external work and shows it in its snapshot', async () => {
    const states: string[] = [];
    const slow = producer((context) => {
      const put = context.produces(Num);
      return {
        acquire: (_event, _setup, holder) => holder.follow(settle()),
        produce: (event) => event.put(put, 7),
      };
    });
    const test = testModule(slow);
    expect(test.actor.getSnapshot().value).toBe('idle');
    const outcome = test.process();
    states.push(test.actor.getSnapshot().value);
    expect((await outcome).product(Num)).toBe(7);
    states.push(test.actor.getSnapshot().value);
    expect(states).toEqual(['acquiring', 'done']);
    expect(JSON.parse(JSON.stringify(test.actor.getSnapshot()))).toEqual({
      status: 'active',
      moduleLabel: 'tested',
      value: 'done',
    });
  });

  it('gets products of lumi and run too', async () => {
    const reads = producer((context) => {
      const ofLumi = context.consumes(Num, 'counts', 'lumi');
      const ofRun = context.mayConsume(Num, 'counts', 'run');
      const put = context.produces(Num);
      return {
        produce: (event) => {
          event.put(put, event.lumiProducts.get(ofLumi) + (event.runProducts.find(ofRun) ?? 0));
        },
      };
    });
    const test = testModule(reads);
    const outcome = await test.process({ products: [given('counts', Num, 4)] });
    expect(outcome.product(Num)).toBe(8);
    expect((await test.process()).error).toMatchObject({ code: 'EDMESH_PRODUCT_NOT_FOUND' });
  });

  it('fails on external work that fails', async () => {
    const bad = filter(() => ({
      acquire: (_event, _setup, holder) => holder.fail(new Error('no device')),
      filter: () => true,
    }));
    const outcome = await testModule(bad).process();
    expect(outcome).toMatchObject({ state: 'failed', error: { message: 'no device' } });
  });

  describe('whose external work is never completed', () => {
    const forgets = producer((context) => {
      const read = context.consumes(Num, 'hits');
      const put = context.produces(Num);
      return {
        acquire: (event, _setup, holder) => {
          if (event.get(read) > 1) holder.done();
        },
        produce: (event) => event.put(put, event.get(read)),
      };
    });
    const hits = (value: number) => ({ products: [given('hits', Num, value)] });

    it('fails when nothing is left that could complete it, and goes on', async () => {
      const environment = simulatedEnvironment();
      const test = testModule(forgets, { environment, label: 'mine' });
      const outcome = test.process(hits(1));
      environment.runDry();
      expect(await outcome).toMatchObject({
        state: 'failed',
        error: {
          code: 'EDMESH_HOLDER_ABANDONED',
          message: expect.stringContaining('test of mine: the external work') as string,
        },
      });
      const next = await test.process(hits(5));
      expect([next.state, next.product(Num)]).toEqual(['done', 5]);
    });

    it('fails after a time, which a test may set', async () => {
      const environment = simulatedEnvironment();
      const late = (timeoutMs?: number) =>
        testModule(forgets, {
          environment,
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        }).process(hits(1));
      const first = late();
      await environment.advance(4000);
      expect(await first).toMatchObject({
        state: 'failed',
        error: { code: 'EDMESH_EVENT_TIMEOUT', fields: { label: 'tested', timeoutMs: 4000 } },
      });
      let settled = 0;
      const count = () => {
        settled++;
      };
      void late(9000).then(count);
      void late(0).then(count);
      await environment.advance(8999);
      expect(settled).toBe(0);
      await environment.advance(1e9);
      expect(settled).toBe(1);
      environment.runDry();
      await settle();
      expect(settled).toBe(2);
    });

    it('and says why a product is missing', async () => {
      const environment = simulatedEnvironment();
      const outcome = testModule(forgets, { environment }).process(hits(1));
      environment.runDry();
      const { product } = await outcome;
      expect(() => product(Num)).toThrow(
        /no Num '' put: the module failed: test of tested: the ext/,
      );
    });
  });

  it('draws random numbers by seed, label and event, and gets zeroed buffers', async () => {
    const drawing = producer((context) => {
      const put = context.produces(Num);
      const pairs = context.produces(Pairs);
      return {
        produce: (event) => {
          event.put(put, event.random.uniform());
          event.put(pairs, event.allocate(Pairs, 3));
        },
      };
    });
    const draw = async (options: object, event = 1) => {
      const outcome = await testModule(drawing, options).process({
        id: { run: 1, lumi: 1, event },
      });
      expect([...outcome.product(Pairs).b]).toEqual([0, 0, 0]);
      return outcome.product(Num);
    };
    const one = await draw({});
    expect(await draw({})).toBe(one);
    const others = [await draw({ seed: 2 }), await draw({ label: 'other' }), await draw({}, 2)];
    expect(new Set([one, ...others]).size).toBe(4);
  });

  it('has hooks that a test calls on the instance', async () => {
    let events = 0;
    const test = testModule(
      analyzer(() => ({
        analyze: () => {
          events++;
        },
        endJob: () => ({ events }),
      })),
    );
    await test.process();
    await test.process();
    expect(await test.instance.endJob?.()).toEqual({ events: 2 });
  });
});

describe('a process from data', () => {
  it('gives every product of every event by branch name, and the report', async () => {
    const constant = defineSetupProducer({
      type: 'Constant',
      description: 'One number',
      record: defineRecord('ScaleRecord', 'run'),
      product: Scale,
      construct: () => ({ produce: () => 10 }),
    });
    const process = defineProcess({
      name: 'SMALL',
      source: eventSource([
        { products: [sourceProduct(Num, 1)] },
        { id: { run: 4, lumi: 5, event: 6 }, products: [sourceProduct(Num, 2)] },
        { products: [sourceProduct(Num, 3), sourceProduct(Words, ['a'])] },
      ]),
      modules: { scaled: Scaled({ from: 'source' }) },
      eventSetup: { scale: constant() },
      paths: { p: ['scaled'] },
    }).configure();
    const { report, products } = await runProcess(process, { streams: 2 });
    expect(report).toMatchObject({ process: 'SMALL', exitCode: 0, events: 3 });
    expect([...products].sort(([a], [b]) => a - b)).toEqual([
      [0, { Num_source__SMALL: 1, Num_scaled_scaled_SMALL: 20 }],
      [1, { Num_source__SMALL: 2, Num_scaled_scaled_SMALL: 40 }],
      [2, { Num_source__SMALL: 3, Num_scaled_scaled_SMALL: 60, Words_source__SMALL: ['a'] }],
    ]);
    expect(report.transitions.beginRun).toBe(3);
  });

  it('leaves out what was not made', async () => {
    const process = defineProcess({
      name: 'SMALL',
      source: eventSource([{}, {}]),
      modules: { odd: passes((event) => event === 1), a: adder() },
      paths: { p: ['odd', 'a'] },
    }).configure();
    const { products } = await runProcess(process);
    expect([...products.values()]).toEqual([{ Num_a__SMALL: 1 }, {}]);
  });
});

describe('the simulated clock', () => {
  it('stands still, and sets timers off in order when it is moved', async () => {
    const environment = simulatedEnvironment();
    const log: string[] = [];
    const at = (name: string, ms: number) =>
      environment.after(ms, () => log.push(`${name} ${String(environment.now())}`));
    at('late', 30);
    at('first', 10);
    at('same', 10);
    at('never', 20).cancel();
    at('beyond', 41);
    environment.after(15, () => at('nested', 5));
    await settle();
    expect([environment.now(), log]).toEqual([0, []]);
    await environment.advance(40);
    expect(log).toEqual(['first 10', 'same 10', 'nested 20', 'late 30']);
    expect(environment.now()).toBe(40);
    await environment.advance(1);
    expect(log.at(-1)).toBe('beyond 41');
  });

  it('has done what a timer causes before the next one goes off', async () => {
    const environment = simulatedEnvironment();
    const log: string[] = [];
    environment.after(1, () => {
      environment.defer(() => log.push('caused'));
    });
    environment.after(2, () => log.push('next'));
    await environment.advance(2);
    expect(log).toEqual(['caused', 'next']);
  });

  it('tells who listens that it has run dry', () => {
    const environment = simulatedEnvironment();
    let told = 0;
    const stop = environment.onIdle(() => told++);
    environment.runDry();
    stop();
    environment.runDry();
    expect(told).toBe(1);
  });

  it('takes parts of another environment', () => {
    const environment = simulatedEnvironment({ cpuSeconds: () => 5, peakRssBytes: () => 6 });
    expect([environment.cpuSeconds(), environment.peakRssBytes()]).toEqual([5, 6]);
  });
});

describe('a probe', () => {
  it('records what it is sent and can be waited for', async () => {
    const probe = createProbe('neighbour');
    expect(probe.ref.id).toBe('neighbour');
    probe.ref.send({ type: 'ONE' });
    await probe.received(1);
    const two = probe.received(3);
    let there = false;
    void two.then(() => {
      there = true;
    });
    probe.ref.send({ type: 'TWO', value: 2 });
    await settle();
    expect(there).toBe(false);
    probe.ref.send({ type: 'THREE' });
    await two;
    expect(probe.messages).toEqual([{ type: 'ONE' }, { type: 'TWO', value: 2 }, { type: 'THREE' }]);
  });
});
