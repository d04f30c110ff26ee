import { describe, expect, it } from 'vitest';
import { createTrackFinder } from '../../../examples/velo/algorithms/track-finding.ts';
import { createTrackFit } from '../../../examples/velo/algorithms/track-fit.ts';
import { createVertexFinder } from '../../../examples/velo/algorithms/vertex-finding.ts';
import { seededRandom } from './seeded-random.ts';
import { linesFrom, toyEvent, twoHalves, type ToyLine } from './toy-hits.ts';

function fitted(
  lines: readonly ToyLine[],
  seed: number,
): ReturnType<ReturnType<typeof createTrackFit>> {
  const { hits } = toyEvent(twoHalves, lines, seededRandom(seed));
  return createTrackFit()(createTrackFinder()(hits), hits);
}

describe('the fit of tracks', () => {
  it('gives slopes and the point closest to the beam line within errors', () => {
    const line: ToyLine = { x: 0.02, y: 0.01, z: 30, tx: 0.12, ty: -0.08, direction: 1 };
    const pulls: number[] = [];
    for (let seed = 0; seed < 200; seed++) {
      const tracks = fitted([line], seed);
      expect(tracks.size).toBe(1);
      const at = (column: Float32Array): number => column[0] ?? NaN;
      expect(at(tracks.tx)).toBeCloseTo(line.tx, 2);
      expect(at(tracks.ty)).toBeCloseTo(line.ty, 2);
      const step = at(tracks.z) - line.z;
      pulls.push((at(tracks.x) - line.x - line.tx * step) / Math.sqrt(at(tracks.variance)));
      expect(at(tracks.x) * line.tx + at(tracks.y) * line.ty).toBeCloseTo(0, 3);
    }
    const spread = Math.sqrt(pulls.reduce((sum, pull) => sum + pull * pull, 0) / pulls.length);
    expect(spread).toBeGreaterThan(0.3);
    expect(spread).toBeLessThan(1.3);
  });

  it('tells tracks that fly backwards', () => {
    const forward: ToyLine = { x: 0, y: 0, z: 0, tx: 0.2, ty: 0.1, direction: 1 };
    expect(fitted([forward], 1).backward[0]).toBe(0);
    expect(fitted([{ ...forward, direction: -1 }], 1).backward[0]).toBe(1);
  });
});

describe('vertex finding', () => {
  it('finds where lines meet', () => {
    const random = seededRandom(21);
    const places = [-80, -3, 4, 60];
    const lines = places.flatMap((z) => linesFrom(50, z, random));
    const vertices = createVertexFinder()(fitted(lines, 2));
    expect(vertices.size).toBe(places.length);
    places.forEach((z, index) => {
      expect(vertices.z[index]).toBeCloseTo(z, 0);
      expect(vertices.x[index]).toBeCloseTo(0.03, 1);
      expect(vertices.y[index]).toBeCloseTo(-0.02, 1);
      expect(vertices.zError[index]).toBeLessThan(0.1);
      expect(vertices.tracks[index]).toBeGreaterThan(20);
    });
  });

  it('finds none without tracks or from too few', () => {
    expect(createVertexFinder()(fitted([], 1)).size).toBe(0);
    expect(createVertexFinder()(fitted(linesFrom(2, 0, seededRandom(4)), 1)).size).toBe(0);
  });

  it('is not drawn away by tracks that only pass by', () => {
    const random = seededRandom(9);
    const lines = [...linesFrom(40, 10, random), ...linesFrom(12, 13, random, 0.4, 0.25)];
    const vertices = createVertexFinder()(fitted(lines, 3));
    expect(Math.min(...Array.from(vertices.z, (z) => Math.abs(z - 10)))).toBeLessThan(0.1);
  });
});
