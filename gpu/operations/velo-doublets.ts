import { numberOf, shortArray } from './check-arguments.ts';
import { defineOperation, input, output, scalar } from './operation.ts';
import { doubletsOnHost } from './velo-doublets-host.ts';
import { doubletsWithTensors } from './velo-doublets-tensors.ts';
import { sampleHits } from './velo-samples.ts';

/** Parameters of `velo-doublets`. */
export const doubletParameters = {
  size: scalar('uint32'),
  layers: scalar('uint32'),
  layerHits: scalar('uint32'),
  up: scalar('uint32'),
  turn: scalar('float32'),
  impact: scalar('float32'),
  minStep: scalar('float32'),
  capacity: scalar('uint32'),
  x: input('float32'),
  y: input('float32'),
  z: input('float32'),
  moduleStart: input('uint32'),
  counts: output('uint32'),
  partners: output('uint32'),
};

/**
 * Window search between planes: for each of `size` hits, those of the layer `up` layers further (0: of the same) that lie
 * at least `minStep` mm higher in z, and in azimuth, taken in 512 bins of a turn, no more than `turn` + `impact` / radius
 * (rad; mm / mm) away, or 63 bins. `counts` says how many there are for each hit, `partners` holds the first `capacity` of
 * them in rising order, a row a hit, and 0xffffffff behind the last.
 *
 * Hits are ordered by module: those of module m are `moduleStart[m]` up to and without `moduleStart[m + 1]`. Modules 2k and
 * 2k + 1 are layer k, of `layers`, and no layer has more than `layerHits` hits.
 *
 * Each step is rounded to single precision, in the order that `ref` shows and with nothing fused, so that all bodies give
 * the same.
 */
export const veloDoublets = defineOperation({
  name: 'velo-doublets',
  description: 'pairs of VELO hits in neighbouring layers',
  parameters: doubletParameters,
  problem(args) {
    const size = numberOf(args, 'size');
    return (
      shortArray(args, size, ['x', 'y', 'z', 'counts']) ??
      shortArray(args, 2 * numberOf(args, 'layers') + 1, ['moduleStart']) ??
      shortArray(args, size * numberOf(args, 'capacity'), ['partners'])
    );
  },
  ref: doubletsOnHost,
  tfjs: doubletsWithTensors,
  fasterOnHost: 'ref',
  cuda: {
    kernel: 'edmesh_velo_doublets',
    block: [128, 1, 1],
    grid: (args) => [Math.ceil(numberOf(args, 'size') / 128), 1, 1],
    sharedBytes: 0,
  },
  samples: [
    { tracks: 100, up: 1, capacity: 16, turn: 0.02, impact: 0.2 },
    { tracks: 40, up: 0, capacity: 4, turn: 0.3, impact: 2 },
    { tracks: 40, up: 2, capacity: 1, turn: 0.3, impact: 2 },
    { tracks: 0, up: 1, capacity: 4, turn: 0.3, impact: 2 },
  ].map(({ tracks, up, capacity, turn, impact }) => ({
    name: `hits of ${String(tracks)} tracks, ${String(up)} layers up`,
    make(random) {
      const { x, y, z, moduleStart } = sampleHits(random, tracks);
      const size = x.length;
      const layers = (moduleStart.length - 1) / 2;
      let layerHits = 0;
      for (let layer = 0; layer < layers; layer++) {
        const hits = (moduleStart[2 * layer + 2] ?? 0) - (moduleStart[2 * layer] ?? 0);
        layerHits = Math.max(layerHits, hits);
      }
      return {
        ...{ size, layers, layerHits, up, turn, impact, minStep: 4, capacity },
        ...{ x, y, z, moduleStart },
        counts: new Uint32Array(size),
        partners: new Uint32Array(size * capacity),
      };
    },
  })),
});
