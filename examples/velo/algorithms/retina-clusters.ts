import { EdmeshError } from 'edmesh';
import { columnCount } from './channel-id.ts';
import type { ClusterBuffer } from './clusters.ts';
import { readWordCount } from './word-bank.ts';

/** The version of bank type 73 that is read here. */
export const retinaVersion = 3;

/**
 * Adds the clusters of one sensor, found by the readout board (bank type 73, version 3), to `clusters`.
 *
 * @param offset of the payload in `view`, bytes
 * @param length of the payload, bytes
 * @param sensor 0 to 207, the source of the bank
 * @throws EdmeshError `EDMESH_EVENT_CORRUPT` naming bank, sensor and offset, where sizes or a column are wrong; clusters
 * of the sensor before that place may have been added
 */
export function decodeRetinaClusters(
  view: DataView,
  offset: number,
  length: number,
  sensor: number,
  clusters: ClusterBuffer,
): void {
  const count = readWordCount(view, offset, length, sensor, 73);
  clusters.reserve(count);
  for (let index = 0; index < count; index++) {
    const place = offset + 4 + 4 * index;
    const word = view.getUint32(place, true);
    const column = (word >> 12) & 0x3ff;
    if (column >= columnCount) {
      throw new EdmeshError(
        'EDMESH_EVENT_CORRUPT',
        `bank 73 of sensor ${String(sensor)}, byte ${String(place)}: column ${String(column)} is not on the sensor`,
        { fields: { bank: 73, sensor, offset: place } },
      );
    }
    const columnFraction = ((word >> 10) & 3) / 4;
    clusters.push(sensor, column, (word >> 2) & 0xff, columnFraction, (word & 3) / 4);
  }
}

/** The word of a cluster in a bank of type 73; the fractions (pixels, 0 up to 1) are cut to quarters. */
export function retinaWord(
  column: number,
  row: number,
  columnFraction: number,
  rowFraction: number,
): number {
  const columnQuarters = (columnFraction * 4) | 0;
  const rowQuarters = (rowFraction * 4) | 0;
  return (column << 12) | (columnQuarters << 10) | (row << 2) | rowQuarters;
}
