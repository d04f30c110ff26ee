import { describe, expect, it } from 'vitest';
import { matchClusters } from '../../../examples/velo/algorithms/cluster-matching.ts';
import type { McParticles } from '../../../examples/velo/algorithms/mc-particles.ts';
import { createTrackMatcher } from '../../../examples/velo/algorithms/track-matching.ts';
import type { Tracks } from '../../../examples/velo/algorithms/tracks.ts';
import { matchVertices } from '../../../examples/velo/algorithms/vertex-matching.ts';
import { ownersOf } from './hit-owners.ts';
import { ParticleBuilder, type McParticle } from './particle-builder.ts';

const matchTracks = createTrackMatcher();

const pion: McParticle = {
  key: 1,
  pid: 211,
  p: 9000,
  pt: 500,
  eta: 3,
  phi: 0,
  originZ: 0,
  charge: 1,
  isLong: true,
  hasVelo: true,
};

function particlesOf(...list: readonly (readonly [Partial<McParticle>, number[]])[]): McParticles {
  const builder = new ParticleBuilder();
  for (const [particle, ids] of list) builder.push({ ...pion, ...particle }, ids, ids.length);
  return builder.finish();
}

function tracksOf(...tracks: number[][]): Tracks {
  const hitStart = new Uint32Array(tracks.length + 1);
  tracks.forEach((track, index) => {
    hitStart[index + 1] = (hitStart[index] ?? 0) + track.length;
  });
  return { size: tracks.length, hitStart, hitIndices: Uint32Array.from(tracks.flat()) };
}

/** Hit i has the id 1000 + i. */
const hitIds = Uint32Array.from({ length: 30 }, (_, index) => 1000 + index);

describe('matching tracks with the truth', () => {
  it('needs more than 70 % of the hits', () => {
    const ten = Array.from({ length: 10 }, (_, index) => index);
    const own = (hits: number): McParticles =>
      particlesOf([{}, ten.slice(0, hits).map((hit) => 1000 + hit)]);
    expect(matchTracks(tracksOf(ten), ownersOf(hitIds, own(7)), own(7)).ghosts).toBe(1);
    expect(matchTracks(tracksOf(ten), ownersOf(hitIds, own(8)), own(8)).ghosts).toBe(0);
  });

  it('counts found, ghosts, clones and the classes of particles', () => {
    const particles = particlesOf(
      [{ p: 9000 }, [1000, 1001, 1002, 1003, 1004, 1005]],
      [{ p: 3000 }, [1006, 1007, 1008]],
      [{ pid: -11 }, [1009, 1010, 1011]],
      [{ isLong: false }, [1012, 1013, 1014]],
      [{ isLong: false, hasVelo: false }, [1015, 1016, 1017]],
    );
    const tracks = tracksOf([0, 1, 2], [3, 4, 5], [6, 7, 12], [9, 10, 11], [12, 13, 14]);
    const particleOfTrack = new Int32Array(tracks.size);
    expect(matchTracks(tracks, ownersOf(hitIds, particles), particles, particleOfTrack)).toEqual({
      tracks: 5,
      ghosts: 1,
      clones: 1,
      velo: { found: 2, total: 3 },
      long: { found: 1, total: 2 },
      long5: { found: 1, total: 1 },
    });
    expect([...particleOfTrack]).toEqual([0, 0, -1, 2, 3]);
  });

  it('lets hits be shared, named twice, and unknown', () => {
    const particles = particlesOf([{}, [1000, 1000, 1001, 77]], [{}, [1000, 1001, 1002, 1003]]);
    const matching = matchTracks(tracksOf([0, 1, 2, 3]), ownersOf(hitIds, particles), particles);
    expect(matching.ghosts).toBe(0);
    expect(matching.velo).toEqual({ found: 1, total: 2 });
  });

  it('matches hits that share an id', () => {
    const ids = Uint32Array.of(5, 5, 6, 7);
    const particles = particlesOf([{}, [5, 6, 7]]);
    expect(matchTracks(tracksOf([1, 2, 3]), ownersOf(ids, particles), particles).velo.found).toBe(
      1,
    );
  });
});

it('counts the clusters that belong to a particle', () => {
  const particles = particlesOf([{}, [1000, 1001]], [{}, [1001, 5]]);
  expect(matchClusters(ownersOf(hitIds.subarray(0, 10), particles))).toEqual({
    clusters: 10,
    matched: 2,
  });
});

describe('matching vertices with the truth', () => {
  const truth = (tracks: number[], z: number[]): Parameters<typeof matchVertices>[1] => ({
    size: z.length,
    tracks: Int32Array.from(tracks),
    x: new Float64Array(z.length),
    y: new Float64Array(z.length),
    z: Float64Array.from(z),
  });
  const found = (...z: number[]): Parameters<typeof matchVertices>[0] => ({
    size: z.length,
    z: Float32Array.from(z),
  });

  it('is one to one, within 1 mm, for vertices with 10 tracks', () => {
    const true3 = truth([10, 9, 30], [0, 10, 20]);
    expect(matchVertices(found(0.5, 10, 21.5), true3)).toEqual({ found: 1, total: 2, extra: 2 });
    expect(matchVertices(found(19.9, 20.2), true3)).toEqual({ found: 1, total: 2, extra: 1 });
    expect(matchVertices(found(), true3)).toEqual({ found: 0, total: 2, extra: 0 });
  });

  it('gives the closest pairs to each other', () => {
    expect(matchVertices(found(0.1, 0.8), truth([20, 20], [0, 0.9]))).toEqual({
      found: 2,
      total: 2,
      extra: 0,
    });
  });
});
