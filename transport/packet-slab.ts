const slabBytes = 256 * 1024;

/** Gives out memory for small packets: parts of large blocks, each part given once, so that a packet is nobody else's. */
export class PacketSlab {
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #at = 0;

  /** A packet with a copy of the first `bytes` bytes of a buffer. */
  copyOf(source: Buffer, bytes: number): Uint8Array {
    if (this.#at + bytes > slabBytes) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#at = 0;
    }
    const at = this.#at;
    this.#at += Math.ceil(bytes / 8) * 8;
    source.copy(this.#slab, at, 0, bytes);
    return new Uint8Array(this.#slab.buffer, at, bytes);
  }
}
