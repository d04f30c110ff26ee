/**
 * GPU modules in jobs. Proves that their products are right wherever the work is done, that chains keep their queue and
 * branches get another, and that nothing that goes wrong with a device loses an event.
 */
import { describe, expect, it } from 'vitest';
import { onGpu } from 'edmesh';
import { eventSource, simulatedEnvironment } from 'edmesh/testing';
import { chooseBackend } from '../../../gpu/choose-backend.ts';
import { FaultyBackend } from '../../gpu/faulty-backend.ts';
import { adder, analyzer, eventsOf, runToy } from '../toy-job.ts';
import {
  copy,
  expectedOf,
  first,
  gpuToy,
  ownError,
  Pair,
  pairs,
  plusOne,
  runBranched,
  using,
  warnings,
} from './gpu-toys.ts';

describe('the work is done', () => {
  it('on the host where the job has no GPU', async () => {
    const { report, wrong } = await runBranched({});
    expect(report.exitCode).toBe(0);
    expect(wrong).toEqual([]);
    expect(report.gpu).toBeUndefined();
  });

  it('on the device where it has', async () => {
    const backend = new FaultyBackend();
    const { report, wrong } = await runBranched(using(backend));
    expect(wrong).toEqual([]);
    expect(report.exitCode).toBe(0);
    expect(report.gpu).toMatchObject({
      backend: 'cpu',
      state: 'ready',
      fallbacks: 0,
      operations: { axpy: { body: 'ref', runs: 15 } },
      bytesUp: 3 * (64 + 8 + 8 + 8),
      bytesDown: 3 * 3 * 64,
      allocator: { device: { liveBlocks: 0 }, host: { liveBlocks: 0 } },
    });
    expect(backend.isClosed).toBe(true);
  });

  it('on the device for every EDM stream, also where events are in flight at once', async () => {
    const backend = new FaultyBackend();
    const options = { ...using(backend), streams: 4, threads: 2, digest: true };
    const { report, wrong } = await runBranched(options, 50);
    expect(wrong).toEqual([]);
    const plain = await runBranched({ digest: true }, 50);
    expect(report.digest).toBe(plain.report.digest);
  });

  it('after warm-up events too', async () => {
    const backend = new FaultyBackend();
    const { report, wrong } = await runBranched({ ...using(backend), warmupEvents: 2 });
    expect(wrong).toEqual([]);
    expect(report.gpu?.operations.axpy?.runs).toBe(15);
  });

  it('nowhere where no module asks: then nothing is opened', async () => {
    const open = () => Promise.reject(new Error('opened'));
    const report = await runToy(
      {
        source: eventSource(eventsOf(1)),
        modules: { plain: adder() },
        paths: { p: ['plain'] },
      },
      { gpu: { open } },
    );
    expect(report.exitCode).toBe(0);
  });

  it('a copy is made only where a module of the host asks', async () => {
    const backend = new FaultyBackend();
    const report = await runToy(
      {
        source: eventSource(eventsOf(2)),
        modules: { a: first(), b: plusOne('a'), host: copy('b') },
        tasks: { copies: ['host'] },
        paths: { p: ['a', 'b'] },
      },
      using(backend),
    );
    expect(report.modules.host?.run).toBe(0);
    expect(backend.trace.filter((command) => command.includes('download'))).toEqual([]);
    expect(report.gpu?.operations.axpy?.runs).toBe(6);
  });
});

describe('queues', () => {
  it('a linear chain stays on one, down to the copy', async () => {
    const backend = new FaultyBackend();
    const seen = new Map<number, readonly (readonly number[])[]>();
    await runToy(
      {
        source: eventSource(eventsOf(1)),
        modules: { a: first(), b: plusOne('a'), host: copy('b'), look: pairs(['host'], seen) },
        tasks: { copies: ['host'] },
        paths: { p: ['a', 'b', 'look'] },
      },
      using(backend),
    );
    expect(seen.get(1)).toEqual([[2, 3]]);
    expect(new Set(backend.trace.map((command) => command.split(' ')[0]))).toEqual(new Set(['0']));
    expect(backend.trace.some((command) => command.endsWith('wait'))).toBe(false);
  });

  it('a branch has one of its own, which waits for the event of what it reads', async () => {
    const backend = new FaultyBackend();
    const { report } = await runBranched(using(backend), 1);
    const onQueue = (id: number) =>
      backend.trace.filter((command) => command.startsWith(`${String(id)} `));
    // The first consumer of `a` follows it on queue 0; the second and the copy of `a` open others.
    expect(onQueue(0).filter((command) => command.endsWith('axpy'))).toHaveLength(3);
    expect(onQueue(1)[0]).toBe('1 wait');
    expect(onQueue(1).filter((command) => command.endsWith('axpy'))).toHaveLength(2);
    expect(report.gpu?.queues).toBe(3);
  });

  it('are used again by the next event', async () => {
    const backend = new FaultyBackend();
    const { report } = await runBranched(using(backend), 20);
    expect(report.gpu?.queues).toBe(3);
    const { hits = 0, misses = 0 } = report.gpu?.allocator.device ?? {};
    // The blocks of the event before may be in use when the next one begins, not those of the one before that.
    expect(misses).toBeLessThanOrEqual(8);
    expect(hits + misses).toBe(20 * 4);
  });

  it('lie on the device that the number of the EDM stream says', async () => {
    const backend = new FaultyBackend(2);
    const devices = new Map<number, Set<number>>();
    const look = analyzer((context) => {
      const token = context.consumes(onGpu(Pair), 'a');
      let stream = 0;
      return {
        beginStream(index) {
          stream = index;
        },
        analyze(event) {
          const { place } = event.get(token);
          const used = devices.get(stream) ?? new Set();
          devices.set(stream, used.add(place?.block.device ?? -1));
        },
      };
    });
    await runToy(
      {
        source: eventSource(eventsOf(40)),
        modules: { a: first(), look, host: copy('a'), reads: pairs(['host'], new Map()) },
        tasks: { copies: ['host'] },
        paths: { p: ['a', 'look', 'reads'] },
      },
      { ...using(backend), streams: 3 },
    );
    expect([...devices].sort()).toEqual([
      [0, new Set([0])],
      [1, new Set([1])],
      [2, new Set([0])],
    ]);
  });
});

describe('what goes wrong with a device loses no event', () => {
  it('memory that is short', async () => {
    const backend = new FaultyBackend();
    // Each failure is tried once more after the cache was freed.
    backend.faults.memory = 4;
    const said: string[] = [];
    const { report, wrong } = await runBranched(using(backend), 3, {
      ...simulatedEnvironment(),
      logger: warnings(said),
    });
    expect(wrong).toEqual([]);
    expect(report.exitCode).toBe(0);
    expect(report.gpu).toMatchObject({ state: 'degraded', fallbacks: 2 });
    expect(said).toEqual([expect.stringMatching(/full.*such work is done on the host/)]);
  });

  it('an operation that fails, also where others follow it on the device', async () => {
    const backend = new FaultyBackend();
    backend.faults.operation = { name: 'axpy', times: 2 };
    const { report, wrong } = await runBranched(using(backend));
    expect(wrong).toEqual([]);
    expect(report.errors).toEqual([]);
    expect(report.gpu?.state).toBe('degraded');
    expect(report.gpu?.fallbacks).toBeGreaterThan(0);
  });

  it('an operation that fails in every event', async () => {
    const backend = new FaultyBackend();
    backend.faults.operation = { name: 'any', times: Infinity };
    const { report, wrong } = await runBranched({ ...using(backend), streams: 3 }, 20);
    expect(wrong).toEqual([]);
    expect(report.gpu?.fallbacks).toBe(60);
  });

  it('a failure that nobody waits for does not reach the next event', async () => {
    const backend = new FaultyBackend();
    backend.faults.operation = { name: 'axpy', times: 1 };
    const report = await runToy(
      {
        source: eventSource(eventsOf(5)),
        modules: { a: first(), b: plusOne('a') },
        paths: { p: ['a', 'b'] },
      },
      using(backend),
    );
    expect(report.exitCode).toBe(0);
    expect(report.gpu?.operations.axpy?.runs).toBe(15);
  });

  it('after many good works a degraded device counts as ready', async () => {
    const backend = new FaultyBackend();
    backend.faults.memory = 2;
    const { report, wrong } = await runBranched(using(backend), 60);
    expect(wrong).toEqual([]);
    expect(report.gpu).toMatchObject({ state: 'ready', fallbacks: 1 });
  });

  it('a device that is lost in the middle of the job', async () => {
    const backend = new FaultyBackend();
    const said: string[] = [];
    const lose = analyzer(() => ({
      analyze(event) {
        if (event.event === 4) backend.faults.lost = true;
      },
    }));
    const seen = new Map<number, readonly (readonly number[])[]>();
    const report = await runToy(
      {
        source: eventSource(eventsOf(8)),
        modules: {
          ...{ a: first(), b: plusOne('a'), lose, c: plusOne('b') },
          ...{ hostA: copy('a'), hostC: copy('c'), look: pairs(['hostA', 'hostC'], seen) },
        },
        tasks: { copies: ['hostA', 'hostC'] },
        paths: { p: ['a', 'b', 'lose', 'c', 'look'] },
      },
      using(backend),
      { ...simulatedEnvironment(), logger: warnings(said) },
    );
    expect(report.exitCode).toBe(0);
    for (let event = 1; event <= 8; event++) {
      const [a = []] = expectedOf(event);
      expect(seen.get(event)).toEqual([a, a.map((value) => value + 2)]);
    }
    expect(report.gpu).toMatchObject({ state: 'lost' });
    expect(said.filter((text) => text.includes('is lost'))).toHaveLength(1);
  });

  it('an operation that the backend has no body of', async () => {
    const backend = new FaultyBackend();
    backend.faults.without = 'axpy';
    const { report, wrong } = await runBranched(using(backend));
    expect(wrong).toEqual([]);
    expect(report.gpu).toMatchObject({ operations: {}, fallbacks: 9 });
  });

  it('where the host cannot do it either, the module fails under the exception policy', async () => {
    const backend = new FaultyBackend();
    backend.faults.operation = { name: 'any', times: Infinity };
    let calls = 0;
    const fragile = gpuToy(() => ({
      outputs: [Pair],
      enqueue(work) {
        if (++calls % 2 === 0) throw ownError();
        const made = work.allocate(Pair, 2);
        work.run('axpy', { size: 2, a: 1, x: made.columns.v, y: made.columns.v });
        return [made];
      },
    }));
    const report = await runToy(
      {
        source: eventSource(eventsOf(3)),
        modules: { fragile, host: copy('fragile'), look: pairs(['host'], new Map()) },
        tasks: { copies: ['host'] },
        paths: { p: ['fragile', 'look'] },
        options: { tryToContinue: ['MyCategory'] },
      },
      using(backend),
    );
    expect(report.exitCode).toBe(0);
    expect(report.errorCount).toBe(3);
    expect(report.errors[0]).toMatchObject({ category: 'MyCategory', fatal: false });
  });
});

describe('what is wrong with the job itself fails it', () => {
  it('a backend that is not there', async () => {
    const refusing = (kind: 'cuda') => () =>
      Promise.resolve({ refused: { kind, reason: 'no CUDA driver', remedy: 'Install it.' } });
    const openers = {
      ...{ cuda: refusing('cuda'), 'tfjs-node-gpu': refusing('cuda'), webgpu: refusing('cuda') },
      ...{ wasm: refusing('cuda'), cpu: refusing('cuda') },
    };
    const { logger } = simulatedEnvironment();
    const open = () =>
      chooseBackend('cuda', openers, logger).then((chosen) => ({
        ...chosen,
        release: () => Promise.resolve(),
      }));
    const { report } = await runBranched({ gpu: { open } });
    expect(report.exitCode).toBe(8035);
    expect(report.errors[0]).toMatchObject({
      code: 'EDMESH_GPU_UNAVAILABLE',
      message: 'no GPU backend can be used: cuda: no CUDA driver. Install it.',
    });
    expect(report.events).toBe(0);
  });

  const failing = async (enqueue: Parameters<typeof gpuToy>[0]) => {
    const report = await runToy(
      {
        source: eventSource(eventsOf(1)),
        modules: { a: first(), bad: gpuToy(enqueue) },
        paths: { p: ['a', 'bad'] },
      },
      using(new FaultyBackend()),
    );
    return report.errors[0];
  };

  it('a module that gives other products than it says', async () => {
    expect(await failing(() => ({ outputs: [Pair], enqueue: () => [] }))).toMatchObject({
      code: 'EDMESH_MODULE_CONTRACT',
      message: 'enqueue of bad returns 0 products, not 1',
    });
    const other = { type: { name: 'Other' }, size: 2 };
    expect(await failing(() => ({ outputs: [Pair], enqueue: () => [other] }))).toMatchObject({
      message: 'enqueue of bad returns Other, not Pair',
    });
    const foreign = { type: Pair, size: 2 };
    expect(await failing(() => ({ outputs: [Pair], enqueue: () => [foreign] }))).toMatchObject({
      message: 'enqueue of bad returns rows of another work',
    });
  });

  it('a module that gets what is not among its inputs', async () => {
    const error = await failing((context) => {
      const token = context.consumes(onGpu(Pair), 'a');
      return { outputs: [Pair], enqueue: (work) => [work.get(token)] };
    });
    expect(error).toMatchObject({
      code: 'EDMESH_MODULE_CONTRACT',
      message: expect.stringContaining('not in its `inputs`') as unknown,
    });
  });

  it('a wrong argument, on the device and on the host', async () => {
    const wrong: Parameters<typeof gpuToy>[0] = () => ({
      outputs: [Pair],
      enqueue(work) {
        const made = work.allocate(Pair, 1);
        work.run('axpy', { size: 2, a: 1, x: made.columns.v, y: made.columns.v });
        return [made];
      },
    });
    const error = {
      code: 'EDMESH_GPU_CONTRACT',
      message: 'operation axpy: x has 1 elements, 2 are needed',
    };
    expect(await failing(wrong)).toMatchObject(error);
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: { bad: gpuToy(wrong) },
      paths: { p: ['bad'] },
    });
    expect(report.errors[0]).toMatchObject(error);
  });

  it('a module that writes what is not its own', async () => {
    const ones = Float32Array.of(1, 1);
    const writers: readonly Parameters<typeof gpuToy>[0][] = [
      (context) => {
        const token = context.consumes(onGpu(Pair), 'a');
        return {
          inputs: [token],
          outputs: [Pair],
          enqueue(work) {
            const made = work.get(token);
            work.run('axpy', { size: 2, a: 1, x: work.constant(ones), y: made.columns.v });
            return [made];
          },
        };
      },
      () => ({
        outputs: [Pair],
        enqueue(work) {
          work.write(work.constant(ones), ones);
          return [work.allocate(Pair, 2)];
        },
      }),
    ];
    for (const writer of writers) {
      const message = expect.stringMatching(/would write an input, a constant or what/) as unknown;
      expect(await failing(writer)).toMatchObject({ code: 'EDMESH_GPU_CONTRACT', message });
      const onHost = await runToy({
        source: eventSource(eventsOf(1)),
        modules: { a: first(), bad: gpuToy(writer) },
        paths: { p: ['a', 'bad'] },
      });
      expect(onHost.errors[0]).toMatchObject({ code: 'EDMESH_GPU_CONTRACT', message });
    }
  });

  it('an array of the work of another event', async () => {
    const kept: unknown[] = [];
    const error = await failing(() => ({
      outputs: [Pair],
      enqueue(work) {
        kept.push(work);
        const made = work.allocate(Pair, 2);
        work.write({ length: 2 }, Float32Array.of(1, 2));
        return [made];
      },
    }));
    expect(error?.code).toBe('EDMESH_GPU_CONTRACT');
  });
});
