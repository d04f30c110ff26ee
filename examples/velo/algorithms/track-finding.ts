import { moduleCount } from './channel-id.ts';
import { grownUint32 } from './growable.ts';
import { binsPerRadian, HitGrid, layerCount, maxReach, phiBins } from './hit-grid.ts';
import { allocateHits, type VeloHits } from './hits.ts';
import { TrackCandidates } from './track-candidates.ts';
import { TrackLine } from './track-line.ts';
import {
  trackFindingDefaults,
  type SeedingPass,
  type TrackFindingOptions,
} from './track-options.ts';
import type { Tracks } from './tracks.ts';

/** Finds the tracks of one event. The result is valid until the next call of the same finder. */
export type TrackFinder = (hits: VeloHits) => Tracks;

/**
 * Makes a finder of straight tracks in the VELO, after LHCb's "search by triplet": seeds are three hits of neighbouring
 * layers that lie on a line; they grow layer by layer, from high to low z, by the hits closest to the line through their
 * last two. Hits of tracks with at least four are not used again; tracks of three stay where they share none.
 *
 * The finder keeps scratch memory, so make one for every concurrent user. The same hits give the same tracks.
 */
export function createTrackFinder(options: Partial<TrackFindingOptions> = {}): TrackFinder {
  const search = new TrackSearch({ ...trackFindingDefaults, ...options });
  return (hits) => search.find(hits);
}

/** The modules of a layer are closer than this, mm; a direction is taken over more. */
const minLever = 15;
/** The sensors of one module are closer than this, mm; the hits of a seed are farther apart in z. */
const minSeedStep = 4;

class TrackSearch {
  readonly #options: TrackFindingOptions;
  readonly #grid = new HitGrid();
  readonly #line: TrackLine;
  readonly #candidates = new TrackCandidates();
  #hits: VeloHits = allocateHits(0);
  #used: Uint8Array = new Uint8Array(0);
  #active: Uint32Array = new Uint32Array(0);
  #activeCount = 0;
  #hitStart: Uint32Array = new Uint32Array(1);
  #hitIndices: Uint32Array = new Uint32Array(0);
  #trackCount = 0;

  constructor(options: TrackFindingOptions) {
    this.#options = options;
    this.#line = new TrackLine(this.#grid, options.maxSlope);
  }

  find(hits: VeloHits): Tracks {
    const count = hits.moduleStart[moduleCount] ?? 0;
    this.#hits = hits;
    if (this.#used.length < count) this.#used = new Uint8Array(2 * count);
    this.#used.fill(0);
    this.#trackCount = 0;
    this.#grid.load(hits);
    this.#line.load(hits);
    this.#options.passes.forEach((pass, index) => {
      if (index > 0) this.#grid.drop(this.#used);
      this.#pass(pass);
    });
    return { size: this.#trackCount, hitStart: this.#hitStart, hitIndices: this.#hitIndices };
  }

  #pass(pass: SeedingPass): void {
    const { distance, angle } = this.#options;
    const { steps } = pass;
    this.#candidates.clear();
    this.#activeCount = 0;
    for (let layer = layerCount - 1; layer >= 0; layer--) {
      this.#line.look(this.#used, distance, angle);
      this.#extendAll(layer);
      this.#line.look(this.#used, pass.distance, pass.angle);
      for (let step = 0; step < steps.length; step++) {
        const up = steps[step]?.[0] ?? 0;
        const down = steps[step]?.[1] ?? 0;
        this.#seed(pass, layer + down + up, layer + down, layer);
      }
    }
    this.#line.look(this.#used, distance, angle);
    this.#collect();
  }

  /** Moves the active tracks on to a layer; those that missed too many layers rest. */
  #extendAll(layer: number): void {
    let kept = 0;
    for (let index = 0; index < this.#activeCount; index++) {
      const track = this.#active[index] ?? 0;
      if (this.#candidates.length(track) === 3 && this.#sharesHits(track)) continue;
      const missed = this.#candidates.note(track, this.#extend(track, layer));
      if (missed <= this.#options.missingLayers) this.#active[kept++] = track;
    }
    this.#activeCount = kept;
  }

  #extend(track: number, layer: number): boolean {
    const { z, moduleStart } = this.#hits;
    const candidates = this.#candidates;
    const line = this.#line;
    const length = candidates.length(track);
    const last = candidates.hit(track, length - 1);
    const lastZ = z[last] ?? 0;
    let before = length - 2;
    let other = candidates.hit(track, before);
    while (before > 0 && (z[other] ?? 0) - lastZ < minLever) {
      other = candidates.hit(track, --before);
    }
    line.throughHits(last, other);
    const split = moduleStart[2 * layer + 1] ?? 0;
    if (!line.search(layer, split)) return false;
    const { oddHit, evenHit } = line;
    const confirms = length === 3;
    if (confirms) this.#addPartners(track);
    candidates.add(track, oddHit);
    candidates.add(track, evenHit);
    // The hits of a seed are only taken once a fourth confirms it.
    this.#use(track, confirms ? 0 : length);
    return true;
  }

  /** For every free hit of the middle layer, starts the best track through it with one hit of each of the other two. */
  #seed(pass: SeedingPass, upper: number, middle: number, lower: number): void {
    if (upper >= layerCount) return;
    const grid = this.#grid;
    const used = this.#used;
    const { hits, x, y, z, azimuths } = grid;
    const { turn, impact } = pass;
    const line = this.#line;
    const eventZ = this.#hits.z;
    if (grid.entryAt(lower, 0) === grid.entryAt(lower, phiBins)) return;
    const end = grid.entryAt(middle, phiBins);
    for (let entry = grid.entryAt(middle, 0); entry < end; entry++) {
      const hit = hits[entry] ?? 0;
      if (used[hit] === 1) continue;
      const hitX = x[entry] ?? 0;
      const hitY = y[entry] ?? 0;
      const hitZ = z[entry] ?? 0;
      const reach = (turn + impact / Math.sqrt(hitX * hitX + hitY * hitY + 1e-6)) * binsPerRadian;
      const width = Math.min(reach, maxReach);
      const centre = azimuths[hit] ?? 0;
      const upperEnd = grid.entryAt(upper, ((centre + width) | 0) + 1);
      line.reset();
      let first = -1;
      let third = -1;
      const upperStart = grid.entryAt(upper, ((centre - width + maxReach) | 0) - maxReach);
      for (let other = upperStart; other < upperEnd; other++) {
        const otherHit = hits[other] ?? 0;
        const otherZ = z[other] ?? 0;
        if (used[otherHit] === 1 || otherZ - hitZ < minSeedStep) continue;
        if (!line.throughEntries(entry, other)) continue;
        const lowerHit = line.nearer(lower);
        if (lowerHit < 0 || hitZ - (eventZ[lowerHit] ?? 0) < minSeedStep) continue;
        line.keep();
        first = otherHit;
        third = lowerHit;
      }
      if (first >= 0) this.#start(first, hit, third);
    }
  }

  #start(first: number, second: number, third: number): void {
    const track = this.#candidates.start();
    this.#candidates.add(track, first);
    this.#candidates.add(track, second);
    this.#candidates.add(track, third);
    this.#active = grownUint32(this.#active, this.#activeCount + 1);
    this.#active[this.#activeCount++] = track;
  }

  /** Adds to a seed what the other modules of its layers have seen of the same particle. */
  #addPartners(track: number): void {
    const { z, moduleStart } = this.#hits;
    const grid = this.#grid;
    const candidates = this.#candidates;
    const line = this.#line;
    const first = candidates.hit(track, 0);
    const third = candidates.hit(track, 2);
    let before = -1;
    for (let index = 0; index < candidates.length(track); index++) {
      const hit = candidates.hit(track, index);
      const layer = grid.layerOf(hit);
      const next = index + 1 < candidates.length(track) ? candidates.hit(track, index + 1) : -1;
      const complete = layer === before || (next >= 0 && layer === grid.layerOf(next));
      before = layer;
      if (complete) continue;
      line.along(hit, first, third);
      const split = moduleStart[2 * layer + 1] ?? 0;
      if (!line.search(layer, split)) continue;
      const partner = hit < split ? line.oddHit : line.evenHit;
      if (partner < 0) continue;
      candidates.insert(track, (z[partner] ?? 0) > (z[hit] ?? 0) ? index : index + 1, partner);
      index++;
    }
  }

  /** Keeps the tracks of this pass, of those with three hits the straight ones that share none. */
  #collect(): void {
    const candidates = this.#candidates;
    for (let track = 0; track < candidates.count; track++) {
      if (candidates.length(track) === 3) {
        if (this.#sharesHits(track) || !this.#isStraight(track)) continue;
        this.#addPartners(track);
        this.#use(track, 0);
      }
      const length = candidates.length(track);
      const start = this.#hitStart[this.#trackCount] ?? 0;
      this.#hitStart = grownUint32(this.#hitStart, this.#trackCount + 2);
      this.#hitIndices = grownUint32(this.#hitIndices, start + length);
      for (let index = 0; index < length; index++) {
        this.#hitIndices[start + index] = candidates.hit(track, index);
      }
      this.#hitStart[++this.#trackCount] = start + length;
    }
  }

  #isStraight(track: number): boolean {
    const { x, y, z } = this.#hits;
    const { weakDistance, weakAngle } = this.#options;
    const first = this.#candidates.hit(track, 0);
    const second = this.#candidates.hit(track, 1);
    const third = this.#candidates.hit(track, 2);
    const step = (z[third] ?? 0) - (z[second] ?? 0);
    const ratio = step / ((z[first] ?? 0) - (z[second] ?? 0));
    const missX = (x[second] ?? 0) + ratio * ((x[first] ?? 0) - (x[second] ?? 0)) - (x[third] ?? 0);
    const missY = (y[second] ?? 0) + ratio * ((y[first] ?? 0) - (y[second] ?? 0)) - (y[third] ?? 0);
    const allowed = weakDistance + weakAngle * Math.abs(step);
    return missX * missX + missY * missY < allowed * allowed;
  }

  #sharesHits(track: number): boolean {
    const length = this.#candidates.length(track);
    for (let index = 0; index < length; index++) {
      if (this.#used[this.#candidates.hit(track, index)] === 1) return true;
    }
    return false;
  }

  #use(track: number, from: number): void {
    const length = this.#candidates.length(track);
    for (let index = from; index < length; index++) {
      this.#used[this.#candidates.hit(track, index)] = 1;
    }
  }
}
