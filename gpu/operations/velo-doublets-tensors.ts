import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorArguments, TensorResults, Tfjs } from './operation.ts';
import { binsPerRadian, maxReach, phiBins } from './velo-doublets-host.ts';
import type { doubletParameters } from './velo-doublets.ts';

type Arguments = TensorArguments<typeof doubletParameters>;
type Results = TensorResults<typeof doubletParameters>;

/** The tensor body of `velo-doublets`: a row a hit, a column a hit of the layer that it is compared with. */
export function doubletsWithTensors(tf: Tfjs, args: Arguments): Results {
  const { size, layerHits, capacity } = args;
  if (size === 0) return { counts: tf.zeros([0], 'int32'), partners: tf.zeros([0], 'int32') };
  if (layerHits === 0 || capacity === 0) return none(tf, args);
  const column = (values: Tensor): Tensor => tf.reshape(values, [size, 1]);
  const x = tf.slice(args.x, 0, size);
  const y = tf.slice(args.y, 0, size);
  const z = tf.slice(args.z, 0, size);
  const bins = azimuthBins(tf, x, y);
  const { begin, end } = ranges(tf, args);

  const places = tf.add(begin, tf.reshape(tf.range(0, layerHits, 1, 'int32'), [1, layerHits]));
  const inLayer = tf.less(places, end);
  const others = tf.cast(tf.minimum(places, tf.scalar(size - 1, 'int32')), 'int32');

  const squares = tf.add(tf.mul(x, x), tf.mul(y, y));
  const radius = tf.sqrt(tf.add(squares, 1e-6));
  const reach = tf.mul(tf.add(tf.div(tf.scalar(args.impact), radius), args.turn), binsPerRadian);
  const width = tf.minimum(reach, maxReach);
  const low = column(tf.floor(tf.sub(bins, width)));
  const high = column(tf.floor(tf.add(bins, width)));
  const bin = tf.gather(tf.floor(bins), others);
  const inside = tf.logicalAnd(tf.greaterEqual(bin, low), tf.lessEqual(bin, high));
  const before = tf.lessEqual(tf.add(bin, phiBins), high);
  const behind = tf.greaterEqual(tf.sub(bin, phiBins), low);
  const near = tf.logicalOr(inside, tf.logicalOr(before, behind));
  const above = tf.greaterEqual(tf.sub(tf.gather(z, others), column(z)), args.minStep);
  const pairs = tf.logicalAnd(inLayer, tf.logicalAnd(near, above));

  return {
    counts: tf.sum(tf.cast(pairs, 'int32'), 1),
    partners: lowest(tf, args, pairs, others),
  };
}

/**
 * The first `capacity` of the places that are pairs, and -1 where there are no more. What is a pair knows by the number of
 * those before it where it goes; what is none, or too much, goes to one place behind all, as 0.
 */
function lowest(tf: Tfjs, { size, capacity }: Arguments, pairs: Tensor, others: Tensor): Tensor {
  const one = tf.scalar(1, 'int32');
  const order = tf.cumsum(tf.cast(pairs, 'int32'), 1, true);
  const kept = tf.logicalAnd(pairs, tf.less(order, tf.scalar(capacity, 'int32')));
  const firsts = tf.mul(
    tf.reshape(tf.range(0, size, 1, 'int32'), [size, 1]),
    tf.scalar(capacity, 'int32'),
  );
  const end = size * capacity;
  const places = tf.where(kept, tf.add(firsts, order), tf.scalar(end, 'int32'));
  const values = tf.where(kept, tf.add(others, one), tf.scalar(0, 'int32'));
  const scattered = tf.scatterND(
    tf.cast(tf.reshape(places, [places.size, 1]), 'int32'),
    tf.reshape(values, [values.size]),
    [end + 1],
  );
  return tf.sub(tf.slice(scattered, 0, end), one);
}

/** For each hit, where the layer that it is compared with begins and ends; the same where there is none. */
function ranges(tf: Tfjs, { size, layers, up, moduleStart }: Arguments) {
  const even = tf.reshape(tf.slice(moduleStart, 0, 2 * layers), [layers, 2]);
  const first = tf.reshape(tf.slice(even, [0, 0], [layers, 1]), [layers]);
  const starts = tf.concat([first, tf.slice(moduleStart, 2 * layers, 1)]);
  const hits = tf.reshape(tf.range(0, size, 1, 'int32'), [size, 1]);
  const reached = tf.greaterEqual(hits, tf.reshape(first, [1, layers]));
  const layer = tf.sub(tf.sum(tf.cast(reached, 'int32'), 1, true), tf.scalar(1, 'int32'));
  const last = tf.scalar(layers, 'int32');
  const target = tf.minimum(tf.add(layer, tf.scalar(up, 'int32')), last);
  const next = tf.minimum(tf.add(target, tf.scalar(1, 'int32')), last);
  return {
    begin: tf.gather(starts, tf.cast(target, 'int32')),
    end: tf.gather(starts, tf.cast(next, 'int32')),
  };
}

function azimuthBins(tf: Tfjs, x: Tensor, y: Tensor): Tensor {
  const [acrossX, acrossY] = [tf.abs(x), tf.abs(y)];
  const larger = tf.maximum(acrossX, acrossY);
  const atOrigin = tf.equal(larger, 0);
  const ratio = tf.div(
    tf.minimum(acrossX, acrossY),
    tf.where(atOrigin, tf.onesLike(larger), larger),
  );
  const bulge = tf.mul(tf.sub(tf.scalar(1), ratio), 0.273);
  const inOctant = tf.mul(ratio, tf.add(bulge, Math.PI / 4));
  const flipped = (when: Tensor, from: number, angle: Tensor): Tensor =>
    tf.where(when, tf.sub(tf.scalar(from), angle), angle);
  const inQuarter = flipped(tf.greater(acrossY, acrossX), Math.PI / 2, inOctant);
  const inHalf = flipped(tf.less(x, 0), Math.PI, inQuarter);
  const bins = tf.mul(flipped(tf.less(y, 0), 2 * Math.PI, inHalf), binsPerRadian);
  const inTurn = tf.logicalAnd(tf.less(bins, phiBins), tf.logicalNot(atOrigin));
  return tf.where(inTurn, bins, tf.zerosLike(bins));
}

function none(tf: Tfjs, { size, capacity }: Arguments): Results {
  return {
    counts: tf.zeros([size], 'int32'),
    partners: tf.fill([size * capacity], -1, 'int32'),
  };
}
