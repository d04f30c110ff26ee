import type { McParticles } from './mc-particles.ts';

/** The particles of each hit as linked lists: start at `first[hit]`, go on with `next[link]`, end at -1. */
export interface HitOwners {
  /** One value a hit. */
  readonly first: Int32Array;
  /** One value an entry of the particles' lists of hits. */
  readonly next: Int32Array;
  /** The particle of each link; as long as `next`. */
  readonly particle: Int32Array;
}

/** Empty lists for so many hits and links. */
export function allocateHitOwners(hits: number, links: number): HitOwners {
  const [first, next] = [new Int32Array(hits), new Int32Array(links)];
  return { first, next, particle: new Int32Array(links) };
}

/**
 * Finds the particles that own each hit.
 *
 * @param hitIds what names each hit, in the terms of `particles.hitIds`; hits that share an id share their owners
 * @param owners columns for so many hits and entries of `particles.hitIds`; all are overwritten
 */
export function findHitOwners(
  hitIds: Uint32Array,
  particles: McParticles,
  owners: HitOwners,
): void {
  const { first, next, particle: owner } = owners;
  const { hitStart } = particles;
  first.fill(-1);
  next.fill(-1);
  owner.fill(0);
  const { hitOfId, sameAs } = firstHitOfIds(hitIds);
  for (let particle = 0; particle < particles.size; particle++) {
    const end = hitStart[particle + 1] ?? 0;
    for (let link = hitStart[particle] ?? 0; link < end; link++) {
      const hit = hitOfId(particles.hitIds[link] ?? 0);
      if (hit < 0) continue;
      const before = first[hit] ?? -1;
      // A list that names a hit twice does not own it twice.
      if (before >= 0 && owner[before] === particle) continue;
      owner[link] = particle;
      next[link] = before;
      first[hit] = link;
    }
  }
  for (let hit = 0; hit < hitIds.length; hit++) first[hit] = first[sameAs[hit] ?? hit] ?? -1;
}

/** Open addressing: about 3 times faster here than a Map, which would box nothing but still allocate per entry. */
function firstHitOfIds(hitIds: Uint32Array): {
  hitOfId: (id: number) => number;
  sameAs: Uint32Array;
} {
  const hitCount = hitIds.length;
  let bits = 4;
  while (1 << bits < 2 * hitCount) bits++;
  const table = new Int32Array(1 << bits).fill(-1);
  const sameAs = new Uint32Array(hitCount);
  const slotOf = (id: number): number => {
    let slot = Math.imul(id, 0x9e3779b1) >>> (32 - bits);
    for (;;) {
      const hit = table[slot] ?? -1;
      if (hit < 0 || hitIds[hit] === id) return slot;
      slot = (slot + 1) & (table.length - 1);
    }
  };
  for (let hit = 0; hit < hitCount; hit++) {
    const slot = slotOf(hitIds[hit] ?? 0);
    const earlier = table[slot] ?? -1;
    sameAs[hit] = earlier < 0 ? hit : earlier;
    if (earlier < 0) table[slot] = hit;
  }
  return { hitOfId: (id) => table[slotOf(id)] ?? -1, sameAs };
}
