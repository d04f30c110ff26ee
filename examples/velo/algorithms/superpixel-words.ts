import { sensorCount } from './channel-id.ts';
import { grownUint32 } from './growable.ts';

/** Packs fired pixels into the words of superpixel banks (type 63, version 2). One object serves many events. */
export class SuperpixelWords {
  /** Words of sensor s are `words[starts[s]]` up to and without `words[starts[s + 1]]`, rising in column and row. */
  words: Uint32Array = new Uint32Array(4096);
  readonly starts = new Uint32Array(sensorCount + 1);
  #keys: Uint32Array = new Uint32Array(8192);

  /** Takes the pixels of one event, `sensor << 18 | column << 8 | row` in any order; repetitions do not count. */
  fill(pixels: Uint32Array): void {
    this.#keys = grownUint32(this.#keys, pixels.length);
    const keys = this.#keys.subarray(0, pixels.length);
    pixels.forEach((pixel, index) => {
      const column = (pixel >> 8) & 0x3ff;
      const row = pixel & 0xff;
      const bit = ((column & 1) << 2) | (row & 3);
      keys[index] = ((pixel >> 18) << 18) | ((column >> 1) << 9) | ((row >> 2) << 3) | bit;
    });
    keys.sort();
    this.words = grownUint32(this.words, keys.length);
    this.starts.fill(0);
    let count = 0;
    let before = -1;
    for (const key of keys) {
      const superpixel = key >> 3;
      const pattern = 1 << (key & 7);
      if (superpixel === before) {
        this.words[count - 1] = (this.words[count - 1] ?? 0) | pattern;
        continue;
      }
      before = superpixel;
      // Column and row of the superpixel go to bits 14 and 8.
      this.words[count++] = ((superpixel & 0x7fff) << 8) | pattern;
      const after = (key >> 18) + 1;
      this.starts[after] = (this.starts[after] ?? 0) + 1;
    }
    for (let sensor = 0; sensor < sensorCount; sensor++) {
      this.starts[sensor + 1] = (this.starts[sensor + 1] ?? 0) + (this.starts[sensor] ?? 0);
      this.#markIsolated(this.starts[sensor] ?? 0, this.starts[sensor + 1] ?? 0);
    }
  }

  /** Sets bit 31 of the superpixels of a sensor that have no neighbour. */
  #markIsolated(from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const word = this.words[index] ?? 0;
      let isolated = true;
      for (let other = index - 1; isolated && other >= from; other--) {
        if (columnOf(word) - columnOf(this.words[other] ?? 0) > 1) break;
        isolated = Math.abs(rowOf(word) - rowOf(this.words[other] ?? 0)) > 1;
      }
      for (let other = index + 1; isolated && other < to; other++) {
        if (columnOf(this.words[other] ?? 0) - columnOf(word) > 1) break;
        isolated = Math.abs(rowOf(word) - rowOf(this.words[other] ?? 0)) > 1;
      }
      if (isolated) this.words[index] = word | 0x80000000;
    }
  }
}

function columnOf(word: number): number {
  return (word >> 14) & 0x1ff;
}

function rowOf(word: number): number {
  return (word >> 8) & 0x3f;
}
