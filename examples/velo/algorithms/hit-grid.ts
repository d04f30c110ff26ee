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
  readonly #binStart = new Uint32Array(layerCount * layerStride + 1);
  /** The place in `#binStart` of each hit. */
  #slots: Uint32Array = new Uint32Array(0);

  /** The first entry at or after a bin, which is between -64 and 576, of a layer. */
  entryAt(layer: number, bin: number): number {
    return this.#binStart[layer * layerStride + marginBins + bin] ?? 0;
  }

  /**
   * Takes the hits of an event in place of those it had.
   *
   * @param used 1 for hits to leave out, one value a hit
   */
  fill(event: VeloHits, used: Uint8Array): void {
    const count = event.moduleStart[moduleCount] ?? 0;
    this.#reserve(count);
    this.#binStart.fill(0);
    for (let layer = 0; layer < layerCount; layer++) this.#countLayer(event, used, layer);
    const binStart = this.#binStart;
    let entries = 0;
    for (let slot = 0; slot < binStart.length; slot++) {
      entries += binStart[slot] ?? 0;
      binStart[slot] = entries;
    }
    // Going backwards, every bin fills from its end, and its start is what remains in `#binStart`.
    for (let hit = count - 1; hit >= 0; hit--) {
      if (used[hit] === 1) continue;
      const slot = this.#slots[hit] ?? 0;
      this.#place(event, hit, slot);
      const repeat = repetition((slot % layerStride) - marginBins);
      if (repeat !== 0) this.#place(event, hit, slot + repeat);
    }
  }

  #countLayer(event: VeloHits, used: Uint8Array, layer: number): void {
    const binStart = this.#binStart;
    const start = event.moduleStart[2 * layer] ?? 0;
    const end = event.moduleStart[2 * layer + 2] ?? 0;
    let lowest = Infinity;
    let highest = -Infinity;
    for (let hit = start; hit < end; hit++) {
      if (used[hit] === 1) continue;
      const z = event.z[hit] ?? 0;
      if (z < lowest) lowest = z;
      if (z > highest) highest = z;
      const bin = binAt(event.x[hit] ?? 0, event.y[hit] ?? 0) | 0;
      const slot = layer * layerStride + marginBins + bin;
      this.#slots[hit] = slot;
      binStart[slot] = (binStart[slot] ?? 0) + 1;
      const repeat = repetition(bin);
      if (repeat !== 0) binStart[slot + repeat] = (binStart[slot + repeat] ?? 0) + 1;
    }
    this.layerZ[layer] = lowest > highest ? 0 : (lowest + highest) / 2;
    this.layerHalfDepth[layer] = lowest > highest ? 0 : (highest - lowest) / 2;
  }

  #place(event: VeloHits, hit: number, slot: number): void {
    const entry = (this.#binStart[slot] ?? 0) - 1;
    this.#binStart[slot] = entry;
    this.hits[entry] = hit;
    this.x[entry] = event.x[hit] ?? 0;
    this.y[entry] = event.y[hit] ?? 0;
    this.z[entry] = event.z[hit] ?? 0;
  }

  #reserve(count: number): void {
    if (count <= this.#slots.length) return;
    const capacity = Math.max(count, 2 * this.#slots.length, 1024);
    this.#slots = new Uint32Array(capacity);
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
