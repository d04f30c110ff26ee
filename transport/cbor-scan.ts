/** Containers may be nested this deep. */
export const largestDepth = 32;
/** A value may consist of this many values and keys. */
export const largestItemCount = 262_144;

/** Where bytes are not what the codec writes, and why. */
export interface CborProblem {
  readonly offset: number;
  readonly problem: string;
}

/** The tags of typed arrays (RFC 8746, little endian) with the bytes of an element. */
const typedArrayTags: ReadonlyMap<number, number> = new Map([
  ...([64, 68, 72] as const).map((tag) => [tag, 1] as const),
  ...([69, 77] as const).map((tag) => [tag, 2] as const),
  ...([70, 78, 85] as const).map((tag) => [tag, 4] as const),
  ...([71, 79, 86] as const).map((tag) => [tag, 8] as const),
]);

const dateTag = 1;
const setTag = 258;
const mapTag = 259;

const inArray = 0;
const inObject = 1;
const inMap = 2;

const protoKey = Buffer.from('__proto__');

/**
 * Looks through CBOR bytes before they are decoded: one complete value, definite lengths that fit the bytes there are,
 * bounded depth and number of values, and no tags but those of dates, sets, maps and typed arrays. Its work is bounded by
 * the bytes, and it allocates nothing for sound ones. A scan is over before the next begins.
 */
class CborScan {
  readonly #left = new Float64Array(largestDepth + 1);
  readonly #kinds = new Uint8Array(largestDepth + 1);
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #depth = 0;
  #argument = 0;

  problem(bytes: Uint8Array): CborProblem | undefined {
    this.#bytes = bytes;
    this.#at = 0;
    this.#depth = 0;
    this.#left[0] = 1;
    this.#kinds[0] = inArray;
    for (let items = 0; this.#openContainer(); items += 1) {
      const offset = this.#at;
      if (items === largestItemCount) return { offset, problem: 'it holds too many values' };
      const problem = this.#item();
      if (problem !== undefined) return { offset, problem };
    }
    if (this.#at === bytes.length) return undefined;
    return { offset: this.#at, problem: 'bytes follow the value' };
  }

  /** Leaves containers that are full; false when the whole value has been seen. Else the next item is counted. */
  #openContainer(): boolean {
    while (this.#left[this.#depth] === 0) {
      if (this.#depth === 0) return false;
      this.#depth -= 1;
    }
    this.#left[this.#depth] = (this.#left[this.#depth] as number) - 1;
    return true;
  }

  #item(): string | undefined {
    const isKey =
      this.#kinds[this.#depth] === inObject && (this.#left[this.#depth] as number) % 2 === 1;
    const initial = this.#head();
    if (initial < 0) return 'a length is cut off, indefinite or beyond 32 bits';
    const major = initial >> 5;
    if (isKey && major !== 3) return 'a key is not text';
    if (major < 2) return undefined;
    if (major === 2) return 'bytes without a type';
    if (major === 3) return this.#text(isKey);
    if (major === 4) return this.#enter(inArray, 1);
    if (major === 5) return this.#enter(inObject, 2);
    if (major === 6) return this.#tagged(this.#argument);
    return initial === 0xfb || (initial >= 0xf4 && initial <= 0xf7)
      ? undefined
      : 'a simple value that the codec does not write';
  }

  /** Reads an initial byte and its argument; -1 where they are not of the kind that is allowed. */
  #head(): number {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at >= bytes.length) return -1;
    const initial = bytes[at] as number;
    const low = initial & 0x1f;
    if (low < 24) {
      this.#argument = low;
      this.#at = at + 1;
      return initial;
    }
    const width = low > 27 ? 16 : 1 << (low - 24);
    if (at + 1 + width > bytes.length || low > 27) return -1;
    const isNumber = initial < 0x40 || initial === 0xfb;
    if (width === 8 && !isNumber) return -1;
    let argument = 0;
    if (width < 8) {
      for (let next = at + 1; next <= at + width; next += 1) {
        argument = argument * 256 + (bytes[next] as number);
      }
    }
    this.#argument = argument;
    this.#at = at + 1 + width;
    return initial;
  }

  #text(isKey: boolean): string | undefined {
    const start = this.#at;
    const length = this.#argument;
    if (length > this.#bytes.length - start) return 'text is cut off';
    this.#at = start + length;
    if (!isKey || length !== protoKey.length) return undefined;
    return protoKey.equals(this.#bytes.subarray(start, start + length))
      ? 'a key is __proto__'
      : undefined;
  }

  #enter(kind: number, perEntry: number): string | undefined {
    const items = this.#argument * perEntry;
    if (items > this.#bytes.length - this.#at) return 'a count is larger than the bytes there are';
    if (this.#depth === largestDepth) return 'it is nested too deep';
    this.#depth += 1;
    this.#left[this.#depth] = items;
    this.#kinds[this.#depth] = kind;
    return undefined;
  }

  #tagged(tag: number): string | undefined {
    const elementBytes = typedArrayTags.get(tag);
    const initial = this.#head();
    const major = initial >> 5;
    if (elementBytes !== undefined) {
      if (major !== 2) return 'a typed array has no bytes';
      const length = this.#argument;
      if (length > this.#bytes.length - this.#at) return 'a typed array is cut off';
      this.#at += length;
      return length % elementBytes === 0 ? undefined : 'a typed array ends within an element';
    }
    if (tag === setTag && major === 4) return this.#enter(inArray, 1);
    if (tag === mapTag && major === 5) return this.#enter(inMap, 2);
    // Seconds of 32 bits, or a float of 64.
    if (tag === dateTag && (initial === 0x1a || initial === 0xfb)) return undefined;
    return `tag ${String(tag)} is not one that the codec writes here`;
  }
}

const scan = new CborScan();

/** What is wrong with bytes that should be one value as {@link encodeSerialised} writes it, or `undefined`. */
export function cborProblem(bytes: Uint8Array): CborProblem | undefined {
  return scan.problem(bytes);
}
