import { EdmeshError } from 'edmesh';
import { columnCount, rowCount } from './channel-id.ts';
import type { ClusterBuffer } from './clusters.ts';
import { readWordCount } from './word-bank.ts';

/** The version of bank type 63 that is read here. */
export const superpixelVersion = 2;

const superColumns = columnCount / 2;
const superRows = rowCount / 4;
/** A frame of empty superpixels around the sensor saves the checks for its edges. */
const stride = superRows + 2;

/** Adds the clusters of one sensor to `clusters`; see {@link createSuperpixelClustering}. */
export type SuperpixelClustering = (
  view: DataView,
  offset: number,
  length: number,
  sensor: number,
  clusters: ClusterBuffer,
) => void;

/**
 * Makes a decoder of superpixel banks (type 63, version 2): pixels of one sensor that touch, also by a corner, form a
 * cluster, whose centre is the mean of theirs. Words may repeat or overlap: each pixel counts once. Clusters come in the
 * order of their first superpixel in the bank. The decoder keeps scratch memory, so make one for every concurrent user.
 *
 * The decoder throws EdmeshError `EDMESH_EVENT_CORRUPT` naming bank, sensor and offset, where sizes are wrong or a
 * superpixel is not on the sensor; it adds no cluster of that sensor then.
 */
export function createSuperpixelClustering(): SuperpixelClustering {
  const patterns = new Uint8Array((superColumns + 2) * stride);
  const order = new Uint32Array(superColumns * superRows);
  const pending = new Uint32Array(superColumns * superRows * 8);

  /** Adds the pixels of the bank to `patterns`; returns how many superpixels of `order` are in use. */
  function fill(view: DataView, offset: number, count: number, sensor: number): number {
    let used = 0;
    for (let index = 0; index < count; index++) {
      const word = view.getUint32(offset + 4 + 4 * index, true);
      const column = (word >> 14) & 0x1ff;
      if (column >= superColumns) {
        while (used > 0) patterns[order[--used] ?? 0] = 0;
        throw outside(sensor, offset + 4 + 4 * index, column);
      }
      const at = (column + 1) * stride + ((word >> 8) & 0x3f) + 1;
      const before = patterns[at] ?? 0;
      const pattern = before | (word & 0xff);
      if (before === 0 && pattern !== 0) order[used++] = at;
      patterns[at] = pattern;
    }
    return used;
  }

  function isolated(at: number): boolean {
    const left = at - stride;
    const right = at + stride;
    const beside = (patterns[at - 1] ?? 0) | (patterns[at + 1] ?? 0);
    const before = (patterns[left - 1] ?? 0) | (patterns[left] ?? 0) | (patterns[left + 1] ?? 0);
    const after = (patterns[right - 1] ?? 0) | (patterns[right] ?? 0) | (patterns[right + 1] ?? 0);
    return (beside | before | after) === 0;
  }

  /** Takes the pixels that touch those of `first` in superpixel `at` out of `patterns` and adds their cluster. */
  function takeCluster(at: number, first: number, sensor: number, clusters: ClusterBuffer): void {
    let columns = 0;
    let rows = 0;
    let pixels = 0;
    let top = 0;
    pending[top++] = (at << 3) | first;
    patterns[at] = (patterns[at] ?? 0) & ~(1 << first);
    while (top > 0) {
      const pixel = pending[--top] ?? 0;
      const superpixel = pixel >> 3;
      const column = ((superpixel / stride) | 0) * 2 + ((pixel >> 2) & 1);
      const row = (superpixel % stride) * 4 + (pixel & 3);
      columns += column;
      rows += row;
      pixels++;
      for (let nextColumn = column - 1; nextColumn <= column + 1; nextColumn++) {
        const base = (nextColumn >> 1) * stride;
        for (let nextRow = row - 1; nextRow <= row + 1; nextRow++) {
          const next = base + (nextRow >> 2);
          const bit = ((nextColumn & 1) << 2) | (nextRow & 3);
          const pattern = patterns[next] ?? 0;
          if ((pattern & (1 << bit)) === 0) continue;
          patterns[next] = pattern & ~(1 << bit);
          pending[top++] = (next << 3) | bit;
        }
      }
    }
    // The frame shifts columns by one superpixel (2 pixels) and rows by one (4 pixels).
    pushCluster(sensor, columns - 2 * pixels, rows - 4 * pixels, pixels, clusters);
  }

  return (view, offset, length, sensor, clusters) => {
    const count = readWordCount(view, offset, length, sensor, 63);
    const used = fill(view, offset, count, sensor);
    for (let index = 0; index < used; index++) {
      const at = order[index] ?? 0;
      const pattern = patterns[at] ?? 0;
      if (pattern === 0) continue;
      if (connected[pattern] === 1 && isolated(at)) {
        patterns[at] = 0;
        const pixels = pixelsIn[pattern] ?? 1;
        const columns = (((at / stride) | 0) - 1) * 2 * pixels + (columnSum[pattern] ?? 0);
        const rows = ((at % stride) - 1) * 4 * pixels + (rowSum[pattern] ?? 0);
        pushCluster(sensor, columns, rows, pixels, clusters);
        continue;
      }
      for (let bit = 0; bit < 8; bit++) {
        if (((patterns[at] ?? 0) & (1 << bit)) !== 0) takeCluster(at, bit, sensor, clusters);
      }
    }
  };
}

function pushCluster(
  sensor: number,
  columns: number,
  rows: number,
  pixels: number,
  clusters: ClusterBuffer,
): void {
  const column = (columns / pixels) | 0;
  const row = (rows / pixels) | 0;
  clusters.push(sensor, column, row, columns / pixels - column, rows / pixels - row);
}

function outside(sensor: number, offset: number, column: number): EdmeshError {
  return new EdmeshError(
    'EDMESH_EVENT_CORRUPT',
    `bank 63 of sensor ${String(sensor)}, byte ${String(offset)}: superpixel column ${String(column)} is not on the sensor`,
    { fields: { bank: 63, sensor, offset } },
  );
}

/** For each of the 256 patterns of one superpixel: pixels, sums of their columns and rows, and whether all of them touch. */
const pixelsIn = new Uint8Array(256);
const columnSum = new Uint8Array(256);
const rowSum = new Uint8Array(256);
const connected = new Uint8Array(256);
for (let pattern = 1; pattern < 256; pattern++) {
  let rowsSeen = 0;
  for (let bit = 0; bit < 8; bit++) {
    if ((pattern & (1 << bit)) === 0) continue;
    pixelsIn[pattern] = (pixelsIn[pattern] ?? 0) + 1;
    columnSum[pattern] = (columnSum[pattern] ?? 0) + (bit >> 2);
    rowSum[pattern] = (rowSum[pattern] ?? 0) + (bit & 3);
    rowsSeen |= 1 << (bit & 3);
  }
  // Both columns touch each other, so the pixels are connected where no empty row separates two that have some.
  const lowest = rowsSeen & -rowsSeen;
  connected[pattern] = ((rowsSeen + lowest) & rowsSeen) === 0 ? 1 : 0;
}
