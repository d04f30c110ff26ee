import { EdmeshError } from 'edmesh';
import { truthIdMask } from './channel-id.ts';
import type { JoinedPayload } from './joined-payload.ts';
import type { McParticles } from './mc-particles.ts';

/** How much room the particles of one event need. */
export interface McParticleSizes {
  readonly particles: number;
  /** VELO hits of all particles together. */
  readonly hits: number;
}

/** Bytes of a particle before its mother, of its mother, and of the number of its vertices; version 2 adds a flag. */
const recordBytes = { before: 44, mother: 28, vertices: 4 } as const;
const bank = 32;

/** The versions of bank type 32 that are read here. */
export const particleVersions: readonly number[] = [1, 2];

/** Where the parts of a particle lie, from its start. */
function layoutOf(version: number): { charge: number; lists: number } {
  const mother = recordBytes.before + (version >= 2 ? 1 : 0);
  return { charge: mother + 24, lists: mother + recordBytes.mother + recordBytes.vertices };
}

/**
 * Measures the Monte Carlo particles of an event (bank type 32, pieces joined) and checks that they are complete.
 *
 * @throws EdmeshError `EDMESH_EVENT_CORRUPT` naming bank and offset in the joined payload, where a particle is cut short
 */
export function measureMcParticles({ view, version }: JoinedPayload): McParticleSizes {
  const { lists } = layoutOf(version);
  const end = view.byteLength;
  if (end < 4) throw cutShort(view, 0, 4);
  const particles = view.getUint32(0, true);
  let hits = 0;
  let offset = 4;
  for (let particle = 0; particle < particles; particle++) {
    if (offset + lists + 4 > end) throw cutShort(view, offset, lists + 4);
    offset += lists;
    for (let detector = 0; detector < 3; detector++) {
      if (offset + 4 > end) throw cutShort(view, offset, 4);
      const ids = view.getUint32(offset, true);
      if (offset + 4 + 4 * ids > end) throw cutShort(view, offset, 4 + 4 * ids);
      if (detector === 0) hits += ids;
      offset += 4 + 4 * ids;
    }
  }
  return { particles, hits };
}

/**
 * Decodes Monte Carlo particles.
 *
 * @param payload as measured
 * @param particles columns with as much room as {@link measureMcParticles} says; all are overwritten
 */
export function decodeMcParticles({ view, version }: JoinedPayload, particles: McParticles): void {
  const { charge, lists } = layoutOf(version);
  const { hitStart, hitIds, size } = particles;
  let offset = 4;
  let hits = 0;
  for (let index = 0; index < size; index++) {
    particles.key[index] = view.getUint32(offset, true);
    particles.pid[index] = view.getInt32(offset + 4, true);
    particles.p[index] = view.getFloat32(offset + 8, true);
    particles.pt[index] = view.getFloat32(offset + 12, true);
    particles.eta[index] = view.getFloat32(offset + 16, true);
    particles.phi[index] = view.getFloat32(offset + 20, true);
    particles.originZ[index] = view.getFloat32(offset + 32, true);
    particles.charge[index] = view.getFloat32(offset + charge, true);
    particles.isLong[index] = view.getInt8(offset + 36) === 0 ? 0 : 1;
    particles.hasVelo[index] = view.getInt8(offset + 38) === 0 ? 0 : 1;
    hitStart[index] = hits;
    offset += lists;
    const ids = view.getUint32(offset, true);
    for (let id = 0; id < ids; id++) {
      hitIds[hits++] = view.getUint32(offset + 4 + 4 * id, true) & truthIdMask;
    }
    offset += 4 + 4 * ids;
    offset += 4 + 4 * view.getUint32(offset, true);
    offset += 4 + 4 * view.getUint32(offset, true);
  }
  hitStart[size] = hits;
}

function cutShort(view: DataView, offset: number, bytes: number): EdmeshError {
  const problem = `needs ${String(bytes)} bytes where ${String(view.byteLength - offset)} are left`;
  return new EdmeshError(
    'EDMESH_EVENT_CORRUPT',
    `bank ${String(bank)}, byte ${String(offset)} of the joined payload: ${problem}`,
    { fields: { bank, offset } },
  );
}
