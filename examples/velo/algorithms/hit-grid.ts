import { moduleCount } from './channel-id.ts';
import type { VeloHits } from './hits.ts';

/** Layers of the VELO: modules 2k and 2k+1, the two halves at about the same z, make layer k. */
export const layerCount = moduleCount / 2;

/** Bins in a full turn. */
export const phiBins = 512;
/** Bins in a radian. */
export const binsPerRadian = phiBins / (2 * Math.PI);
/** Bins repeated beyond each end of the turn, so that a window that passes the end stays in one piece. */
const marginBins = 64;
/** The widest window, in bins to either side of its centre. */
export const maxReach = marginBins - 1;

const layerStride = phiBins + 2 * marginBins;

/**
 * The hits of one event in bins of azimuth, layer by layer. A hit has one entry, and near the end of the turn a second one
 * in the margin. Entries of one bin follow each other, and so do those of neighbouring bins; within a bin hits keep their
 * order.
 */
export class HitGrid {
  /** The hit of an entry. */
  hits: Uint32Array = new Uint32Array(0);
  /** Coordinates of the hit of an entry, mm. */
  x: Float32Array = new Float32Array(0);
  y: Float32Array = new Float32Array(0);
  z: Float32Array = new Float32Array(0);
  /** The middle of the z of each layer's hits and how far they reach from it, mm; 0 where there are none. */
  readonly layerZ = new Float64Array(layerCount);
  readonly layerHalfDepth = new Float64Array(layerCount);
  /** Between which distances from the beam line the hits of each layer lie, mm. */
  readonly minRadius = new Float64Array(layerCount);
  readonly maxRadius = new Float64Array(layerCount);
  /** The azimuth of each hit, in bins with a fraction. */
  azimuths: Float64Array = new Float64Array(0);
  readonly #binStart = new Uint32Array(layerCount * layerStride + 1);
  /** The place in `#binStart` of each hit. */
  #slots: Uint32Array = new Uint32Array(0);

  /** The first entry at or after a bin, which is between -64 and 576, of a layer. */
  entryAt(layer: number, bin: number): number {
    return this.#binStart[layer * layerStride + marginBins + bin] ?? 0;
  }

  /** The layer of a hit that was loaded. */
  layerOf(hit: number): number {
    return ((this.#slots[hit] ?? 0) / layerStride) | 0;
  }

  // Each loop is a method of its own, so that it is compiled as soon as it has run often, whatever comes after it.

  /** Takes the hits of an event in place of those it had. */
  load(event: VeloHits): void {
    this.#reserve(event.moduleStart[moduleCount] ?? 0);
    this.#binStart.fill(0);
    for (let layer = 0; layer < layerCount; layer++) this.#count(event, layer);
    this.#sumUp();
    this.#place(event);
    for (let layer = 0; layer < layerCount; layer++) this.#measure(layer);
  }

  /**
   * Drops hits.
   *
   * @param used 1 for hits to drop, one value a hit
   */
  drop(used: Uint8Array): void {
    this.#compact(used);
    for (let layer = 0; layer < layerCount; layer++) this.#measure(layer);
  }

  #count({ x, y, moduleStart }: VeloHits, layer: number): void {
    const binStart = this.#binStart;
    const slots = this.#slots;
    const azimuths = this.azimuths;
    const first = layer * layerStride + marginBins;
    const end = moduleStart[2 * layer + 2] ?? 0;
    for (let hit = moduleStart[2 * layer] ?? 0; hit < end; hit++) {
      const azimuth = binAt(x[hit] ?? 0, y[hit] ?? 0);
      const bin = azimuth | 0;
      const slot = first + bin;
      azimuths[hit] = azimuth;
      slots[hit] = slot;
      binStart[slot] = (binStart[slot] ?? 0) + 1;
      const repeat = slot + repetition(bin);
      if (repeat !== slot) binStart[repeat] = (binStart[repeat] ?? 0) + 1;
    }
  }

  #sumUp(): void {
    const binStart = this.#binStart;
    let entries = 0;
    for (let slot = 0; slot < binStart.length; slot++) {
      entries += binStart[slot] ?? 0;
      binStart[slot] = entries;
    }
  }

  /** Going backwards, every bin fills from its end, and its start is what remains in `#binStart`. */
  #place({ x, y, z, moduleStart }: VeloHits): void {
    const binStart = this.#binStart;
    const slots = this.#slots;
    const { hits, x: entryX, y: entryY, z: entryZ } = this;
    for (let hit = (moduleStart[moduleCount] ?? 0) - 1; hit >= 0; hit--) {
      const slot = slots[hit] ?? 0;
      const repeat = slot + repetition((slot % layerStride) - marginBins);
      const entry = (binStart[slot] ?? 0) - 1;
      binStart[slot] = entry;
      const again = repeat === slot ? entry : (binStart[repeat] ?? 0) - 1;
      binStart[repeat] = again;
      hits[entry] = hits[again] = hit;
      entryX[entry] = entryX[again] = x[hit] ?? 0;
      entryY[entry] = entryY[again] = y[hit] ?? 0;
      entryZ[entry] = entryZ[again] = z[hit] ?? 0;
    }
  }

  #compact(used: Uint8Array): void {
    const binStart = this.#binStart;
    const { hits, x, y, z } = this;
    let kept = 0;
    let entry = 0;
    const last = binStart.length - 1;
    for (let slot = 0; slot < last; slot++) {
      const end = binStart[slot + 1] ?? 0;
      binStart[slot] = kept;
      for (; entry < end; entry++) {
        const hit = hits[entry] ?? 0;
        if (used[hit] === 1) continue;
        hits[kept] = hit;
        x[kept] = x[entry] ?? 0;
        y[kept] = y[entry] ?? 0;
        z[kept] = z[entry] ?? 0;
        kept++;
      }
    }
    binStart[last] = kept;
  }

  #measure(layer: number): void {
    const { x, y, z } = this;
    const end = this.entryAt(layer, phiBins);
    let lowest = Infinity;
    let highest = -Infinity;
    let innermost = Infinity;
    let outermost = 0;
    for (let entry = this.entryAt(layer, 0); entry < end; entry++) {
      const entryZ = z[entry] ?? 0;
      if (entryZ < lowest) lowest = entryZ;
      if (entryZ > highest) highest = entryZ;
      const entryX = x[entry] ?? 0;
      const entryY = y[entry] ?? 0;
      const square = entryX * entryX + entryY * entryY;
      if (square < innermost) innermost = square;
      if (square > outermost) outermost = square;
    }
    this.minRadius[layer] = Math.sqrt(innermost);
    this.maxRadius[layer] = Math.sqrt(outermost);
    this.layerZ[layer] = lowest > highest ? 0 : (lowest + highest) / 2;
    this.layerHalfDepth[layer] = lowest > highest ? 0 : (highest - lowest) / 2;
  }

  #reserve(count: number): void {
    if (count <= this.#slots.length) return;
    const capacity = Math.max(count, 2 * this.#slots.length, 1024);
    this.#slots = new Uint32Array(capacity);
    this.azimuths = new Float64Array(capacity);
    this.hits = new Uint32Array(2 * capacity);
    this.x = new Float32Array(2 * capacity);
    this.y = new Float32Array(2 * capacity);
    this.z = new Float32Array(2 * capacity);
  }
}

/** From a bin to where it is repeated in a margin; 0 where it is not. */
function repetition(bin: number): number {
  if (bin < marginBins) return phiBins;
  return bin >= phiBins - marginBins ? -phiBins : 0;
}

/**
 * The azimuth of a point in bins, with a fraction, from 0 up to 512. It is off by up to a third of a bin. Made of basic
 * arithmetic, it is the same on every machine, which Math.atan2 does not promise, and several times faster.
 */
export function binAt(x: number, y: number): number {
  const acrossX = Math.abs(x);
  const acrossY = Math.abs(y);
  const larger = Math.max(acrossX, acrossY);
  if (larger === 0) return 0;
  const ratio = Math.min(acrossX, acrossY) / larger;
  let angle = ratio * (Math.PI / 4 + 0.273 * (1 - ratio));
  if (acrossY > acrossX) angle = Math.PI / 2 - angle;
  if (x < 0) angle = Math.PI - angle;
  const bin = (y < 0 ? 2 * Math.PI - angle : angle) * binsPerRadian;
  return bin < phiBins ? bin : 0;
}
