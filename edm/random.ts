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

/** The high 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(other / 65536)) >>> 0;
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
  readonly #block = new Uint32Array(4);
  readonly #key = new Uint32Array(2);
  readonly #counter = new Uint32Array(4);
  #used = 4;
  #spare: number | undefined;

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
    this.#spare = undefined;
  }

  bits(): number {
    if (this.#used === 4) this.#nextBlock();
    return this.#block[this.#used++] ?? 0;
  }

  uniform(): number {
    return ((this.bits() >>> 5) * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }

  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  gaussian(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
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

  #nextBlock(): void {
    let [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = this.#counter;
    let [k0 = 0, k1 = 0] = this.#key;
    for (let round = 0; round < 10; round++) {
      const high0 = multiplyHigh(0xd2511f53, c0);
      const high1 = multiplyHigh(0xcd9e8d57, c2);
      const low0 = Math.imul(0xd2511f53, c0);
      const low1 = Math.imul(0xcd9e8d57, c2);
      c0 = (high1 ^ c1 ^ k0) >>> 0;
      c1 = low1 >>> 0;
      c2 = (high0 ^ c3 ^ k1) >>> 0;
      c3 = low0 >>> 0;
      k0 = (k0 + 0x9e3779b9) >>> 0;
      k1 = (k1 + 0xbb67ae85) >>> 0;
    }
    this.#block[0] = c0;
    this.#block[1] = c1;
    this.#block[2] = c2;
    this.#block[3] = c3;
    this.#counter[0] = (this.#counter[0] ?? 0) + 1;
    this.#used = 0;
  }
}
