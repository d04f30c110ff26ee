import { numberOf, shortArray } from './check-arguments.ts';
import { defineOperation, inout, input, scalar } from './operation.ts';

const parameters = {
  size: scalar('uint32'),
  a: scalar('float32'),
  x: input('float32'),
  y: inout('float32'),
};

/** y = a x + y over the first `size` elements: the smallest operation that does something. */
export const axpy = defineOperation({
  name: 'axpy',
  description: 'y = a x + y',
  parameters,
  problem: (args) => shortArray(args, numberOf(args, 'size'), ['x', 'y']),
  ref({ size, a, x, y }) {
    for (let index = 0; index < size; index++) y[index] = a * (x[index] ?? 0) + (y[index] ?? 0);
  },
  tfjs(tf, { size, a, x, y }) {
    return { y: tf.add(tf.mul(tf.slice(x, 0, size), a), tf.slice(y, 0, size)) };
  },
  fasterOnHost: 'ref',
  cuda: {
    kernel: 'edmesh_axpy',
    block: [256, 1, 1],
    grid: (args) => [Math.ceil(numberOf(args, 'size') / 256), 1, 1],
    sharedBytes: 0,
  },
  tolerance: { y: { absolute: 1e-6, relative: 1e-6 } },
  samples: [1 << 16, 1, 0, 1000].map((size) => ({
    name: `${String(size)} elements`,
    make: (random) => ({
      size,
      a: random.gaussian(),
      x: Float32Array.from({ length: size }, () => random.gaussian()),
      y: Float32Array.from({ length: size }, () => random.gaussian()),
    }),
  })),
});
