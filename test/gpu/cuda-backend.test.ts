/**
 * The CUDA backend on a driver without a device. Proves that work keeps its order within and between queues, that memory is
 * checked and given back, and that whatever the driver refuses becomes the right error and nothing else.
 */
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { EdmeshError } from '../../edm/index.ts';
import type { GpuQueue } from '../../gpu/backend.ts';
import type { CudaBackend } from '../../gpu/cuda/cuda-backend.ts';
import { openCuda } from '../../gpu/cuda/open-cuda.ts';
import {
  describeCompiled,
  mockControl,
  mockCuda,
  mockOptions,
  type MockControl,
} from './mock-cuda.ts';

const sleeping = new URL('mock-operations.ts', import.meta.url).href;
const size = 1000;
const floats = (value: number): Float32Array => new Float32Array(size).fill(value);

const code = (name: string): unknown => expect.objectContaining({ code: name });

describeCompiled('the CUDA backend', () => {
  let control: MockControl;
  let backend: CudaBackend;
  let queue: GpuQueue;
  let before: unknown;
  const live = () => {
    const counters = Object.entries(control.counters());
    // The others count what was done, not what is there.
    return counters.filter(([name]) => name !== 'launches' && name !== 'hostFunctions');
  };
  beforeAll(() => {
    control = mockControl();
  });
  beforeEach(async () => {
    before = live();
    backend = await mockCuda({ operationModules: [sleeping] });
    queue = backend.createQueue(0);
  });
  afterEach(async () => {
    const lost = backend.lost.then(() => true);
    await backend.close();
    control.fail(0, 0);
    // A driver whose context has failed gives nothing back.
    if (!(await Promise.race([lost, Promise.resolve(false)]))) expect(live()).toEqual(before);
  });

  const arrayOf = (values: Float32Array) => {
    const block = backend.allocate(0, values.byteLength);
    queue.upload(block, values);
    return { block, byteOffset: 0, length: values.length };
  };
  const axpy = (on: GpuQueue, a: number, x: Float32Array, y: Float32Array) => {
    const args = { size, a, x: arrayOf(x), y: arrayOf(y) };
    on.run('axpy', args);
    return args.y.block;
  };

  it('says what it is and what devices it has', () => {
    expect(backend.capabilities).toMatchObject({ onGpu: true, streams: true, kernels: true });
    const [device, ...others] = backend.devices();
    expect(others).toEqual([]);
    expect(device).toMatchObject({ index: 0, driver: 'CUDA 12.4', memoryBytes: 2 ** 30 });
    expect(device?.name).not.toBe('');
    expect(backend.bodyOf('axpy')).toBe('cuda');
    expect(backend.bodyOf('no-such')).toBeUndefined();
  });

  it('computes from ordinary memory to ordinary memory', async () => {
    const source = floats(1);
    const block = axpy(queue, 2, floats(3), source);
    source.fill(99);
    const target = floats(0);
    queue.download(target, block);
    await queue.done();
    expect(target).toEqual(floats(7));
  });

  it('copies parts of blocks', async () => {
    const block = backend.allocate(0, 64);
    queue.upload(block, new Uint8Array(64));
    queue.upload(block, Uint8Array.of(1, 2, 3, 4), 10);
    const target = new Uint8Array(4);
    queue.download(target, block, 11);
    await queue.done();
    expect([...target]).toEqual([2, 3, 4, 0]);
  });

  it('host blocks hold what they are to when an event says so', async () => {
    const block = axpy(queue, 2, floats(3), floats(1));
    const host = backend.allocateHost(4 * size);
    queue.run('mock-sleep', { microseconds: 2000 });
    queue.download(host.memory, block);
    const event = backend.createEvent(0);
    expect(event.ready()).toBe(true);
    queue.record(event);
    expect(event.ready()).toBe(false);
    while (!event.ready()) await new Promise((resolve) => setImmediate(resolve));
    expect(new Float32Array(host.memory.buffer, 0, size)).toEqual(floats(7));
  });

  it('a queue waits for the event of another, and only the device does', async () => {
    const other = backend.createQueue(0);
    const event = backend.createEvent(0);
    const block = backend.allocate(0, 4 * size);
    queue.run('mock-sleep', { microseconds: 5000 });
    queue.upload(block, floats(5));
    queue.record(event);
    other.wait(event);
    const target = floats(0);
    other.download(target, block);
    expect(event.ready()).toBe(false);
    await other.done();
    expect(target).toEqual(floats(5));
  });

  it('pins shared memory of others, and leaves it', async () => {
    const memory = new Uint8Array(new SharedArrayBuffer(100_000));
    memory.fill(3);
    expect(backend.pin(memory)).toBe(true);
    expect(backend.pin(memory)).toBe(true);
    expect(control.counters().registered).toBe(1);
    const block = backend.allocate(0, 100_000);
    queue.upload(block, memory);
    queue.download(memory.subarray(0, 10), block, 50);
    await queue.done();
    backend.unpin(memory);
    backend.unpin(memory);
    expect(control.counters().registered).toBe(0);
    expect(memory[5]).toBe(3);
  });

  it('pins whole pages where the driver takes nothing else, or nothing', () => {
    const memory = new Uint8Array(new SharedArrayBuffer(100_000));
    control.inject('cuMemHostRegister', 1, 1);
    expect(backend.pin(memory)).toBe(true);
    backend.unpin(memory);
    control.inject('cuMemHostRegister', 1, 2);
    expect(backend.pin(memory)).toBe(false);
  });

  it('a wrong call is refused at once and leaves the queue as it was', async () => {
    const block = backend.allocate(0, 16);
    const freed = backend.allocate(0, 16);
    const host = backend.allocateHost(16);
    backend.free(freed);
    backend.freeHost(host);
    const foreign = { device: 0, bytes: 16, address: 4096 };
    const x = { block, byteOffset: 0, length: 4 };
    const wrong: (() => unknown)[] = [
      () => queue.upload(freed, new Uint8Array(1)),
      () => queue.upload(foreign, new Uint8Array(1)),
      () => queue.upload(block, new Uint8Array(17)),
      () => queue.download(new Uint8Array(1), block, 16),
      () => queue.download(new Uint8Array(1), block, -1),
      () => queue.run('no-such', {}),
      () => queue.run('axpy', { size: 5, a: 1, x, y: x }),
      () => queue.run('axpy', { size: 4, a: 1, x, y: { ...x, block: freed } }),
      () => queue.run('host-only', { value: 1 }),
      () => queue.record({ device: 0, ready: () => true }),
      () => queue.wait({ device: 0, ready: () => true }),
      () => backend.free(freed),
      () => backend.freeHost(host),
      () => backend.allocate(0, -1),
      () => backend.allocateHost(0.5),
      () => backend.allocate(1, 16),
      () => backend.createQueue(1),
      () => backend.createEvent(-1),
    ];
    for (const call of wrong) expect(call).toThrow(code('EDMESH_GPU_CONTRACT'));
    await queue.done();
  });

  it('memory that is short is an error of its own', () => {
    expect(() => backend.allocate(0, 2 ** 31)).toThrow(
      expect.objectContaining({ code: 'EDMESH_GPU_MEMORY', fields: { bytes: 2 ** 31 } }),
    );
    control.inject('cuMemHostAlloc', 2, 1);
    expect(() => backend.allocateHost(100)).toThrow(code('EDMESH_GPU_MEMORY'));
  });

  it('a command that the driver refuses fails the queue up to the next done', async () => {
    control.inject('cuLaunchKernel', 701, 1);
    const block = axpy(queue, 2, floats(3), floats(1));
    const target = floats(0);
    queue.download(target, block);
    await expect(queue.done()).rejects.toThrow(
      expect.objectContaining({
        code: 'EDMESH_GPU_OPERATION',
        message: expect.stringContaining('CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES') as unknown,
        fields: { backend: 'cuda', queue: queue.id, operation: 'axpy' },
      }),
    );
    expect(target).toEqual(floats(0));
    queue.download(target, axpy(queue, 2, floats(3), floats(1)));
    await queue.done();
    expect(target).toEqual(floats(7));
  });

  it('an event carries the failure of its queue to those that wait on it', async () => {
    const other = backend.createQueue(0);
    const event = backend.createEvent(0);
    control.inject('cuLaunchKernel', 701, 1);
    const block = axpy(queue, 2, floats(3), floats(1));
    queue.record(event);
    other.wait(event);
    other.download(floats(0), block);
    await expect(other.done()).rejects.toThrow(code('EDMESH_GPU_OPERATION'));
    await expect(queue.done()).rejects.toThrow(code('EDMESH_GPU_OPERATION'));
    queue.record(event);
    other.wait(event);
    await other.done();
  });

  it.each([
    ['cuMemcpyHtoDAsync', (): unknown => queue.upload(backend.allocate(0, 8), new Uint8Array(8))],
    ['cuMemcpyDtoHAsync', () => queue.download(new Uint8Array(8), backend.allocate(0, 8))],
    ['cuMemHostAlloc', () => queue.upload(backend.allocate(0, 8), new Uint8Array(8))],
    ['cuLaunchKernel', () => queue.run('mock-sleep', { microseconds: 1 })],
    ['cuModuleLoadDataEx', () => queue.run('mock-sleep', { microseconds: 1 })],
    ['cuModuleGetFunction', () => queue.run('mock-sleep', { microseconds: 1 })],
    ['cuEventRecord', () => queue.record(backend.createEvent(0))],
    ['cuStreamWaitEvent', () => queue.wait(backend.createEvent(0))],
    ['cuCtxSetCurrent', () => queue.run('mock-sleep', { microseconds: 1 })],
  ])('what %s refuses is heard of in done', async (call, command) => {
    control.inject(call, 801, 1);
    command();
    await expect(queue.done()).rejects.toThrow(
      expect.objectContaining({
        code: 'EDMESH_GPU_OPERATION',
        message: expect.stringContaining('CUDA_ERROR_NOT_SUPPORTED') as unknown,
      }),
    );
    await queue.done();
  });

  it('where even a completion is refused, done rejects', async () => {
    control.inject('cuEventRecord', 801, 1);
    await expect(queue.done()).rejects.toThrow(code('EDMESH_GPU_OPERATION'));
    control.inject('cuEventCreate', 2, 1);
    await expect(backend.createQueue(0).done()).rejects.toThrow(code('EDMESH_GPU_MEMORY'));
    await queue.done();
  });

  it.each([
    ['cuStreamCreate', (): unknown => backend.createQueue(0)],
    ['cuEventCreate', () => backend.createEvent(0)],
    ['cuMemAlloc', () => backend.allocate(0, 8)],
    ['cuMemHostAlloc', () => backend.allocateHost(8)],
  ])('what %s refuses is thrown', (call, command) => {
    control.inject(call, 801, 1);
    expect(command).toThrow(code('EDMESH_GPU_OPERATION'));
    command();
  });

  it('a kernel that the driver cannot compile names what the compiler says', async () => {
    queue.run('mock-unreadable', {});
    await expect(queue.done()).rejects.toThrow(/CUDA_ERROR_INVALID_PTX[\s\S]*axpy\.cu|mock-unread/);
  });

  it('a fault loses the device for good, and all who wait hear of it', async () => {
    const other = backend.createQueue(0);
    const event = backend.createEvent(0);
    other.run('mock-sleep', { microseconds: 50_000 });
    other.record(event);
    queue.run('mock-fault', { code: 700 });
    const ends = await Promise.allSettled([queue.done(), other.done()]);
    for (const end of ends) {
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'EDMESH_GPU_LOST' } });
    }
    expect(await backend.lost).toMatchObject({
      code: 'EDMESH_GPU_LOST',
      message: expect.stringContaining('CUDA_ERROR_ILLEGAL_ADDRESS') as unknown,
    });
    expect(event.ready()).toBe(true);
    expect(() => queue.run('mock-sleep', { microseconds: 1 })).toThrow(code('EDMESH_GPU_LOST'));
    expect(() => backend.allocate(0, 8)).toThrow(code('EDMESH_GPU_LOST'));
    await expect(queue.done()).rejects.toThrow(code('EDMESH_GPU_LOST'));
    expect(backend.devices()).toMatchObject([{ freeBytes: 0 }]);
  });

  it('a device that fails between two calls is lost at the next one', async () => {
    const event = backend.createEvent(0);
    control.fail(0, 719);
    expect(() => queue.record(event)).toThrow(code('EDMESH_GPU_LOST'));
    await expect(queue.done()).rejects.toThrow(code('EDMESH_GPU_LOST'));
  });

  it('many completions come in few calls', async () => {
    const before = backend.statistics;
    const queues = Array.from({ length: 20 }, () => backend.createQueue(0));
    const ends = queues.flatMap((each) => Array.from({ length: 10 }, () => each.done()));
    const until = performance.now() + 20;
    while (performance.now() < until);
    await Promise.all(ends);
    const { delivered, batches, pending } = backend.statistics;
    expect(delivered - before.delivered).toBe(200);
    expect(batches - before.batches).toBeLessThan(100);
    expect(pending).toBe(0);
  });

  it('host functions of the driver complete as threads do, and a watchdog hears of a lost device', async () => {
    await backend.close();
    backend = await mockCuda({
      operationModules: [sleeping],
      hostFunctions: true,
      watchdogMs: 5,
    });
    queue = backend.createQueue(0);
    const target = floats(0);
    queue.download(target, axpy(queue, 2, floats(3), floats(1)));
    await queue.done();
    expect(target).toEqual(floats(7));
    expect(control.counters().hostFunctions).toBeGreaterThan(0);
    queue.run('mock-fault', { code: 700 });
    await expect(queue.done()).rejects.toThrow(code('EDMESH_GPU_LOST'));
  });

  it('closing lets queued work end; afterwards nothing can be asked', async () => {
    const block = backend.allocate(0, 4 * size);
    queue.run('mock-sleep', { microseconds: 5000 });
    queue.upload(block, floats(4));
    const target = floats(0);
    queue.download(target, block);
    const done = queue.done();
    await Promise.all([done, backend.close(), backend.close()]);
    expect(target).toEqual(floats(4));
    await expect(queue.done()).rejects.toThrow(code('EDMESH_GPU_CONTRACT'));
    expect(() => backend.allocate(0, 8)).toThrow(code('EDMESH_GPU_CONTRACT'));
  });

  it('is open once in a thread', async () => {
    const { refused } = await openCuda(mockOptions());
    expect(refused?.reason).toMatch(/open in this thread already/);
    await queue.done();
  });

  it('errors are of the family', () => {
    let thrown: unknown;
    try {
      backend.createQueue(7);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(EdmeshError);
  });
});
