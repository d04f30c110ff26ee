/** Stands for `@tensorflow/tfjs-node-gpu` where TensorFlow finds no CUDA libraries and uses the processor. */
import * as tf from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';

tf.registerBackend('tensorflow', () =>
  Object.assign(new MathBackendCPU(), { isUsingGpuDevice: false }),
);

export * from '@tensorflow/tfjs-core';
