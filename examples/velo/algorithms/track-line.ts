import { binAt, binsPerRadian, maxReach, type HitGrid } from './hit-grid.ts';
import { allocateHits, type VeloHits } from './hits.ts';

/** Beyond the reach that is asked for, in bins: the azimuth is off by a third of a bin at either end of a comparison. */
const slack = 0.7;

/**
 * A straight line through two points and the search for hits near it, where track finding spends its time. One object is
 * used for all lines; results are fields, valid until the next search. Hits beyond the beam line are left out: there, the
 * line is that of another particle flying the other way.
 */
export class TrackLine {
  /** The nearest hits of the two modules of the layer that {@link search} looked in last, -1 for none. */
  evenHit = -1;
  oddHit = -1;
  /**
   * What goes from one method to the next. Numbers with a fraction are kept in one array, and are no arguments, as those
   * and fields of their own can cost an allocation each.
   */
  readonly #state = new Float64Array(9);
  readonly #grid: HitGrid;
  readonly #maxSlopeSquare: number;
  #event: VeloHits = allocateHits(0);
  #used: Uint8Array = new Uint8Array(0);
  #from = 0;
  #end = 0;

  /** @param maxSlope the largest dr/dz of {@link throughEntries} */
  constructor(grid: HitGrid, maxSlope: number) {
    this.#grid = grid;
    this.#maxSlopeSquare = maxSlope * maxSlope;
  }

  /**
   * Says which hits are free and how near the line they have to be: at most `distance` (mm) and `angle` times the way in z.
   *
   * @param used 1 for hits that are taken
   */
  look(used: Uint8Array, distance: number, angle: number): void {
    this.#used = used;
    this.#state[at.distance] = distance;
    this.#state[at.angle] = angle;
  }

  /** Takes the hits of an event, of which the lines are made. */
  load(event: VeloHits): void {
    this.#event = event;
  }

  /** Lays the line through two hits; the search goes on from the first. */
  throughHits(hit: number, other: number): void {
    const { x, y, z } = this.#event;
    const state = this.#state;
    const hitX = x[hit] ?? 0;
    const hitY = y[hit] ?? 0;
    const hitZ = z[hit] ?? 0;
    const inverse = 1 / ((z[other] ?? 0) - hitZ);
    state[at.x] = hitX;
    state[at.y] = hitY;
    state[at.z] = hitZ;
    state[at.slopeX] = ((x[other] ?? 0) - hitX) * inverse;
    state[at.slopeY] = ((y[other] ?? 0) - hitY) * inverse;
  }

  /** As {@link throughHits}, of the hits of two entries of the grid. Returns whether dr/dz is within the bound. */
  throughEntries(entry: number, other: number): boolean {
    const { x, y, z } = this.#grid;
    const state = this.#state;
    const entryX = x[entry] ?? 0;
    const entryY = y[entry] ?? 0;
    const entryZ = z[entry] ?? 0;
    const inverse = 1 / ((z[other] ?? 0) - entryZ);
    const slopeX = ((x[other] ?? 0) - entryX) * inverse;
    const slopeY = ((y[other] ?? 0) - entryY) * inverse;
    state[at.x] = entryX;
    state[at.y] = entryY;
    state[at.z] = entryZ;
    state[at.slopeX] = slopeX;
    state[at.slopeY] = slopeY;
    return slopeX * slopeX + slopeY * slopeY <= this.#maxSlopeSquare;
  }

  /** Lays the line through a hit, in the direction from one other to another. */
  along(hit: number, first: number, third: number): void {
    const { x, y, z } = this.#event;
    const state = this.#state;
    const hitX = x[hit] ?? 0;
    const hitY = y[hit] ?? 0;
    const hitZ = z[hit] ?? 0;
    const wayX = (x[third] ?? 0) - (x[first] ?? 0);
    const wayY = (y[third] ?? 0) - (y[first] ?? 0);
    const wayZ = (z[third] ?? 0) - (z[first] ?? 0);
    const inverse = 1 / (hitZ + wayZ - hitZ);
    state[at.x] = hitX;
    state[at.y] = hitY;
    state[at.z] = hitZ;
    state[at.slopeX] = (hitX + wayX - hitX) * inverse;
    state[at.slopeY] = (hitY + wayY - hitY) * inverse;
  }

  /** Lets {@link nearer} take any hit that is near enough. */
  reset(): void {
    this.#state[at.nearest] = 1;
  }

  /** The free hit of a layer nearest to the line, -1 where none is nearer than those found since {@link reset}. */
  nearer(layer: number): number {
    this.#open(layer);
    const end = this.#end;
    if (this.#from === end) return -1;
    const { hits, x, y, z } = this.#grid;
    const used = this.#used;
    const state = this.#state;
    const fromX = state[at.x] ?? 0;
    const fromY = state[at.y] ?? 0;
    const fromZ = state[at.z] ?? 0;
    const slopeX = state[at.slopeX] ?? 0;
    const slopeY = state[at.slopeY] ?? 0;
    const distance = state[at.distance] ?? 0;
    const angle = state[at.angle] ?? 0;
    let nearest = state[at.nearest] ?? 0;
    let found = -1;
    for (let entry = this.#from; entry < end; entry++) {
      const hitX = x[entry] ?? 0;
      const hitY = y[entry] ?? 0;
      const step = (z[entry] ?? 0) - fromZ;
      const missX = fromX + slopeX * step - hitX;
      const missY = fromY + slopeY * step - hitY;
      const allowed = distance + angle * Math.abs(step);
      const miss = (missX * missX + missY * missY) / (allowed * allowed);
      if (miss >= nearest) continue;
      const hit = hits[entry] ?? 0;
      if (used[hit] === 1 || fromX * hitX + fromY * hitY < 0) continue;
      nearest = miss;
      found = hit;
    }
    state[at.found] = nearest;
    return found;
  }

  /** Lets {@link nearer} from now on only take hits nearer than the one it found last. */
  keep(): void {
    this.#state[at.nearest] = this.#state[at.found] ?? 0;
  }

  /**
   * Looks in a layer for the free hit of either module nearest to the line.
   *
   * @param split the first hit of the odd module of the layer
   * @returns whether there is one
   */
  search(layer: number, split: number): boolean {
    this.evenHit = -1;
    this.oddHit = -1;
    this.#open(layer);
    const end = this.#end;
    if (this.#from === end) return false;
    const { hits, x, y, z } = this.#grid;
    const used = this.#used;
    const state = this.#state;
    const fromX = state[at.x] ?? 0;
    const fromY = state[at.y] ?? 0;
    const fromZ = state[at.z] ?? 0;
    const slopeX = state[at.slopeX] ?? 0;
    const slopeY = state[at.slopeY] ?? 0;
    const distance = state[at.distance] ?? 0;
    const angle = state[at.angle] ?? 0;
    let nearestEven = 1;
    let nearestOdd = 1;
    for (let entry = this.#from; entry < end; entry++) {
      const hitX = x[entry] ?? 0;
      const hitY = y[entry] ?? 0;
      const step = (z[entry] ?? 0) - fromZ;
      const missX = fromX + slopeX * step - hitX;
      const missY = fromY + slopeY * step - hitY;
      const allowed = distance + angle * Math.abs(step);
      const miss = (missX * missX + missY * missY) / (allowed * allowed);
      const hit = hits[entry] ?? 0;
      if (miss >= (hit < split ? nearestEven : nearestOdd)) continue;
      if (used[hit] === 1 || fromX * hitX + fromY * hitY < 0) continue;
      if (hit < split) {
        nearestEven = miss;
        this.evenHit = hit;
      } else {
        nearestOdd = miss;
        this.oddHit = hit;
      }
    }
    return this.evenHit >= 0 || this.oddHit >= 0;
  }

  /** Finds the entries of a layer, `#from` up to and without `#end`, among which are all hits near the line. */
  #open(layer: number): void {
    const grid = this.#grid;
    const state = this.#state;
    const slopeX = state[at.slopeX] ?? 0;
    const slopeY = state[at.slopeY] ?? 0;
    const way = (grid.layerZ[layer] ?? 0) - (state[at.z] ?? 0);
    const halfDepth = grid.layerHalfDepth[layer] ?? 0;
    const middleX = (state[at.x] ?? 0) + slopeX * way;
    const middleY = (state[at.y] ?? 0) + slopeY * way;
    const tolerance =
      (state[at.distance] ?? 0) + (state[at.angle] ?? 0) * (Math.abs(way) + halfDepth);
    const square = middleX * middleX + middleY * middleY + 1e-6;
    const around = tolerance + (Math.abs(slopeX) + Math.abs(slopeY)) * halfDepth;
    const outer = (grid.maxRadius[layer] ?? 0) + around;
    const inner = (grid.minRadius[layer] ?? 0) - around;
    if (square > outer * outer || (inner > 0 && square < inner * inner)) {
      this.#from = this.#end = 0;
      return;
    }
    const inverse = 1 / Math.sqrt(square);
    const turn = Math.abs(middleX * slopeY - middleY * slopeX) * halfDepth * inverse;
    const reach = (turn + tolerance) * inverse * binsPerRadian + slack;
    const width = Math.min(reach, maxReach);
    const centre = binAt(middleX, middleY);
    this.#from = grid.entryAt(layer, ((centre - width + maxReach) | 0) - maxReach);
    this.#end = grid.entryAt(layer, ((centre + width) | 0) + 1);
  }
}

/** Where the parts of a line are in `#state`. */
const at = {
  x: 0,
  y: 1,
  z: 2,
  slopeX: 3,
  slopeY: 4,
  distance: 5,
  angle: 6,
  nearest: 7,
  found: 8,
} as const;
