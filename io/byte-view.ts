import { readSync } from 'node:fs';

/** Random access to bytes, as much of a `DataView` as decoders need; offsets count from the start of the data. */
export interface ByteView {
  readonly byteLength: number;
  getUint8(offset: number): number;
  getUint16(offset: number, littleEndian: boolean): number;
  getUint32(offset: number, littleEndian: boolean): number;
  getBigUint64(offset: number, littleEndian: boolean): bigint;
}

const windowBytes = 65536;

/** A view of an open file that holds one window of it in memory. Reading beyond the end throws a `RangeError`. */
export class FileByteView implements ByteView {
  readonly byteLength: number;
  readonly #descriptor: number;
  readonly #bytes = new Uint8Array(windowBytes);
  readonly #window = new DataView(this.#bytes.buffer);
  #start = 0;
  #end = 0;

  constructor(descriptor: number, byteLength: number) {
    this.#descriptor = descriptor;
    this.byteLength = byteLength;
  }

  getUint8(offset: number): number {
    return this.#window.getUint8(this.#at(offset, 1));
  }

  getUint16(offset: number, littleEndian: boolean): number {
    return this.#window.getUint16(this.#at(offset, 2), littleEndian);
  }

  getUint32(offset: number, littleEndian: boolean): number {
    return this.#window.getUint32(this.#at(offset, 4), littleEndian);
  }

  getBigUint64(offset: number, littleEndian: boolean): bigint {
    return this.#window.getBigUint64(this.#at(offset, 8), littleEndian);
  }

  /** The place in the window of `width` bytes at an offset; moves the window where they are not in it. */
  #at(offset: number, width: number): number {
    if (offset < this.#start || offset + width > this.#end) this.#load(offset, width);
    return offset - this.#start;
  }

  #load(offset: number, width: number): void {
    const wanted = Math.min(windowBytes, this.byteLength - offset);
    let filled = 0;
    while (filled < wanted) {
      const read = readSync(
        this.#descriptor,
        this.#bytes,
        filled,
        wanted - filled,
        offset + filled,
      );
      if (read === 0) break;
      filled += read;
    }
    if (filled < width) throw new RangeError(`the file ends before byte ${String(offset + width)}`);
    this.#start = offset;
    this.#end = offset + filled;
  }
}
