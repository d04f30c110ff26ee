import { createHash } from 'node:crypto';
import type { Branch } from './branch.ts';
import type { ProductType } from './product-type.ts';

const modulus = 1n << 128n;

/**
 * Sums a hash of every product modulo 2^128, one sum a module label and one in all. The order of events does not matter,
 * repeats do not cancel, and the process name is not in it.
 */
export class JobDigest {
  readonly #sums = new Map<string, bigint>();
  readonly #ordinal = new Uint8Array(8);
  readonly #ordinalView = new DataView(this.#ordinal.buffer);

  /** Adds one product of the event with this ordinal. */
  add<T>(branch: Branch, type: ProductType<T>, ordinal: number, product: T): void {
    this.#ordinalView.setFloat64(0, ordinal, true);
    const digest = createHash('sha256')
      .update(`${branch.moduleLabel}\0${branch.productInstance}\0${type.name}\0`)
      .update(this.#ordinal)
      .update(type.canonicalBytes(product))
      .digest();
    const value = (digest.readBigUInt64LE(0) << 64n) | digest.readBigUInt64LE(8);
    const sum = this.#sums.get(branch.moduleLabel) ?? 0n;
    this.#sums.set(branch.moduleLabel, (sum + value) % modulus);
  }

  /** The sums so far, by label. */
  sums(): (readonly [label: string, sum: bigint])[] {
    return [...this.#sums];
  }

  /** Adds the sums of another part of the job. */
  merge(sums: Iterable<readonly [label: string, sum: bigint]>): void {
    for (const [label, sum] of sums) {
      this.#sums.set(label, ((this.#sums.get(label) ?? 0n) + sum) % modulus);
    }
  }

  /** The sum over all labels, 32 hexadecimal digits. */
  total(): string {
    let total = 0n;
    for (const sum of this.#sums.values()) total += sum;
    return hex(total % modulus);
  }

  /** The sum of each label, 32 hexadecimal digits, labels in alphabetical order. */
  byLabel(): Record<string, string> {
    const entries = [...this.#sums].map(([label, sum]) => [label, hex(sum)] as const);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function hex(value: bigint): string {
  return value.toString(16).padStart(32, '0');
}
