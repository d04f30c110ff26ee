/** Launches of the addon itself. Proves that wrong memory, numbers and contexts end in an error or in the right launch. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CudaAddon, Handle } from '../../gpu/cuda/cuda-addon.ts';
import { describeCompiled, mockControl, mockLibrary, mockOptions } from './mock-cuda.ts';

const ptx = readFileSync(new URL('mock-driver/mock-kernels.ptx', import.meta.url), 'utf8');

describeCompiled('launches of the CUDA addon', () => {
  let addon: CudaAddon;
  let context: Handle;
  let queue: Handle;
  let module: Handle;
  let before: number;
  const control = mockControl();
  const launches = () => (control.counters().launches ?? 0) - before;

  beforeEach(async () => {
    addon = await mockOptions().loadAddon();
    addon.open(mockLibrary(), () => undefined, 1, 1000);
    context = addon.openContext(0);
    queue = addon.createQueue(context, false);
    module = addon.loadModule(context, ptx);
    before = control.counters().launches ?? 0;
  });
  afterEach(() => {
    addon.close();
  });

  /** A launch of one thread that sleeps a microsecond. */
  const packedOn = (buffer: SharedArrayBuffer): Uint8Array<SharedArrayBuffer> => {
    new Uint32Array(buffer, 0, 9).set([1, 1, 1, 1, 1, 1, 0, 4, 1]);
    return new Uint8Array(buffer);
  };
  const sleepOf = (packed: Uint8Array<SharedArrayBuffer>) =>
    addon.getKernel(module, 'mock_sleep', packed);

  it('a launch takes what is packed at the time', () => {
    const packed = packedOn(new SharedArrayBuffer(36));
    const kernel = sleepOf(packed);
    addon.launch(queue, kernel);
    new Uint32Array(packed.buffer)[0] = 0;
    expect(() => addon.launch(queue, kernel)).toThrow(/CUDA_ERROR_INVALID_VALUE/);
    expect(launches()).toBe(1);
  });

  it.each([
    ['memory that can be detached', new Uint8Array(64)],
    ['elements of another width', new Uint32Array(new SharedArrayBuffer(64))],
    ['a DataView', new DataView(new SharedArrayBuffer(64))],
    ['the buffer itself', new SharedArrayBuffer(64)],
    ['a number', 7],
    ['nothing', undefined],
    ['no head', new Uint8Array(new SharedArrayBuffer(31))],
    ['no bytes', new Uint8Array(new SharedArrayBuffer(0))],
  ])('takes no %s for packed memory', (_, packed) => {
    expect(() => sleepOf(packed as never)).toThrow(/packed/);
  });

  it.each([5, 36, 2 ** 31, 2 ** 32 - 1])('refuses %i bytes of arguments in 4', (bytes) => {
    const packed = packedOn(new SharedArrayBuffer(36));
    const kernel = sleepOf(packed);
    new Uint32Array(packed.buffer)[7] = bytes;
    expect(() => addon.launch(queue, kernel)).toThrow(/fewer bytes of arguments/);
    expect(launches()).toBe(0);
  });

  it('keeps the packed memory, whoever else lets go of it', () => {
    const kernels = Array.from({ length: 100 }, () => sleepOf(packedOn(new SharedArrayBuffer(36))));
    // Enough garbage for the buffers to be collected, were they not kept.
    for (let index = 0; index < 200; index++) new SharedArrayBuffer(2 ** 20);
    for (const kernel of kernels) addon.launch(queue, kernel);
    expect(launches()).toBe(100);
  });

  it('refuses handles of others, and of what was destroyed', () => {
    const kernel = sleepOf(packedOn(new SharedArrayBuffer(36)));
    expect(() => addon.launch(kernel, queue)).toThrow(/queue was closed, or is none/);
    expect(() => addon.launch(queue, module)).toThrow(/kernel was closed, or is none/);
    expect(() => addon.launch(queue, 'kernel' as never)).toThrow(TypeError);
    const launchOne: (...given: Handle[]) => void = addon.launch;
    expect(() => launchOne(queue)).toThrow(/too few arguments/);
    addon.destroy(kernel);
    expect(() => addon.launch(queue, kernel)).toThrow(/kernel was closed, or is none/);
  });

  it('finds back into its context where other code has changed it', () => {
    const kernel = sleepOf(packedOn(new SharedArrayBuffer(36)));
    addon.launch(queue, kernel);
    control.enter();
    addon.launch(queue, kernel);
    control.enter(7);
    addon.launch(queue, kernel);
    expect(launches()).toBe(3);
    control.enter();
    control.inject('cuCtxSetCurrent', 801, 1);
    expect(() => addon.launch(queue, kernel)).toThrow(/cuCtxSetCurrent.*NOT_SUPPORTED/);
    addon.launch(queue, kernel);
    expect(launches()).toBe(4);
  });

  it('assumes nothing of a context that it has given back', () => {
    addon.close();
    control.enter();
    addon.open(mockLibrary(), () => undefined, 1, 1000);
    const again = addon.openContext(0);
    const other = addon.createQueue(again, false);
    const kernel = addon.getKernel(
      addon.loadModule(again, ptx),
      'mock_sleep',
      packedOn(new SharedArrayBuffer(36)),
    );
    control.inject('cuLaunchKernel', 400, 1);
    addon.launch(other, kernel);
    expect(launches()).toBe(1);
  });
});
