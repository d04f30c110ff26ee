import type { ElementArray } from './elements.ts';
import type { HostArguments } from './operation.ts';
import type { lineFitParameters } from './velo-line-fit.ts';

type Arguments = HostArguments<typeof lineFitParameters>;

/** The plain body of `velo-line-fit`, in double precision. */
export function fitOnHost(args: Arguments): void {
  for (let track = 0; track < args.size; track++) fitTrack(track, args);
}

function fitTrack(track: number, args: Arguments): void {
  const { beamX, beamY, hitError, scattering, hitStart, hitIndices, hitX, hitY, hitZ } = args;
  const start = at(hitStart, track);
  const end = at(hitStart, track + 1);
  const top = at(hitIndices, start);
  const bottom = at(hitIndices, end - 1);
  const way = at(hitZ, top) - at(hitZ, bottom) || 1;
  const slopeX = (at(hitX, top) - at(hitX, bottom)) / way;
  const slopeY = (at(hitY, top) - at(hitY, bottom)) / way;
  const outward = slopeX * (at(hitX, bottom) - beamX) + slopeY * (at(hitY, bottom) - beamY);
  const origin = outward > 0 ? bottom : top;
  const originZ = at(hitZ, origin);
  const bend = scattering * scattering * (slopeX * slopeX + slopeY * slopeY);
  let [sum, sumZ, sumZZ] = [0, 0, 0];
  let [sumX, sumXZ, sumY, sumYZ] = [0, 0, 0, 0];
  for (let index = start; index < end; index++) {
    const hit = at(hitIndices, index);
    const step = at(hitZ, hit) - originZ;
    const weight = 1 / (hitError * hitError + bend * step * step);
    const [x, y] = [at(hitX, hit), at(hitY, hit)];
    sum += weight;
    sumZ += weight * step;
    sumZZ += weight * step * step;
    sumX += weight * x;
    sumXZ += weight * x * step;
    sumY += weight * y;
    sumYZ += weight * y * step;
  }
  const inverse = 1 / (sum * sumZZ - sumZ * sumZ);
  const fitX = (sumZZ * sumX - sumZ * sumXZ) * inverse;
  const fitY = (sumZZ * sumY - sumZ * sumYZ) * inverse;
  const tx = (sum * sumXZ - sumZ * sumX) * inverse;
  const ty = (sum * sumYZ - sumZ * sumY) * inverse;
  const square = tx * tx + ty * ty;
  const toBeam = square > 1e-10 ? -(tx * (fitX - beamX) + ty * (fitY - beamY)) / square : 0;
  let misfit = 0;
  for (let index = start; index < end; index++) {
    const hit = at(hitIndices, index);
    const step = at(hitZ, hit) - originZ;
    const missX = fitX + tx * step - at(hitX, hit);
    const missY = fitY + ty * step - at(hitY, hit);
    misfit += (missX * missX + missY * missY) / (hitError * hitError + bend * step * step);
  }
  args.x[track] = fitX + tx * toBeam;
  args.y[track] = fitY + ty * toBeam;
  args.z[track] = originZ + toBeam;
  args.tx[track] = tx;
  args.ty[track] = ty;
  args.variance[track] = (sumZZ - 2 * toBeam * sumZ + toBeam * toBeam * sum) * inverse;
  args.covariance[track] = (toBeam * sum - sumZ) * inverse;
  args.slopeVariance[track] = sum * inverse;
  args.chi2[track] = misfit;
  args.backward[track] = origin === top ? 1 : 0;
}

/** An element whose index is known to be in range. */
function at(values: ElementArray, index: number): number {
  return values[index] ?? 0;
}
