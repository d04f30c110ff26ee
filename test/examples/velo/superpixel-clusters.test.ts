import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdmeshError } from '../../../edm/errors.ts';
import {
  channelColumn,
  channelRow,
  channelSensor,
} from '../../../examples/velo/algorithms/channel-id.ts';
import { ClusterBuffer } from '../../../examples/velo/algorithms/clusters.ts';
import { createSuperpixelClustering } from '../../../examples/velo/algorithms/superpixel-clusters.ts';
import { SuperpixelWords } from '../../../examples/velo/algorithms/superpixel-words.ts';

type Pixel = readonly [column: number, row: number];

const clustering = createSuperpixelClustering();

function bankOf(words: readonly number[]): DataView {
  const view = new DataView(new ArrayBuffer(4 + 4 * words.length));
  view.setUint32(0, words.length, true);
  words.forEach((word, index) => {
    view.setUint32(4 + 4 * index, word, true);
  });
  return view;
}

function wordOf([column, row]: Pixel): number {
  return ((column >> 1) << 14) | ((row >> 2) << 8) | (1 << (((column & 1) << 2) | (row & 3)));
}

/** Centres of the clusters found, as text that sorts. */
function found(words: readonly number[]): string[] {
  const clusters = new ClusterBuffer();
  const view = bankOf(words);
  clustering(view, 0, view.byteLength, 42, clusters);
  return Array.from({ length: clusters.size }, (_, index) => {
    const id = clusters.channelIds[index] ?? 0;
    expect(channelSensor(id)).toBe(42);
    const column = channelColumn(id) + (clusters.columnFractions[index] ?? 0);
    const row = channelRow(id) + (clusters.rowFractions[index] ?? 0);
    return `${column.toFixed(3)} ${row.toFixed(3)}`;
  }).sort();
}

/** The same by comparing all pairs of pixels until no two clusters touch. */
function bruteForce(pixels: readonly Pixel[]): string[] {
  const keys = [...new Set(pixels.map(([column, row]) => column * 256 + row))];
  const label = keys.map((_, index) => index);
  for (let changed = true; changed;) {
    changed = false;
    keys.forEach((first, one) => {
      keys.forEach((second, other) => {
        const columns = Math.abs((first >> 8) - (second >> 8));
        const rows = Math.abs((first & 255) - (second & 255));
        const lowest = Math.min(label[one] ?? 0, label[other] ?? 0);
        if (columns > 1 || rows > 1 || label[one] === label[other]) return;
        label[one] = lowest;
        label[other] = lowest;
        changed = true;
      });
    });
  }
  return [...new Set(label)]
    .map((cluster) => {
      const own = keys.filter((_, index) => label[index] === cluster);
      const column = own.reduce((sum, key) => sum + (key >> 8), 0) / own.length;
      const row = own.reduce((sum, key) => sum + (key & 255), 0) / own.length;
      return `${column.toFixed(3)} ${row.toFixed(3)}`;
    })
    .sort();
}

/** Pixels in a small area somewhere on the sensor, the edges included, so that many of them touch. */
const crowdedPixels = fc
  .record({
    column: fc.constantFrom(0, 1, 254, 377, 760),
    row: fc.constantFrom(0, 3, 122, 248),
    pixels: fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 40 }),
  })
  .map(({ column, row, pixels }) =>
    pixels.map(([across, along]): Pixel => [column + across, row + along]),
  );

describe('superpixel clustering', () => {
  it('finds the clusters that brute force finds, whatever the flags and repetitions', () => {
    fc.assert(
      fc.property(crowdedPixels, fc.array(fc.boolean()), (pixels, flags) => {
        const words = [...pixels, ...pixels.slice(0, 5)].map((pixel, index) =>
          flags[index] === true ? wordOf(pixel) | 0x80000000 : wordOf(pixel),
        );
        expect(found(words)).toEqual(bruteForce(pixels));
      }),
      { numRuns: 500 },
    );
  });

  it('gets the same from packed superpixels as from one word for each pixel', () => {
    fc.assert(
      fc.property(crowdedPixels, (pixels) => {
        const superpixels = new SuperpixelWords();
        superpixels.fill(
          Uint32Array.from(pixels, ([column, row]) => (42 << 18) | (column << 8) | row),
        );
        const words = superpixels.words.subarray(superpixels.starts[42], superpixels.starts[43]);
        expect(found([...words])).toEqual(bruteForce(pixels));
        words.forEach((word, index) => {
          const alone = !words.some(
            (other, place) => place !== index && superpixelsTouch(word, other),
          );
          expect(word >>> 31 === 1).toBe(alone);
        });
      }),
    );
  });

  it('joins pixels that touch by a corner across superpixels, and parts two in one superpixel', () => {
    expect(found([wordOf([1, 3]), wordOf([2, 4])])).toEqual(['1.500 3.500']);
    expect(found([wordOf([0, 0]) | wordOf([0, 2])])).toEqual(['0.000 0.000', '0.000 2.000']);
    expect(found([])).toEqual([]);
    expect(found([0])).toEqual([]);
  });

  it('takes a sensor on which every pixel fired', () => {
    const words = Array.from({ length: 384 * 64 }, (_, index) => (index << 8) | 0xff);
    expect(found(words)).toEqual(['383.500 127.500']);
    expect(found([wordOf([5, 5])])).toEqual(['5.000 5.000']);
  });

  it('refuses a column that is not on the sensor, and is clean afterwards', () => {
    const view = bankOf([wordOf([4, 4]), 384 << 14]);
    const clusters = new ClusterBuffer();
    const decode = (): void => {
      clustering(view, 0, view.byteLength, 7, clusters);
    };
    expect(decode).toThrow(EdmeshError);
    expect(decode).toThrow(/bank 63 of sensor 7, byte 8/);
    expect(clusters.size).toBe(0);
    expect(found([wordOf([9, 9])])).toEqual(['9.000 9.000']);
  });
});

function superpixelsTouch(first: number, second: number): boolean {
  const columns = Math.abs(((first >> 14) & 0x1ff) - ((second >> 14) & 0x1ff));
  const rows = Math.abs(((first >> 8) & 0x3f) - ((second >> 8) & 0x3f));
  return columns <= 1 && rows <= 1;
}
