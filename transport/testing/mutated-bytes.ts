/** Random numbers that are the same in every run (mulberry32). */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const wild = [0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

/** A copy with a few bytes or words changed, cut off or repeated. */
export function mutated(source: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = Uint8Array.from(source);
  for (let left = 1 + random(3); left > 0 && bytes.length > 0; left -= 1) {
    const at = random(bytes.length);
    switch (random(7)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 2:
      case 3: {
        const word = at & ~3;
        const value = random(2) === 0 ? (wild[random(wild.length)] ?? 0) : random(64);
        if (word + 4 <= bytes.length) new DataView(bytes.buffer).setUint32(word, value, true);
        break;
      }
      case 4:
        bytes = bytes.slice(0, at);
        break;
      case 5:
        bytes = Uint8Array.from(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at >> 1)]));
        break;
      default:
        bytes.copyWithin(at, random(bytes.length), bytes.length);
    }
  }
  return bytes;
}
