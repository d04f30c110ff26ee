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

/** Finds the particles that own each hit of one event. */
export type HitOwnerFinder = (
  hitIds: Uint32Array,
  particles: McParticles,
  owners: HitOwners,
) => void;

/**
 * Makes a finder of the particles that own each hit. `hitIds` are what names each hit, in the terms of `particles.hitIds`;
 * hits that share an id share their owners. `owners` are columns for so many hits and entries of `particles.hitIds`; all are
 * overwritten.
 *
 * The finder keeps scratch memory, so make one for every concurrent user.
 */
export function createHitOwnerFinder(): HitOwnerFinder {
  const table = new HitIdTable();
  return (hitIds, particles, owners) => {
    const { first, next, particle: owner } = owners;
    const { hitStart, hitIds: owned, size } = particles;
    first.fill(-1);
    next.fill(-1);
    owner.fill(0);
    table.fill(hitIds);
    for (let particle = 0; particle < size; particle++) {
      const end = hitStart[particle + 1] ?? 0;
      for (let link = hitStart[particle] ?? 0; link < end; link++) {
        const hit = table.hitOf(owned[link] ?? 0);
        if (hit < 0) continue;
        const before = first[hit] ?? -1;
        // A list that names a hit twice does not own it twice.
        if (before >= 0 && owner[before] === particle) continue;
        owner[link] = particle;
        next[link] = before;
        first[hit] = link;
      }
    }
    const { sameAs } = table;
    for (let hit = 0; hit < hitIds.length; hit++) first[hit] = first[sameAs[hit] ?? hit] ?? -1;
  };
}

/** From ids to hits by open addressing: about 3 times faster here than a Map. */
class HitIdTable {
  /** The first hit with the id of each hit. */
  sameAs: Uint32Array = new Uint32Array(0);
  #hitIds: Uint32Array = new Uint32Array(0);
  #table: Int32Array = new Int32Array(0);
  #shift = 32;
  #mask = 0;

  fill(hitIds: Uint32Array): void {
    const count = hitIds.length;
    let bits = 4;
    while (1 << bits < 2 * count) bits++;
    this.#hitIds = hitIds;
    this.#shift = 32 - bits;
    this.#mask = (1 << bits) - 1;
    if (this.#table.length <= this.#mask) this.#table = new Int32Array(this.#mask + 1);
    if (this.sameAs.length < count) this.sameAs = new Uint32Array(2 * count);
    const table = this.#table.fill(-1, 0, this.#mask + 1);
    for (let hit = 0; hit < count; hit++) {
      const slot = this.#slotOf(hitIds[hit] ?? 0);
      const earlier = table[slot] ?? -1;
      this.sameAs[hit] = earlier < 0 ? hit : earlier;
      if (earlier < 0) table[slot] = hit;
    }
  }

  /** The first hit with an id, or -1. */
  hitOf(id: number): number {
    return this.#table[this.#slotOf(id)] ?? -1;
  }

  #slotOf(id: number): number {
    const table = this.#table;
    const hitIds = this.#hitIds;
    let slot = Math.imul(id, 0x9e3779b1) >>> this.#shift;
    for (;;) {
      const hit = table[slot] ?? -1;
      if (hit < 0 || hitIds[hit] === id) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }
}
