import { bankHeaderBytes, bankMagic, EdmeshError, fixedHeaderBytes } from 'edmesh';

/** Bytes of the sub-header: four trigger masks, run, orbit and bunch. */
const subHeaderBytes = 28;
/** Longest payload of one bank: its size is 16 bits with the header, and pieces of split banks stay aligned. */
const maxPayloadBytes = 0xfff8 - bankHeaderBytes;

/** Builds raw events bank by bank. One writer serves many events, one after the other. */
export class RawEventWriter {
  #bytes = new Uint8Array(1 << 17);
  #view = new DataView(this.#bytes.buffer);
  #length = fixedHeaderBytes + subHeaderBytes;
  #run = 0;

  /** The event as far as it is written; no longer valid after another bank was added. */
  get view(): DataView {
    return this.#view;
  }

  /** Starts another event of a run. */
  begin(run: number): void {
    this.#run = run;
    this.#length = fixedHeaderBytes + subHeaderBytes;
  }

  /**
   * Adds a bank.
   *
   * @throws EdmeshError `EDMESH_PRODUCT_INVALID` where the payload is too long for one bank; see {@link addSplitBank}
   */
  addBank(type: number, version: number, source: number, payload: Uint8Array): void {
    const offset = this.#open(type, version, source, payload.length);
    this.#bytes.set(payload, offset);
  }

  /** Adds a payload of any length, in pieces with sources 0, 1, and so on. */
  addSplitBank(type: number, version: number, payload: Uint8Array): void {
    for (let start = 0, source = 0; start < payload.length; start += maxPayloadBytes, source++) {
      this.addBank(type, version, source, payload.subarray(start, start + maxPayloadBytes));
    }
  }

  /**
   * Adds a bank that is a count and so many words, the form of all VELO banks: `words[from]` up to `words[to - 1]`. Returns
   * the offset of the payload in {@link view}.
   */
  addWordBank(
    type: number,
    version: number,
    source: number,
    words: Uint32Array,
    from: number,
    to: number,
  ): number {
    const start = this.#open(type, version, source, 4 + 4 * (to - from));
    let offset = start;
    this.#view.setUint32(offset, to - from, true);
    for (let index = from; index < to; index++) {
      offset += 4;
      this.#view.setUint32(offset, words[index] ?? 0, true);
    }
    return start;
  }

  /** The event begun last, as bytes of its own. It carries no checksum. */
  finish(): Uint8Array<ArrayBuffer> {
    const view = this.#view;
    for (const offset of [0, 4, 8]) view.setUint32(offset, this.#length, true);
    view.setUint32(12, 0, true);
    view.setUint8(16, 0);
    view.setUint8(17, (3 << 4) | (subHeaderBytes / 4));
    view.setUint8(18, 1);
    view.setUint8(19, 0);
    for (let mask = 0; mask < 4; mask++) view.setUint32(20 + 4 * mask, 0xffffffff, true);
    view.setUint32(36, this.#run, true);
    view.setUint32(40, 0, true);
    view.setUint32(44, 0, true);
    return this.#bytes.slice(0, this.#length);
  }

  /** Writes a bank header, makes room for the payload and returns its offset. */
  #open(type: number, version: number, source: number, length: number): number {
    if (length > maxPayloadBytes) {
      throw new EdmeshError(
        'EDMESH_PRODUCT_INVALID',
        `a bank of type ${String(type)} cannot hold ${String(length)} bytes`,
        { fields: { bank: type, source, length } },
      );
    }
    const start = this.#length;
    const payload = start + bankHeaderBytes;
    const end = payload + ((length + 3) & ~3);
    this.#reserve(end);
    this.#view.setUint16(start, bankMagic, true);
    this.#view.setUint16(start + 2, bankHeaderBytes + length, true);
    this.#view.setUint8(start + 4, type);
    this.#view.setUint8(start + 5, version);
    this.#view.setUint16(start + 6, source, true);
    // What an earlier event left here must not show in the padding.
    this.#bytes.fill(0, payload + length, end);
    this.#length = end;
    return payload;
  }

  #reserve(needed: number): void {
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
