import type { RandomEngine } from '../../edm/index.ts';

/** Hits of straight tracks in a detector like the VELO: 52 modules along z, of which two and two make a layer. */
export interface SampleHits {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  /** Hits of module m are `moduleStart[m]` up to and without `moduleStart[m + 1]`. */
  readonly moduleStart: Uint32Array;
  /** For each track its hits, from high to low z. */
  readonly tracks: readonly (readonly number[])[];
}

const moduleCount = 52;
const moduleZ = (module: number): number => -280 + 40 * (module >> 1) + 12.5 * (module & 1);

/** Hits of `count` tracks from near the origin, which cross modules at radii between 5 and 40 mm. */
export function sampleHits(random: RandomEngine, count: number): SampleHits {
  const points: { module: number; track: number; x: number; y: number }[] = [];
  for (let track = 0; track < count; track++) {
    const slope = 0.02 + 0.25 * random.uniform();
    const azimuth = 2 * Math.PI * random.uniform();
    const [tx, ty] = [slope * Math.cos(azimuth), slope * Math.sin(azimuth)];
    const from = {
      x: 0.1 * random.gaussian(),
      y: 0.1 * random.gaussian(),
      z: 50 * random.gaussian(),
    };
    const forward = random.uniform() < 0.7;
    for (let module = 0; module < moduleCount; module++) {
      const way = moduleZ(module) - from.z;
      const radius = slope * Math.abs(way);
      if (way > 0 !== forward || radius < 5 || radius > 40) continue;
      const x = from.x + tx * way + 0.0125 * random.gaussian();
      const y = from.y + ty * way + 0.0125 * random.gaussian();
      points.push({ module, track, x, y });
    }
  }
  points.sort((a, b) => a.module - b.module);
  const tracks: number[][] = Array.from({ length: count }, () => []);
  const moduleStart = new Uint32Array(moduleCount + 1);
  for (const [hit, { module, track }] of points.entries()) {
    moduleStart.fill(hit + 1, module + 1);
    tracks[track]?.unshift(hit);
  }
  return {
    x: Float32Array.from(points, ({ x }) => x),
    y: Float32Array.from(points, ({ y }) => y),
    z: Float32Array.from(points, ({ module }) => moduleZ(module)),
    moduleStart,
    tracks: tracks.filter(({ length }) => length >= 3),
  };
}
