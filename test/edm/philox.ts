/** Philox4x32-10 (Salmon et al., SC 2011) written down again with big integers, to compare with. */

const mask = 0xffff_ffffn;

/** One block: four words of counter and two of key give four words. */
export function philox4x32(counter: readonly number[], key: readonly number[]): number[] {
  let [c0 = 0n, c1 = 0n, c2 = 0n, c3 = 0n] = counter.map(BigInt);
  let [k0 = 0n, k1 = 0n] = key.map(BigInt);
  for (let round = 0; round < 10; round++) {
    const first = 0xd251_1f53n * c0;
    const second = 0xcd9e_8d57n * c2;
    [c0, c1, c2, c3] = [
      (second >> 32n) ^ c1 ^ k0,
      second & mask,
      (first >> 32n) ^ c3 ^ k1,
      first & mask,
    ];
    k0 = (k0 + 0x9e37_79b9n) & mask;
    k1 = (k1 + 0xbb67_ae85n) & mask;
  }
  return [c0, c1, c2, c3].map(Number);
}

/** FNV-1a over the characters of a text, from the usual basis changed by a seed. */
export function fnv1a(seed: number, text: string): number {
  let hash = (0x811c_9dc5n ^ BigInt(seed >>> 0)) & mask;
  for (const character of text) {
    hash = ((hash ^ BigInt(character.charCodeAt(0))) * 0x0100_0193n) & mask;
  }
  return Number(hash);
}
