import { numberOf, shortArray } from './check-arguments.ts';
import { defineOperation, input, output, scalar } from './operation.ts';
import { fitOnHost } from './velo-line-fit-host.ts';
import { fitWithTensors } from './velo-line-fit-tensors.ts';
import { sampleHits } from './velo-samples.ts';

/** Parameters of `velo-line-fit`. */
export const lineFitParameters = {
  size: scalar('uint32'),
  maxHits: scalar('uint32'),
  beamX: scalar('float32'),
  beamY: scalar('float32'),
  hitError: scalar('float32'),
  scattering: scalar('float32'),
  hitStart: input('uint32'),
  hitIndices: input('uint32'),
  hitX: input('float32'),
  hitY: input('float32'),
  hitZ: input('float32'),
  x: output('float32'),
  y: output('float32'),
  z: output('float32'),
  tx: output('float32'),
  ty: output('float32'),
  variance: output('float32'),
  covariance: output('float32'),
  slopeVariance: output('float32'),
  chi2: output('float32'),
  backward: output('uint8'),
};

const floatResults = [
  ...(['x', 'y', 'z', 'tx', 'ty'] as const),
  ...(['variance', 'covariance', 'slopeVariance', 'chi2'] as const),
];
const results = [...floatResults, 'backward'] as const;

/**
 * Least-squares straight lines through the hits of `size` tracks, at the point closest to the beam line. Hits of track t
 * are `hitIndices[hitStart[t]]` up to and without `hitIndices[hitStart[t + 1]]`, from high to low z, at least two at
 * different z; none has more than `maxHits`. Hits far from the beam line weigh less, by multiple scattering.
 *
 * Lengths in mm: beam line (parallel to z), error of a hit, positions. `scattering` is in rad for a track of slope 1.
 * `variance` is of x and of y (mm squared), `covariance` of position and slope (mm), `slopeVariance` of the slopes, `chi2`
 * that of the fit; `backward` is 1 where the hits lie upstream of the point.
 */
export const veloLineFit = defineOperation({
  name: 'velo-line-fit',
  description: 'straight lines through the hits of VELO tracks',
  parameters: lineFitParameters,
  problem(args) {
    const size = numberOf(args, 'size');
    return shortArray(args, size + 1, ['hitStart']) ?? shortArray(args, size, results);
  },
  ref: fitOnHost,
  tfjs: fitWithTensors,
  fasterOnHost: 'ref',
  cuda: {
    kernel: 'edmesh_velo_line_fit',
    block: [128, 1, 1],
    grid: (args) => [Math.ceil(numberOf(args, 'size') / 128), 1, 1],
    sharedBytes: 0,
  },
  tolerance: {
    x: { absolute: 2e-3, relative: 1e-4 },
    y: { absolute: 2e-3, relative: 1e-4 },
    z: { absolute: 2e-2, relative: 1e-4 },
    tx: { absolute: 1e-6, relative: 1e-5 },
    ty: { absolute: 1e-6, relative: 1e-5 },
    variance: { absolute: 1e-8, relative: 1e-3 },
    covariance: { absolute: 1e-9, relative: 1e-3 },
    slopeVariance: { absolute: 1e-12, relative: 1e-4 },
    chi2: { absolute: 2e-2, relative: 1e-2 },
  },
  samples: [250, 1, 0].map((count) => ({
    name: `up to ${String(count)} tracks`,
    make(random) {
      const { x: hitX, y: hitY, z: hitZ, tracks } = sampleHits(random, count);
      const size = tracks.length;
      const hitStart = new Uint32Array(size + 1);
      tracks.forEach(({ length }, track) => {
        hitStart[track + 1] = (hitStart[track] ?? 0) + length;
      });
      const floats = () => new Float32Array(size);
      return {
        ...{ size, maxHits: Math.max(0, ...tracks.map(({ length }) => length)) },
        ...{ beamX: 0.01, beamY: -0.02, hitError: 0.0125, scattering: 0.003 },
        ...{ hitStart, hitIndices: Uint32Array.from(tracks.flat()), hitX, hitY, hitZ },
        ...{ x: floats(), y: floats(), z: floats(), tx: floats(), ty: floats() },
        ...{ variance: floats(), covariance: floats(), slopeVariance: floats(), chi2: floats() },
        backward: new Uint8Array(size),
      };
    },
  })),
});
