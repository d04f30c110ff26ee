import { describe, expect, it } from 'vitest';
import { allocateHits } from '../../../examples/velo/algorithms/hits.ts';
import { createTrackFinder } from '../../../examples/velo/algorithms/track-finding.ts';
import { createTrackMatcher } from '../../../examples/velo/algorithms/track-matching.ts';
import type { Tracks } from '../../../examples/velo/algorithms/tracks.ts';
import { ownersOf } from './hit-owners.ts';
import { seededRandom } from './seeded-random.ts';
import { fullPlanes, linesFrom, toyEvent, twoHalves, type ToyLine } from './toy-hits.ts';

const copyOf = ({ size, hitStart, hitIndices }: Tracks): number[][] =>
  Array.from({ length: size }, (_, track) => [
    ...hitIndices.subarray(hitStart[track], hitStart[track + 1]),
  ]);

describe('track finding', () => {
  for (const [name, detector] of Object.entries({ twoHalves, fullPlanes })) {
    it(`finds straight lines both ways with ${name}`, () => {
      const random = seededRandom(11);
      const find = createTrackFinder();
      const sum = { found: 0, total: 0, ghosts: 0, tracks: 0, clones: 0 };
      for (let event = 0; event < 20; event++) {
        const lines = [...linesFrom(60, -40, random), ...linesFrom(60, 55, random)];
        const { hits, hitIds, particles } = toyEvent(detector, lines, random);
        const matching = createTrackMatcher()(find(hits), ownersOf(hitIds, particles), particles);
        sum.found += matching.velo.found;
        sum.total += matching.velo.total;
        sum.ghosts += matching.ghosts;
        sum.clones += matching.clones;
        sum.tracks += matching.tracks;
      }
      expect(sum.total).toBeGreaterThan(1000);
      expect(sum.found / sum.total).toBeGreaterThan(0.98);
      expect(sum.ghosts / sum.tracks).toBeLessThan(0.02);
      expect(sum.clones / sum.tracks).toBeLessThan(0.02);
    });
  }

  it('takes all hits of a line, in falling z, and misses a layer', () => {
    const random = seededRandom(5);
    const line: ToyLine = { x: 0, y: 0, z: 0, tx: 0.1, ty: 0.05, direction: 1 };
    const { hits } = toyEvent(twoHalves, [line], random);
    const count = hits.moduleStart[52] ?? 0;
    const all = Array.from({ length: count }, (_, index) => count - 1 - index);
    expect(copyOf(createTrackFinder()(hits))).toEqual([all]);
    const gap = { ...twoHalves, sees: skipModules(27, 28) };
    const withGap = toyEvent(gap, [line], random).hits;
    expect(copyOf(createTrackFinder()(withGap)).map((track) => track.length)).toEqual([count - 1]);
  });

  it('finds a line that passes far from the beam', () => {
    const line: ToyLine = { x: 8, y: -20, z: 100, tx: 0.02, ty: 0.21, direction: 1 };
    const { hits } = toyEvent(fullPlanes, [line], seededRandom(1));
    expect(createTrackFinder()(hits).size).toBe(1);
  });

  it('does not join two particles that fly apart back to back', () => {
    const lines: ToyLine[] = [
      { x: 0, y: 0, z: 0, tx: 0.15, ty: 0.1, direction: 1 },
      { x: 0, y: 0, z: 0, tx: 0.15, ty: 0.1, direction: -1 },
    ];
    const { hits } = toyEvent(twoHalves, lines, seededRandom(1));
    expect(createTrackFinder()(hits).size).toBe(2);
  });

  it('finds nothing in an empty event and keeps nothing from the event before', () => {
    const random = seededRandom(3);
    const find = createTrackFinder();
    const { hits } = toyEvent(twoHalves, linesFrom(100, 0, random), random);
    const alone = copyOf(createTrackFinder()(hits));
    expect(find(allocateHits(0)).size).toBe(0);
    expect(copyOf(find(hits))).toEqual(alone);
    expect(find(allocateHits(0)).size).toBe(0);
    expect(copyOf(find(hits))).toEqual(alone);
  });

  it('gives every hit to one track at most', () => {
    const random = seededRandom(8);
    const { hits } = toyEvent(twoHalves, linesFrom(400, 0, random), random, 0.05);
    const taken = copyOf(createTrackFinder()(hits)).flat();
    expect(new Set(taken).size).toBe(taken.length);
  });
});

function skipModules(...modules: number[]): typeof twoHalves.sees {
  return (module, x, y) => !modules.includes(module) && twoHalves.sees(module, x, y);
}
