import type { HitOwners } from './hit-owners.ts';
import type { McParticles } from './mc-particles.ts';
import type { Tracks } from './tracks.ts';

/** Particles found of those that could be. */
export interface Efficiency {
  found: number;
  total: number;
}

/** What track matching counts in one event; add the fields of many events up for a job. */
export interface TrackMatching {
  tracks: number;
  /** Tracks that match no particle. */
  ghosts: number;
  /** Further tracks on a particle that has one, summed over all particles. */
  clones: number;
  /** Particles with `hasVelo` that are not electrons. */
  velo: Efficiency;
  /** Particles with `isLong` that are not electrons. */
  long: Efficiency;
  /** Those of `long` with more than 5 GeV. */
  long5: Efficiency;
}

/** No tracks and no particles. */
export function noTrackMatching(): TrackMatching {
  const none = (): Efficiency => ({ found: 0, total: 0 });
  return { tracks: 0, ghosts: 0, clones: 0, velo: none(), long: none(), long5: none() };
}

/** Adds the counts of an event to a sum. */
export function addTrackMatching(sum: TrackMatching, event: TrackMatching): void {
  sum.tracks += event.tracks;
  sum.ghosts += event.ghosts;
  sum.clones += event.clones;
  for (const kind of ['velo', 'long', 'long5'] as const) {
    sum[kind].found += event[kind].found;
    sum[kind].total += event[kind].total;
  }
}

/** A track matches a particle to which more than this fraction of its hits belongs. */
const matchingFraction = 0.7;

const electron = 11;

/** Compares the tracks of one event with the truth. */
export type TrackMatcher = (
  tracks: Tracks,
  owners: HitOwners,
  particles: McParticles,
  particleOfTrack?: Int32Array,
) => TrackMatching;

/**
 * Makes a comparison of tracks with the truth, by the LHCb convention: a track matches every particle that owns more than
 * 70 % of its hits, and is a ghost where there is none. `owners` are the particles of each hit, which may be several;
 * `particleOfTrack` receives, for each track, the particle with most of its hits, or -1 for a ghost.
 *
 * It keeps scratch memory, so make one for every concurrent user.
 */
export function createTrackMatcher(): TrackMatcher {
  let shared = new Uint32Array(0);
  let tracksOn = new Uint32Array(0);
  let touched = new Uint32Array(0);
  return (tracks, owners, particles, particleOfTrack) => {
    if (shared.length < particles.size) {
      shared = new Uint32Array(2 * particles.size);
      tracksOn = new Uint32Array(2 * particles.size);
      touched = new Uint32Array(2 * particles.size);
    }
    tracksOn.fill(0, 0, particles.size);
    const { hitStart, hitIndices } = tracks;
    const { first, next, particle: owner } = owners;
    let ghosts = 0;
    for (let track = 0; track < tracks.size; track++) {
      const start = hitStart[track] ?? 0;
      const end = hitStart[track + 1] ?? 0;
      let touchedCount = 0;
      for (let index = start; index < end; index++) {
        let link = first[hitIndices[index] ?? 0] ?? -1;
        for (; link >= 0; link = next[link] ?? -1) {
          const particle = owner[link] ?? 0;
          const before = shared[particle] ?? 0;
          if (before === 0) touched[touchedCount++] = particle;
          shared[particle] = before + 1;
        }
      }
      let best = -1;
      let bestShared = matchingFraction * (end - start);
      for (let index = 0; index < touchedCount; index++) {
        const particle = touched[index] ?? 0;
        const hits = shared[particle] ?? 0;
        shared[particle] = 0;
        if (hits <= matchingFraction * (end - start)) continue;
        tracksOn[particle] = (tracksOn[particle] ?? 0) + 1;
        if (hits > bestShared || (hits === bestShared && particle < best)) {
          best = particle;
          bestShared = hits;
        }
      }
      if (particleOfTrack !== undefined) particleOfTrack[track] = best;
      if (best < 0) ghosts++;
    }
    return countFound(tracks.size, ghosts, particles, tracksOn);
  };
}

function countFound(
  tracks: number,
  ghosts: number,
  particles: McParticles,
  tracksOn: Uint32Array,
): TrackMatching {
  const result: TrackMatching = { ...noTrackMatching(), tracks, ghosts };
  for (let particle = 0; particle < particles.size; particle++) {
    const matched = tracksOn[particle] ?? 0;
    if (matched > 1) result.clones += matched - 1;
    if (Math.abs(particles.pid[particle] ?? 0) === electron) continue;
    const isLong = particles.isLong[particle] === 1;
    if (particles.hasVelo[particle] === 1) count(result.velo, matched);
    if (isLong) count(result.long, matched);
    if (isLong && (particles.p[particle] ?? 0) > 5000) count(result.long5, matched);
  }
  return result;
}

function count(efficiency: Efficiency, matched: number): void {
  efficiency.total++;
  if (matched > 0) efficiency.found++;
}
