/**
 * Backends that run in a thread of their own. Proves that work keeps its order, that failures reach those who wait and no
 * others, that a thread that dies is a lost device, and what opening says where something is missing.
 */
import { describe, expect, it } from 'vitest';
import { openEngine } from '../../gpu/engine/open-engine.ts';
import type { GpuQueue } from '../../gpu/backend.ts';
import { engine, entry } from './engine-thread.ts';

const fileHere = (name: string): string => new URL(name, import.meta.url).href;
const failing = { operationModules: [fileHere('failing-operations.mjs')] };
const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('an engine', () => {
  it('computes between ordinary memory, in order', async () => {
    const backend = await engine('cpu');
    const queue = backend.createQueue(0);
    const block = backend.allocate(0, 8);
    const source = Float32Array.of(3, 4);
    queue.upload(block, source);
    source.fill(99);
    const x = { block, byteOffset: 0, length: 2 };
    queue.run('axpy', { size: 2, a: 2, x, y: x });
    const target = new Float32Array(1);
    queue.download(target, block, 4);
    await queue.done();
    expect([...target]).toEqual([12]);
  });

  it('an event is passed when the work before it has ended, without a turn of this event loop', async () => {
    const backend = await engine('cpu', failing);
    const queue = backend.createQueue(0);
    const event = backend.createEvent(0);
    expect(event.ready()).toBe(true);
    queue.run('slow', { size: 20 });
    queue.record(event);
    expect(event.ready()).toBe(false);
    const until = performance.now() + 20_000;
    while (!event.ready() && performance.now() < until);
    expect(event.ready()).toBe(true);
  });

  it('a failure is told once, names its place, and the queue works again', async () => {
    const backend = await engine('cpu', failing);
    const [queue, follower, other] = [0, 1, 2].map(() => backend.createQueue(0)) as [
      GpuQueue,
      GpuQueue,
      GpuQueue,
    ];
    const event = backend.createEvent(0);
    queue.run('fails', { size: 1 });
    queue.record(event);
    follower.wait(event);
    other.run('slow', { size: 1 });
    await expect(queue.done()).rejects.toMatchObject({
      code: 'EDMESH_GPU_OPERATION',
      message: 'fails failed on backend cpu, queue 0: it was told to fail',
      fields: { backend: 'cpu', queue: 0, operation: 'fails' },
    });
    await expect(follower.done()).rejects.toThrow(code('EDMESH_GPU_OPERATION'));
    await other.done();
    await queue.done();
    queue.record(event);
    follower.wait(event);
    await follower.done();
  });

  it('wrong calls are refused at once', async () => {
    const backend = await engine('cpu');
    const queue = backend.createQueue(0);
    const block = backend.allocate(0, 8);
    const freed = backend.allocate(0, 8);
    const host = backend.allocateHost(8);
    backend.free(freed);
    backend.freeHost(host);
    const x = { block, byteOffset: 0, length: 2 };
    const wrong: (() => unknown)[] = [
      () => queue.upload(freed, new Uint8Array(1)),
      () => queue.upload({ device: 0, bytes: 9, address: 1 }, new Uint8Array(1)),
      () => queue.download(new Uint8Array(9), block),
      () => queue.run('no-such', {}),
      () => queue.run('axpy', { size: 2, a: 1, x }),
      () => queue.run('axpy', { size: 2, a: 1, x, y: x, z: 1 }),
      () => queue.run('axpy', { size: 2.5, a: 1, x, y: x }),
      () => queue.run('axpy', { size: 2, a: 1, x, y: 7 }),
      () => queue.run('axpy', { size: 2, a: 1, x, y: { ...x, byteOffset: 2 } }),
      () => queue.run('axpy', { size: 3, a: 1, x, y: { ...x, length: 3 } }),
      () => queue.record({ device: 0, ready: () => true }),
      () => backend.free(freed),
      () => backend.freeHost(host),
      () => backend.allocate(1, 8),
      () => backend.allocate(0, -1),
      () => backend.createQueue(2),
    ];
    for (const call of wrong) expect(call).toThrow(code('EDMESH_GPU_CONTRACT'));
    await queue.done();
  });

  it('memory has a limit', async () => {
    const backend = await engine('cpu', { memoryBytes: 1000 });
    const block = backend.allocate(0, 800);
    expect(() => backend.allocate(0, 300)).toThrow(code('EDMESH_GPU_MEMORY'));
    expect(() => backend.allocateHost(300)).toThrow(code('EDMESH_GPU_MEMORY'));
    backend.free(block);
    expect(backend.devices()).toMatchObject([{ memoryBytes: 1000, freeBytes: 1000 }]);
  });

  it('whose thread dies is lost, for those who wait and for those who come', async () => {
    const backend = await engine('cpu', failing);
    const queue = backend.createQueue(0);
    queue.run('traps', { size: 1 });
    await expect(queue.done()).rejects.toThrow(code('EDMESH_GPU_LOST'));
    expect(await backend.lost).toMatchObject({ code: 'EDMESH_GPU_LOST' });
    expect(() => queue.run('slow', { size: 1 })).toThrow(code('EDMESH_GPU_LOST'));
    expect(backend.createEvent(0).ready()).toBe(true);
    await backend.close();
  });

  it('lets work end when it is closed', async () => {
    const backend = await engine('cpu', failing);
    const queue = backend.createQueue(0);
    queue.run('slow', { size: 20 });
    const done = queue.done();
    await Promise.all([backend.close(), done]);
    expect(() => queue.run('slow', { size: 1 })).toThrow(code('EDMESH_GPU_CONTRACT'));
  });

  it('is not opened with a module that exports no operations', async () => {
    const operationModules = [fileHere('stand-ins/not-tfjs.mjs')];
    await expect(openEngine('cpu', { entry, operationModules })).rejects.toMatchObject({
      code: 'EDMESH_DEFINITION',
    });
  });

  it('whose program does not run is a refusal', async () => {
    const { refused } = await openEngine('cpu', { entry: new URL('file:///nowhere.mjs') });
    expect(refused?.reason).toMatch(/its thread did not start/);
  });
});

describe('tfjs-node-gpu', () => {
  it('is used through a package that has the GPU', async () => {
    const backend = await engine('tfjs-node-gpu', {
      module: fileHere('stand-ins/tfjs-node-gpu.mjs'),
    });
    expect(backend.capabilities).toMatchObject({ onGpu: true, blockingRead: true });
    expect(backend.bodyOf('axpy')).toBe('tfjs');
    const queue = backend.createQueue(0);
    const block = backend.allocate(0, 8);
    queue.upload(block, Float32Array.of(1, 2));
    const x = { block, byteOffset: 0, length: 2 };
    queue.run('axpy', { size: 2, a: 2, x, y: x });
    const target = new Float32Array(2);
    queue.download(target, block);
    await queue.done();
    expect([...target]).toEqual([3, 6]);
  });

  it.each([
    ['tfjs-on-processor', /TensorFlow finds no GPU it can use/, /CUDA 11\.2 and cuDNN 8\.1/],
    ['tfjs-without-binary', /installed without its native binary/, /TFJS_NODE_CDN_STORAGE/],
    ['not-tfjs', /is not tfjs/, /npm install/],
  ])('is refused: %s', async (module, reason, remedy) => {
    const { refused } = await openEngine('tfjs-node-gpu', {
      entry,
      module: fileHere(`stand-ins/${module}.mjs`),
    });
    expect(refused?.kind).toBe('tfjs-node-gpu');
    expect(refused?.reason).toMatch(reason);
    expect(refused?.remedy).toMatch(remedy);
  });

  it('is refused where it is not installed, as here', async () => {
    const { refused } = await openEngine('tfjs-node-gpu', { entry });
    expect(refused?.reason).toBe('the package @tensorflow/tfjs-node-gpu is not installed');
    expect(refused?.remedy).toMatch(/npm install @tensorflow\/tfjs-node-gpu@4\.22\.0/);
  });
});

describe('webgpu', () => {
  const module = fileHere('stand-ins/webgpu.mjs');
  const backendModule = fileHere('stand-ins/tfjs-backend-webgpu.mjs');

  it.each([
    ['stand-ins/webgpu-without-adapter.mjs', /finds no adapter/],
    ['stand-ins/not-tfjs.mjs', /has no function create/],
    ['stand-ins/tfjs-without-binary.mjs', /package webgpu does not load/],
  ])('is refused: %s', async (name, reason) => {
    const { refused } = await openEngine('webgpu', { entry, module: fileHere(name) });
    expect(refused?.reason).toMatch(reason);
  });

  it.each([
    ['stand-ins/tfjs-backend-that-fails.mjs', /backend of tfjs does not start on Card/],
    ['stand-ins/tfjs-without-binary.mjs', /tfjs-backend-webgpu does not load/],
  ])('is refused for its backend: %s', async (name, reason) => {
    const { refused } = await openEngine('webgpu', {
      entry,
      module,
      backendModule: fileHere(name),
    });
    expect(refused?.reason).toMatch(reason);
  });

  it('waits for what tensors hold, and keeps the order', async () => {
    const backend = await engine('webgpu', { module, backendModule });
    expect(backend.devices()).toMatchObject([{ name: 'Card' }]);
    expect(backend.capabilities).toMatchObject({ onGpu: true, blockingRead: false });
    const queue = backend.createQueue(0);
    const block = backend.allocate(0, 16);
    const part = (byteOffset: number, length: number) => ({ block, byteOffset, length });
    queue.upload(block, Float32Array.of(1, 2, 3, 4));
    queue.run('axpy', { size: 4, a: 1, x: part(0, 4), y: part(0, 4) });
    // A part of a result is written, another one is read as it is, and the rest is kept.
    queue.upload(block, Float32Array.of(100), 4);
    queue.run('axpy', { size: 2, a: 1, x: part(0, 2), y: part(8, 2) });
    const target = new Float32Array(4);
    queue.download(target, block);
    await queue.done();
    expect([...target]).toEqual([2, 100, 8, 108]);
  });

  it('a failure is told, and the queue works again', async () => {
    const backend = await engine('webgpu', { ...failing, module, backendModule });
    const queue = backend.createQueue(0);
    queue.run('fails', { size: 1 });
    await expect(queue.done()).rejects.toThrow(code('EDMESH_GPU_OPERATION'));
    queue.run('slow', { size: 1 });
    await queue.done();
  });
});
