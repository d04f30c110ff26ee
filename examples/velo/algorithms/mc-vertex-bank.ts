import { EdmeshError } from 'edmesh';
import type { JoinedPayload } from './joined-payload.ts';

/** True primary vertices of one event. */
export interface McVertices {
  readonly size: number;
  /** Tracks that come from the vertex. */
  readonly tracks: Int32Array;
  /** Position, mm. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
}

/** Bytes of a true vertex: its number of tracks and three coordinates. */
const vertexBytes = 28;
const bank = 33;

/** The versions of bank type 33 that are read here. */
export const vertexVersions: readonly number[] = [1];

/**
 * The number of Monte Carlo primary vertices of an event (bank type 33).
 *
 * @throws EdmeshError `EDMESH_EVENT_CORRUPT` naming bank and offset, where the count does not agree with the length
 */
export function countMcVertices({ view }: JoinedPayload): number {
  if (view.byteLength < 4) throw corrupt(0, 'it is too short for a count');
  const count = view.getInt32(0, true);
  if (count < 0) throw corrupt(0, `it declares ${String(count)} vertices`);
  const needed = vertexBytes * count;
  const left = view.byteLength - 4;
  if (needed > left) {
    throw corrupt(4, `needs ${String(needed)} bytes where ${String(left)} are left`);
  }
  return count;
}

/** Decodes as many primary vertices as {@link countMcVertices} says into columns of that length. */
export function decodeMcVertices({ view }: JoinedPayload, vertices: McVertices): void {
  for (let index = 0; index < vertices.size; index++) {
    const offset = 4 + vertexBytes * index;
    vertices.tracks[index] = view.getInt32(offset, true);
    vertices.x[index] = view.getFloat64(offset + 4, true);
    vertices.y[index] = view.getFloat64(offset + 12, true);
    vertices.z[index] = view.getFloat64(offset + 20, true);
  }
}

function corrupt(offset: number, problem: string): EdmeshError {
  return new EdmeshError(
    'EDMESH_EVENT_CORRUPT',
    `bank ${String(bank)}, byte ${String(offset)} of the joined payload: ${problem}`,
    { fields: { bank, offset } },
  );
}
