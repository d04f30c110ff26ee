import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorArguments, TensorResults, Tfjs } from './operation.ts';
import type { lineFitParameters } from './velo-line-fit.ts';

type Arguments = TensorArguments<typeof lineFitParameters>;
type Results = TensorResults<typeof lineFitParameters>;

/**
 * The tensor body of `velo-line-fit`: a row a track, a column a hit, absent hits with weight 0. Sums are taken around the
 * weighted mean of the hits, as single precision loses too much around any other point.
 */
export function fitWithTensors(tf: Tfjs, args: Arguments): Results {
  const { size, beamX, beamY } = args;
  if (size === 0 || args.maxHits === 0) return nothing(tf);
  const rows = new TrackRows(tf, args);
  const { top, bottom } = rows;
  const ways = tf.sub(rows.z(top), rows.z(bottom));
  const way = tf.where(tf.equal(ways, 0), tf.onesLike(ways), ways);
  const slopeX = tf.div(tf.sub(rows.x(top), rows.x(bottom)), way);
  const slopeY = tf.div(tf.sub(rows.y(top), rows.y(bottom)), way);
  const outward = tf.add(
    tf.mul(slopeX, tf.sub(rows.x(bottom), beamX)),
    tf.mul(slopeY, tf.sub(rows.y(bottom), beamY)),
  );
  const forward = tf.greater(outward, 0);
  const originZ = tf.where(forward, rows.z(bottom), rows.z(top));
  const bend = tf.mul(
    tf.add(tf.square(slopeX), tf.square(slopeY)),
    args.scattering * args.scattering,
  );
  const steps = tf.sub(rows.z(rows.hits), originZ);
  const errors = tf.add(tf.mul(bend, tf.square(steps)), args.hitError * args.hitError);
  const weights = tf.div(rows.present, errors);

  const sum = (values: Tensor): Tensor => tf.sum(values, 1, true);
  const weight = sum(weights);
  const mean = (values: Tensor): Tensor => tf.div(sum(tf.mul(weights, values)), weight);
  const [hitX, hitY] = [rows.x(rows.hits), rows.y(rows.hits)];
  const [meanZ, meanX, meanY] = [mean(steps), mean(hitX), mean(hitY)];
  const fromZ = tf.sub(steps, meanZ);
  const spread = sum(tf.mul(weights, tf.square(fromZ)));
  const slope = (values: Tensor): Tensor =>
    tf.div(sum(tf.mul(tf.mul(weights, fromZ), values)), spread);
  const [fromX, fromY] = [tf.sub(hitX, meanX), tf.sub(hitY, meanY)];
  const [tx, ty] = [slope(fromX), slope(fromY)];

  const square = tf.add(tf.square(tx), tf.square(ty));
  const inclined = tf.greater(square, 1e-10);
  const across = tf.add(tf.mul(tx, tf.sub(meanX, beamX)), tf.mul(ty, tf.sub(meanY, beamY)));
  const fromMean = tf.neg(tf.div(across, tf.where(inclined, square, tf.onesLike(square))));
  const lever = tf.where(inclined, fromMean, tf.neg(meanZ));
  const missX = tf.sub(tf.mul(tx, fromZ), fromX);
  const missY = tf.sub(tf.mul(ty, fromZ), fromY);
  const column = (values: Tensor): Tensor => tf.reshape(values, [size]);
  return {
    x: column(tf.add(meanX, tf.mul(tx, lever))),
    y: column(tf.add(meanY, tf.mul(ty, lever))),
    z: column(tf.add(tf.add(originZ, meanZ), lever)),
    tx: column(tx),
    ty: column(ty),
    variance: column(tf.add(tf.reciprocal(weight), tf.div(tf.square(lever), spread))),
    covariance: column(tf.div(lever, spread)),
    slopeVariance: column(tf.reciprocal(spread)),
    chi2: column(sum(tf.mul(weights, tf.add(tf.square(missX), tf.square(missY))))),
    backward: column(tf.cast(tf.logicalNot(forward), 'int32')),
  };
}

/** Indices of hits as matrices, and what reads coordinates with them. */
class TrackRows {
  /** A row a track with all its hits, and some hit where there are no more. */
  readonly hits: Tensor;
  /** 1 where `hits` is one of the track, else 0. */
  readonly present: Tensor;
  /** The first and the last hit of each track, in one column. */
  readonly top: Tensor;
  readonly bottom: Tensor;
  readonly #tf: Tfjs;
  readonly #args: Arguments;

  constructor(tf: Tfjs, args: Arguments) {
    const { size, maxHits, hitStart, hitIndices } = args;
    this.#tf = tf;
    this.#args = args;
    const start = tf.reshape(tf.slice(hitStart, 0, size), [size, 1]);
    const end = tf.reshape(tf.slice(hitStart, 1, size), [size, 1]);
    const places = tf.add(start, tf.reshape(tf.range(0, maxHits, 1, 'int32'), [1, maxHits]));
    const last = tf.sub(end, tf.scalar(1, 'int32'));
    const indices = tf.cast(hitIndices, 'int32');
    this.present = tf.cast(tf.less(places, end), 'float32');
    this.hits = tf.gather(indices, tf.cast(tf.minimum(places, last), 'int32'));
    this.top = tf.gather(indices, tf.cast(start, 'int32'));
    this.bottom = tf.gather(indices, tf.cast(last, 'int32'));
  }

  x(hits: Tensor): Tensor {
    return this.#tf.gather(this.#args.hitX, this.#tf.cast(hits, 'int32'));
  }

  y(hits: Tensor): Tensor {
    return this.#tf.gather(this.#args.hitY, this.#tf.cast(hits, 'int32'));
  }

  z(hits: Tensor): Tensor {
    return this.#tf.gather(this.#args.hitZ, this.#tf.cast(hits, 'int32'));
  }
}

function nothing(tf: Tfjs): Results {
  const none = () => tf.zeros([0]);
  return {
    ...{ x: none(), y: none(), z: none(), tx: none(), ty: none() },
    ...{ variance: none(), covariance: none(), slopeVariance: none(), chi2: none() },
    backward: tf.zeros([0], 'int32'),
  };
}
