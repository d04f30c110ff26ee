/** Stands for `@tensorflow/tfjs-backend-webgpu`: computes on the processor, but what tensors hold has to be waited for. */
import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';

class LateBackend extends MathBackendCPU {
  #ofKernels = 0;

  readSync(dataId) {
    if (this.#ofKernels === 0) throw new Error('what a tensor holds has to be waited for');
    return super.readSync(dataId);
  }

  bufferSync(tensor) {
    return this.#asKernel(() => super.bufferSync(tensor));
  }

  async read(dataId) {
    await setImmediate();
    return this.#asKernel(() => super.readSync(dataId));
  }

  #asKernel(work) {
    this.#ofKernels += 1;
    try {
      return work();
    } finally {
      this.#ofKernels -= 1;
    }
  }
}

tf.registerBackend('webgpu', () => new LateBackend());
for (const kernel of tf.getKernelsForBackend('cpu')) {
  tf.registerKernel({ ...kernel, backendName: 'webgpu' });
}
