interface Range {
  readonly start: number;
  readonly end: number;
}

/** Which parts of which buffers are pinned. */
export class PinnedRanges {
  readonly #ranges = new Map<ArrayBufferLike, Range[]>();

  /** Adds the bytes of a view. */
  add({ buffer, byteOffset, byteLength }: Uint8Array): void {
    const range = { start: byteOffset, end: byteOffset + byteLength };
    const known = this.#ranges.get(buffer);
    if (known === undefined) this.#ranges.set(buffer, [range]);
    else known.push(range);
  }

  /** Removes what was added with a view of the same bytes. */
  remove({ buffer, byteOffset, byteLength }: Uint8Array): void {
    const end = byteOffset + byteLength;
    const left = (this.#ranges.get(buffer) ?? []).filter(
      (range) => range.start !== byteOffset || range.end !== end,
    );
    if (left.length === 0) this.#ranges.delete(buffer);
    else this.#ranges.set(buffer, left);
  }

  /** Whether all bytes of a view lie in one of them. */
  holds({ buffer, byteOffset, byteLength }: ArrayBufferView): boolean {
    const known = this.#ranges.get(buffer);
    if (known === undefined) return false;
    for (const { start, end } of known) {
      if (start <= byteOffset && byteOffset + byteLength <= end) return true;
    }
    return false;
  }
}
