/** Stands for `@tensorflow/tfjs-backend-webgpu` where the adapter gives it no device. */
import * as tf from '@tensorflow/tfjs-core';

tf.registerBackend('webgpu', () => Promise.reject(new Error('no device')));
