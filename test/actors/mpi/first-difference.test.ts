/** Where two products differ first. */
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { firstDifference } from '../../../actors/mpi/first-difference.ts';
import { defineProduct, defineSoA } from '../../../edm/index.ts';

const Rows = defineSoA('Rows', { a: 'float64', big: 'int64' });
const Any = defineProduct('Any', z.any());

function rows(
  size: number,
  change: (rows: ReturnType<typeof Rows.view>) => void = () => undefined,
) {
  const made = Rows.view(new ArrayBuffer(Rows.byteLength(size)), size);
  made.a.forEach((_, row) => (made.a[row] = row));
  change(made);
  return made;
}

describe('the first difference', () => {
  it('is none of products that are equal', () => {
    const odd = (made: ReturnType<typeof rows>) => (made.a[1] = Number.NaN);
    expect(firstDifference(Rows, rows(3, odd), rows(3, odd))).toBeUndefined();
    expect(firstDifference(Rows, undefined, undefined)).toBeUndefined();
    const value = () => ({ list: [1, { at: new Date(5) }], map: new Map([['k', new Set([1n])]]) });
    expect(firstDifference(Any, value(), value())).toBeUndefined();
  });

  it('is a column and a row, or the number of rows', () => {
    const other = rows(3, (made) => (made.big[1] = 7n));
    const expected = { column: 'big', index: 1, now: '7n', then: '0n' };
    expect(firstDifference(Rows, other, rows(3))).toEqual(expected);
    const negative = rows(3, (made) => (made.a[0] = -0));
    expect(firstDifference(Rows, negative, rows(3))).toMatchObject({ now: '-0', then: '0' });
    const longer = { column: '', index: 3, now: '4 rows', then: '3 rows' };
    expect(firstDifference(Rows, rows(4), rows(3))).toEqual(longer);
    const missing = { column: '', index: undefined, now: 'no product', then: 'a product' };
    expect(firstDifference(Rows, undefined, rows(3))).toEqual(missing);
  });

  it.each([
    [{ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, '.a[1].b', '2', '3'],
    [[1, 2], [1], '[1]', '2', 'nothing'],
    [{ a: 1 }, { a: 1, b: undefined }, '.b', 'nothing', 'undefined'],
    [new Map([['k', 1]]), new Map([['k', 2]]), '[0][1]', '1', '2'],
    [{ a: new Float32Array([1, 2]) }, { a: new Float32Array([1, 5]) }, '.a[1]', '2', '5'],
    [{ a: [] }, { a: {} }, '.a', '[]', '{}'],
    [new Date(1), new Date(2), '', '"1970-01-01T00:00:00.001Z"', '"1970-01-01T00:00:00.002Z"'],
    ['x'.repeat(99), null, '', `${'x'.repeat(59)}…`, 'null'],
  ])('of other products is the way to a value: %j', (now, then, column, nowText, thenText) => {
    const expected = { column, index: undefined, now: nowText, then: thenText };
    expect(firstDifference(Any, now, then)).toEqual(expected);
  });
});
