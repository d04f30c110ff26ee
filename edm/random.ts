import type { EventId } from './ids.ts';

/** Random numbers of one module in one event. */
export interface RandomEngine {
  /** An unsigned 32-bit integer. */
  bits(): number;
  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number;
  /** An integer in [0, bound). */
  integer(bound: number): number;
  /** Normal with mean 0 and standard deviation 1. */
  gaussian(): number;
  /** Exponential with mean 1. */
  exponential(): number;
  /** Poisson with the given mean; the cost grows with it. */
  poisson(mean: number): number;
}

/**
 * The high 32 bits of the product of two unsigned 32-bit integers. All 32-bit integers in this file are signed as soon as
 * they are stored or returned: V8 keeps those without allocating.
 */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16);
  const other = Math.imul(aLow, bHigh) + (middle & 0xffff);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

/** A 32-bit FNV-1a hash of text, started from a seed. */
function hashText(seed: number, text: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/**
 * The counter-based generator Philox4x32-10 (Salmon et al., SC 2011). The key is made of seed and module label, the
 * counter of run, lumi and event: a module alone in a replay draws what it drew in the job.
 */
export class CounterRandom implements RandomEngine {
  readonly #seedKey: readonly [number, number];
  readonly #block = new Int32Array(4);
  readonly #key = new Int32Array(2);
  readonly #counter = new Int32Array(4);
  #used = 4;
  /** The second number of a pair of normal ones; NaN when there is none. */
  #spare = Number.NaN;

  constructor(seed: number, moduleLabel: string) {
    this.#seedKey = [hashText(seed, moduleLabel), hashText(~seed, moduleLabel)];
  }

  /** Starts the sequence that belongs to an event. */
  startEvent(id: EventId): void {
    this.#key[0] = this.#seedKey[0] ^ Math.imul(id.lumi, 0x9e3779b1);
    this.#key[1] = this.#seedKey[1] ^ Math.imul(id.lumi, 0x85ebca77);
    this.#counter[0] = 0;
    this.#counter[1] = id.run;
    this.#counter[2] = id.event;
    this.#counter[3] = Math.floor(id.event / 2 ** 32);
    this.#used = 4;
    this.#spare = Number.NaN;
  }

  bits(): number {
    return this.#word() >>> 0;
  }

  uniform(): number {
    return ((this.#word() >>> 5) * 67108864 + (this.#word() >>> 6)) / 9007199254740992;
  }

  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  gaussian(): number {
    const spare = this.#spare;
    if (!Number.isNaN(spare)) {
      this.#spare = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(2 * this.exponential());
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  exponential(): number {
    return -Math.log(1 - this.uniform());
  }

  poisson(mean: number): number {
    let count = 0;
    // exp(-mean) must not underflow: a sum of Poisson numbers is one with the sum of the means.
    for (; mean > 500; mean -= 500) count += this.poisson(500);
    const limit = Math.exp(-mean);
    for (let product = this.uniform(); product > limit; product *= this.uniform()) count++;
    return count;
  }

  /** 32 random bits, as a signed integer. */
  #word(): number {
    if (this.#used === 4) this.#nextBlock();
    return this.#block[this.#used++] ?? 0;
  }

  #nextBlock(): void {
    let c0 = this.#counter[0] ?? 0;
    let c1 = this.#counter[1] ?? 0;
    let c2 = this.#counter[2] ?? 0;
    let c3 = this.#counter[3] ?? 0;
    let k0 = this.#key[0] ?? 0;
    let k1 = this.#key[1] ?? 0;
    for (let round = 0; round < 10; round++) {
      const high0 = multiplyHigh(0xd2511f53, c0);
      const high1 = multiplyHigh(0xcd9e8d57, c2);
      const low0 = Math.imul(0xd2511f53, c0);
      const low1 = Math.imul(0xcd9e8d57, c2);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 = (k0 + 0x9e3779b9) | 0;
      k1 = (k1 + 0xbb67ae85) | 0;
    }
    this.#block[0] = c0;
    this.#block[1] = c1;
    this.#block[2] = c2;
    this.#block[3] = c3;
    this.#counter[0] = (this.#counter[0] ?? 0) + 1;
    this.#used = 0;
  }
}
