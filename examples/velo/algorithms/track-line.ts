import { binAt, binsPerRadian, maxReach, type HitGrid } from './hit-grid.ts';

/** Beyond the reach that is asked for, in bins: the azimuth is off by a third of a bin at either end of a comparison. */
const slack = 0.7;

/**
 * A straight line through two points and the search for hits near it, where track finding spends its time. One object is
 * used for all lines; results are fields, valid until the next search.
 */
export class TrackLine {
  /** The nearest hits of the two modules of the layer searched last, -1 for none. */
  evenHit = -1;
  oddHit = -1;
  /** The nearest hit of the layer, of either module, and its distance squared as a fraction of the tolerance squared. */
  nearestHit = -1;
  nearest = 1;
  /** Where the line begins: the point closest to the hits that are looked for. */
  #x = 0;
  #y = 0;
  #z = 0;
  #slopeX = 0;
  #slopeY = 0;
  readonly #grid: HitGrid;

  constructor(grid: HitGrid) {
    this.#grid = grid;
  }

  /** Lays the line through two points, mm; the search goes on from the first. Returns the slope dr/dz squared. */
  through(x: number, y: number, z: number, otherX: number, otherY: number, otherZ: number): number {
    const inverse = 1 / (otherZ - z);
    this.#x = x;
    this.#y = y;
    this.#z = z;
    this.#slopeX = (otherX - x) * inverse;
    this.#slopeY = (otherY - y) * inverse;
    return this.#slopeX * this.#slopeX + this.#slopeY * this.#slopeY;
  }

  /**
   * Looks in a layer for the free hits nearest to the line, at most `distance` (mm) and `angle` times the way in z away from
   * it. Hits beyond the beam line are left out: there, the line is that of another particle flying the other way.
   *
   * @param used 1 for hits that are taken
   * @param split the first hit of the odd module of the layer
   * @param limit hits are only of interest where `nearest` is below, 0 to 1
   */
  search(
    layer: number,
    used: Uint8Array,
    split: number,
    distance: number,
    angle: number,
    limit: number,
  ): boolean {
    const grid = this.#grid;
    const { hits, x, y, z } = grid;
    const fromX = this.#x;
    const fromY = this.#y;
    const fromZ = this.#z;
    const slopeX = this.#slopeX;
    const slopeY = this.#slopeY;
    const way = (grid.layerZ[layer] ?? 0) - fromZ;
    const halfDepth = grid.layerHalfDepth[layer] ?? 0;
    const middleX = fromX + slopeX * way;
    const middleY = fromY + slopeY * way;
    const square = middleX * middleX + middleY * middleY + 1e-6;
    const tolerance = distance + angle * (Math.abs(way) + halfDepth);
    const turn = (Math.abs(middleX * slopeY - middleY * slopeX) * halfDepth) / square;
    const reach = (turn + tolerance / Math.sqrt(square)) * binsPerRadian + slack;
    const width = reach < maxReach ? reach : maxReach;
    const centre = binAt(middleX, middleY);
    const end = grid.entryAt(layer, Math.floor(centre + width) + 1);
    let even = -1;
    let odd = -1;
    let nearestEven = limit;
    let nearestOdd = limit;
    for (let entry = grid.entryAt(layer, Math.floor(centre - width)); entry < end; entry++) {
      const hit = hits[entry] ?? 0;
      const hitX = x[entry] ?? 0;
      const hitY = y[entry] ?? 0;
      const step = (z[entry] ?? 0) - fromZ;
      const missX = fromX + slopeX * step - hitX;
      const missY = fromY + slopeY * step - hitY;
      const allowed = distance + angle * Math.abs(step);
      const miss = (missX * missX + missY * missY) / (allowed * allowed);
      if (hit < split ? miss >= nearestEven : miss >= nearestOdd) continue;
      if (used[hit] === 1 || fromX * hitX + fromY * hitY < 0) continue;
      if (hit < split) {
        nearestEven = miss;
        even = hit;
      } else {
        nearestOdd = miss;
        odd = hit;
      }
    }
    this.evenHit = even;
    this.oddHit = odd;
    this.nearest = Math.min(nearestEven, nearestOdd);
    this.nearestHit = nearestEven < nearestOdd ? even : odd;
    return even >= 0 || odd >= 0;
  }
}
