/** Stands for `@tensorflow/tfjs-node-gpu` on a machine with a GPU: tfjs with a backend `tensorflow` that says so. */
import * as tf from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';

tf.registerBackend('tensorflow', () =>
  Object.assign(new MathBackendCPU(), { isUsingGpuDevice: true }),
);
for (const kernel of tf.getKernelsForBackend('cpu')) {
  tf.registerKernel({ ...kernel, backendName: 'tensorflow' });
}

export * from '@tensorflow/tfjs-core';
