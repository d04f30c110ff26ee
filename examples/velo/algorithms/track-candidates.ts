import { moduleCount } from './channel-id.ts';
import { grownUint32 } from './growable.ts';

/** A track takes at most one hit of every module. */
const maxHits = moduleCount;

/** Tracks under construction: their hits in the order in which they were added, and how many layers they last missed. */
export class TrackCandidates {
  count = 0;
  // Memory that begins empty grows at once: compiled code then never takes it for something that stays as it is.
  #hits: Uint32Array = new Uint32Array(0);
  #lengths: Uint32Array = new Uint32Array(0);
  #missed: Uint32Array = new Uint32Array(0);

  clear(): void {
    this.count = 0;
  }

  /** Starts a track without hits and returns its index. */
  start(): number {
    const track = this.count++;
    if (track >= this.#lengths.length) {
      this.#lengths = grownUint32(this.#lengths, track + 64);
      this.#missed = grownUint32(this.#missed, track + 64);
      this.#hits = grownUint32(this.#hits, this.#lengths.length * maxHits);
    }
    this.#lengths[track] = 0;
    this.#missed[track] = 0;
    return track;
  }

  /** Adds a hit to a track; a negative one stands for none. */
  add(track: number, hit: number): void {
    if (hit < 0) return;
    const length = this.#lengths[track] ?? 0;
    this.#hits[track * maxHits + length] = hit;
    this.#lengths[track] = length + 1;
  }

  /** Adds a hit in front of the one at `index`. */
  insert(track: number, index: number, hit: number): void {
    const length = this.#lengths[track] ?? 0;
    const start = track * maxHits;
    this.#hits.copyWithin(start + index + 1, start + index, start + length);
    this.#hits[start + index] = hit;
    this.#lengths[track] = length + 1;
  }

  length(track: number): number {
    return this.#lengths[track] ?? 0;
  }

  hit(track: number, index: number): number {
    return this.#hits[track * maxHits + index] ?? 0;
  }

  /** Notes whether the track found a hit in the layer it came to; returns the layers missed in a row. */
  note(track: number, found: boolean): number {
    const missed = found ? 0 : (this.#missed[track] ?? 0) + 1;
    this.#missed[track] = missed;
    return missed;
  }
}
