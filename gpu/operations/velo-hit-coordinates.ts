import { numberOf, shortArray } from './check-arguments.ts';
import { defineOperation, input, output, scalar } from './operation.ts';

const parameters = {
  size: scalar('uint32'),
  rowPitch: scalar('float32'),
  channelIds: input('uint32'),
  columnFractions: input('float32'),
  rowFractions: input('float32'),
  localX: input('float32'),
  xPitch: input('float32'),
  transforms: input('float32'),
  x: output('float32'),
  y: output('float32'),
  z: output('float32'),
};

/** Numbers of a transform: a row-major 3x3 rotation and a translation. */
const transformLength = 12;
const columnCount = 768;
const sensorCount = 208;

/**
 * Global coordinates (mm) of VELO clusters. A channel id holds sensor (bits 18 up), column (8 up) and row (0 up); fractions
 * of pixels lead from there to the centre. `localX` and `xPitch` are of the 768 pixel columns (mm), `transforms` has a 3x3
 * rotation and a translation (mm) for each of the 208 sensors. Ids are those of real sensors and columns.
 */
export const veloHitCoordinates = defineOperation({
  name: 'velo-hit-coordinates',
  description: 'global coordinates of VELO clusters',
  parameters,
  problem: (args) =>
    shortArray(args, numberOf(args, 'size'), [
      ...['channelIds', 'columnFractions', 'rowFractions'],
      ...['x', 'y', 'z'],
    ]) ??
    shortArray(args, columnCount, ['localX', 'xPitch']) ??
    shortArray(args, sensorCount * transformLength, ['transforms']),
  ref({ size, rowPitch, localX, xPitch, transforms, x, y, z, ...clusters }) {
    const { channelIds, columnFractions, rowFractions } = clusters;
    for (let index = 0; index < size; index++) {
      const id = channelIds[index] ?? 0;
      const column = (id >> 8) & 0x3ff;
      const at = ((id >> 18) & 0xff) * transformLength;
      const across = (localX[column] ?? 0) + (columnFractions[index] ?? 0) * (xPitch[column] ?? 0);
      const along = (0.5 + (id & 0xff) + (rowFractions[index] ?? 0)) * rowPitch;
      const place = (row: number): number =>
        (transforms[at + 3 * row] ?? 0) * across +
        (transforms[at + 3 * row + 1] ?? 0) * along +
        (transforms[at + 9 + row] ?? 0);
      x[index] = place(0);
      y[index] = place(1);
      z[index] = place(2);
    }
  },
  tfjs(tf, { size, rowPitch, localX, xPitch, transforms, ...clusters }) {
    if (size === 0) return { x: tf.zeros([0]), y: tf.zeros([0]), z: tf.zeros([0]) };
    const ids = tf.slice(clusters.channelIds, 0, size);
    // Integers are divided in single precision by some engines. These quotients are exact there too, as a column is below
    // 768: what is rounded up does not reach the next sensor.
    const upper = tf.floor(tf.mul(tf.cast(ids, 'float32'), 2 ** -18));
    const scale = tf.scalar(2 ** 18, 'int32');
    const lower = tf.cast(tf.sub(ids, tf.mul(tf.cast(upper, 'int32'), scale)), 'float32');
    const wholeColumn = tf.floor(tf.mul(lower, 2 ** -8));
    const row = tf.sub(lower, tf.mul(wholeColumn, 2 ** 8));
    const column = tf.cast(wholeColumn, 'int32');
    const flags = tf.floor(tf.mul(upper, 2 ** -8));
    const sensor = tf.cast(tf.sub(upper, tf.mul(flags, 2 ** 8)), 'int32');
    const columnFractions = tf.slice(clusters.columnFractions, 0, size);
    const rowFractions = tf.slice(clusters.rowFractions, 0, size);
    const across = tf.add(
      tf.gather(localX, column),
      tf.mul(columnFractions, tf.gather(xPitch, column)),
    );
    const along = tf.mul(tf.add(tf.add(row, 0.5), rowFractions), rowPitch);
    const table = tf.reshape(tf.slice(transforms, 0, sensorCount * transformLength), [
      sensorCount,
      transformLength,
    ]);
    const parts = tf.split(tf.gather(table, sensor), transformLength, 1);
    const part = (index: number) => tf.reshape(parts[index] ?? tf.zeros([size, 1]), [size]);
    const place = (row: number) =>
      tf.add(
        tf.add(tf.mul(part(3 * row), across), tf.mul(part(3 * row + 1), along)),
        part(9 + row),
      );
    return { x: place(0), y: place(1), z: place(2) };
  },
  fasterOnHost: 'ref',
  exactIntegers: true,
  cuda: {
    kernel: 'edmesh_velo_hit_coordinates',
    block: [256, 1, 1],
    grid: (args) => [Math.ceil(numberOf(args, 'size') / 256), 1, 1],
    sharedBytes: 0,
  },
  tolerance: {
    x: { absolute: 2e-5, relative: 1e-6 },
    y: { absolute: 2e-5, relative: 1e-6 },
    z: { absolute: 2e-5, relative: 1e-6 },
  },
  samples: [2500, 1, 0].map((size) => ({
    name: `${String(size)} clusters`,
    make(random) {
      const id = () =>
        (random.integer(4) << 26) |
        (random.integer(sensorCount) << 18) |
        (random.integer(columnCount) << 8) |
        random.integer(256);
      const quarters = () => random.integer(4) / 4;
      return {
        size,
        rowPitch: 0.055,
        channelIds: Uint32Array.from({ length: size }, id),
        columnFractions: Float32Array.from({ length: size }, quarters),
        rowFractions: Float32Array.from({ length: size }, quarters),
        localX: Float32Array.from({ length: columnCount }, (_, column) => 0.055 * (column + 0.5)),
        xPitch: new Float32Array(columnCount).fill(0.055),
        transforms: Float32Array.from({ length: sensorCount * transformLength }, (_, index) =>
          index % transformLength < 9 ? random.uniform() : 300 * random.gaussian(),
        ),
        x: new Float32Array(size),
        y: new Float32Array(size),
        z: new Float32Array(size),
      };
    },
  })),
});
