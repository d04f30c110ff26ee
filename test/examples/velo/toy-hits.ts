import { moduleCount } from '../../../examples/velo/algorithms/channel-id.ts';
import { allocateHits, type VeloHits } from '../../../examples/velo/algorithms/hits.ts';
import type { McParticles } from '../../../examples/velo/algorithms/mc-particles.ts';
import type { RandomNumbers } from '../../../examples/velo/algorithms/simulated-particles.ts';
import { ParticleBuilder } from './particle-builder.ts';

/** A straight line: where it is at z = `z` (mm), and its slopes. */
export interface ToyLine {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly tx: number;
  readonly ty: number;
  /** Flies to higher (1) or to lower (-1) z. */
  readonly direction: 1 | -1;
}

/** Which module sees which point. */
export interface ToyDetector {
  readonly moduleZ: readonly number[];
  sees(module: number, x: number, y: number): boolean;
}

const inAcceptance = (x: number, y: number): boolean => {
  const square = x * x + y * y;
  return square > 5.5 * 5.5 && square < 42 * 42;
};

/** Two halves: odd modules see x > -1 mm, even ones x < 1 mm, 25 mm from layer to layer. */
export const twoHalves: ToyDetector = {
  moduleZ: Array.from({ length: moduleCount }, (_, module) => -250 + 12.5 * module),
  sees: (module, x, y) => inAcceptance(x, y) && (module % 2 === 1 ? x > -1 : x < 1),
};

/** Every module sees all around the beam. */
export const fullPlanes: ToyDetector = {
  moduleZ: Array.from({ length: moduleCount }, (_, module) => -250 + 18 * module),
  sees: (_module, x, y) => inAcceptance(x, y),
};

/** Hits of straight lines, each smeared by `error` (mm), and the truth about them. */
export function toyEvent(
  detector: ToyDetector,
  lines: readonly ToyLine[],
  random: RandomNumbers,
  error = 0.012,
): { hits: VeloHits; hitIds: Uint32Array; particles: McParticles } {
  const points: { x: number; y: number; z: number; line: number }[] = [];
  const moduleStart = new Uint32Array(moduleCount + 1);
  detector.moduleZ.forEach((z, module) => {
    lines.forEach((track, line) => {
      const way = z - track.z;
      const x = track.x + track.tx * way;
      const y = track.y + track.ty * way;
      if (way * track.direction <= 0 || !detector.sees(module, x, y)) return;
      points.push({ x: x + error * random.gaussian(), y: y + error * random.gaussian(), z, line });
    });
    moduleStart[module + 1] = points.length;
  });
  const hits = allocateHits(points.length);
  points.forEach(({ x, y, z }, index) => {
    hits.x[index] = x;
    hits.y[index] = y;
    hits.z[index] = z;
  });
  hits.moduleStart.set(moduleStart);
  const builder = new ParticleBuilder();
  lines.forEach((_, line) => {
    const own = points.flatMap((point, index) => (point.line === line ? [index] : []));
    const hasVelo = own.length >= 3;
    const rest = { p: 10000, pt: 500, eta: 3, phi: 0, originZ: 0, charge: 1 };
    builder.push({ key: line, pid: 211, ...rest, isLong: hasVelo, hasVelo }, own, own.length);
  });
  const hitIds = Uint32Array.from(points, (_, index) => index);
  return { hits, hitIds, particles: builder.finish() };
}

/** Lines from one point near the beam line, in all directions, half of them backwards. */
export function linesFrom(
  count: number,
  z: number,
  random: RandomNumbers,
  x = 0.03,
  y = -0.02,
): ToyLine[] {
  return Array.from({ length: count }, (_, index) => {
    const phi = 2 * Math.PI * random.uniform();
    const slope = 0.05 + 0.25 * random.uniform();
    const direction = index % 2 === 0 ? 1 : -1;
    return { x, y, z, tx: slope * Math.cos(phi), ty: slope * Math.sin(phi), direction };
  });
}
