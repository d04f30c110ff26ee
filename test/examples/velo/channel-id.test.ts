import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  channelColumn,
  channelId,
  channelParts,
  channelRow,
  channelSensor,
} from '../../../examples/velo/algorithms/channel-id.ts';

const sensors = fc.nat(207);
const columns = fc.nat(767);
const rows = fc.nat(255);
const quarters = fc.nat(3);

it('packs what it unpacks, in 28 bits', () => {
  fc.assert(
    fc.property(
      sensors,
      columns,
      rows,
      quarters,
      quarters,
      (sensor, column, row, across, along) => {
        const id = channelId(sensor, column, row, across, along);
        expect(id).toBeGreaterThanOrEqual(0);
        expect(id).toBeLessThan(2 ** 28);
        expect(channelParts(id)).toEqual({
          sensor,
          column,
          row,
          columnFraction: across !== 0,
          rowFraction: along !== 0,
        });
        expect([channelSensor(id), channelColumn(id), channelRow(id)]).toEqual([
          sensor,
          column,
          row,
        ]);
      },
    ),
  );
});

it('puts chip, column and row where the format has them', () => {
  expect(channelId(3, 2 * 256 + 5, 7, 0, 0)).toBe((3 << 18) | (2 << 16) | (5 << 8) | 7);
  expect(channelId(0, 0, 0, 1, 0)).toBe(1 << 27);
  expect(channelId(0, 0, 0, 0, 3)).toBe(1 << 26);
});
