import type { HostArguments } from './operation.ts';
import type { doubletParameters } from './velo-doublets.ts';

/** Bins of azimuth in a turn. */
export const phiBins = 512;
/** Bins in a radian, in single precision. */
export const binsPerRadian = Math.fround(phiBins / (2 * Math.PI));
/** The widest window, in bins to either side. */
export const maxReach = 63;
/** What `partners` holds where there is none. */
const noPartner = 0xffffffff;

const { fround } = Math;
const quarterPi = fround(Math.PI / 4);
const halfPi = fround(Math.PI / 2);
const pi = fround(Math.PI);
const twoPi = fround(2 * Math.PI);
const bulge = fround(0.273);

/** The plain body of `velo-doublets`. */
export function doubletsOnHost(args: HostArguments<typeof doubletParameters>): void {
  const { size, layers, up, capacity, x, y, z, moduleStart, counts, partners } = args;
  const turn = fround(args.turn);
  const impact = fround(args.impact);
  const minStep = fround(args.minStep);
  const bins = Float32Array.from({ length: size }, (_, hit) =>
    azimuthBin(x[hit] ?? 0, y[hit] ?? 0),
  );
  const wholeBins = Int32Array.from(bins);
  partners.fill(noPartner, 0, size * capacity);
  counts.fill(0, 0, size);
  for (let layer = 0; layer + up < layers; layer++) {
    const above = moduleStart[2 * (layer + up)] ?? 0;
    const aboveEnd = moduleStart[2 * (layer + up) + 2] ?? 0;
    const end = moduleStart[2 * layer + 2] ?? 0;
    for (let hit = moduleStart[2 * layer] ?? 0; hit < end; hit++) {
      const radius = radiusOf(x[hit] ?? 0, y[hit] ?? 0);
      const width = Math.min(
        fround(fround(turn + fround(impact / radius)) * binsPerRadian),
        maxReach,
      );
      const centre = bins[hit] ?? 0;
      const low = Math.floor(fround(centre - width));
      const high = Math.floor(fround(centre + width));
      const hitZ = z[hit] ?? 0;
      let found = 0;
      for (let other = above; other < aboveEnd; other++) {
        const bin = wholeBins[other] ?? 0;
        const inside = bin >= low && bin <= high;
        if (!inside && bin + phiBins > high && bin - phiBins < low) continue;
        if (fround((z[other] ?? 0) - hitZ) < minStep) continue;
        if (found < capacity) partners[hit * capacity + found] = other;
        found++;
      }
      counts[hit] = found;
    }
  }
}

function radiusOf(x: number, y: number): number {
  return fround(Math.sqrt(fround(fround(fround(x * x) + fround(y * y)) + fround(1e-6))));
}

/** The azimuth of a point in bins, with a fraction, from 0 up to 512; off by up to a third of a bin. */
function azimuthBin(x: number, y: number): number {
  const [acrossX, acrossY] = [Math.abs(x), Math.abs(y)];
  const larger = Math.max(acrossX, acrossY);
  if (larger === 0) return 0;
  const ratio = fround(Math.min(acrossX, acrossY) / larger);
  let angle = fround(ratio * fround(quarterPi + fround(bulge * fround(1 - ratio))));
  if (acrossY > acrossX) angle = fround(halfPi - angle);
  if (x < 0) angle = fround(pi - angle);
  if (y < 0) angle = fround(twoPi - angle);
  const bin = fround(angle * binsPerRadian);
  return bin < phiBins ? bin : 0;
}
