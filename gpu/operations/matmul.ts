import type { Tensor1D } from '@tensorflow/tfjs-core';
import { numberOf, shortArray } from './check-arguments.ts';
import { defineOperation, input, output, scalar, type Tfjs } from './operation.ts';

const parameters = {
  rows: scalar('uint32'),
  columns: scalar('uint32'),
  inner: scalar('uint32'),
  a: input('float32'),
  b: input('float32'),
  c: output('float32'),
};

const tile = 16;

/** The first elements; all of them are not copied. */
function front(tf: Tfjs, tensor: Tensor1D, size: number): Tensor1D {
  return tensor.size === size ? tensor : tf.slice(tensor, 0, size);
}

/** c = a b for row-major matrices of rows x inner and inner x columns. */
export const matmul = defineOperation({
  name: 'matmul',
  description: 'c = a b for matrices',
  parameters,
  problem(args) {
    const [rows, columns, inner] = [
      numberOf(args, 'rows'),
      numberOf(args, 'columns'),
      numberOf(args, 'inner'),
    ];
    return (
      shortArray(args, rows * inner, ['a']) ??
      shortArray(args, inner * columns, ['b']) ??
      shortArray(args, rows * columns, ['c'])
    );
  },
  ref({ rows, columns, inner, a, b, c }) {
    const sums = new Float64Array(columns);
    for (let row = 0; row < rows; row++) {
      sums.fill(0);
      for (let step = 0; step < inner; step++) {
        const factor = a[row * inner + step] ?? 0;
        const from = step * columns;
        for (let column = 0; column < columns; column++) {
          sums[column] = (sums[column] ?? 0) + factor * (b[from + column] ?? 0);
        }
      }
      c.set(sums, row * columns);
    }
  },
  tfjs(tf, { rows, columns, inner, a, b }) {
    const left = tf.reshape(front(tf, a, rows * inner), [rows, inner]);
    const right = tf.reshape(front(tf, b, inner * columns), [inner, columns]);
    return { c: tf.matMul(left, right) };
  },
  cuda: {
    kernel: 'edmesh_matmul',
    block: [tile, tile, 1],
    grid: (args) => [
      Math.ceil(numberOf(args, 'columns') / tile),
      Math.ceil(numberOf(args, 'rows') / tile),
      1,
    ],
    sharedBytes: 0,
  },
  tolerance: { c: { absolute: 1e-4, relative: 1e-5 } },
  samples: [
    { rows: 256, columns: 256, inner: 256 },
    { rows: 3, columns: 5, inner: 7 },
    { rows: 1, columns: 1, inner: 1 },
  ].map(({ rows, columns, inner }) => ({
    name: `${String(rows)} x ${String(inner)} by ${String(inner)} x ${String(columns)}`,
    make: (random) => ({
      rows,
      columns,
      inner,
      a: Float32Array.from({ length: rows * inner }, () => random.gaussian()),
      b: Float32Array.from({ length: inner * columns }, () => random.gaussian()),
      c: new Float32Array(rows * columns),
    }),
  })),
});
