import { z } from 'zod';
import { sharedNumbers } from './shared-shape.ts';
import { SharedValues, sharedValue, shareValues } from './shared-values.ts';
import type { TableEntry, TableRow, TableValue } from './table-row.ts';

/** The sound rows of a table in shared memory, by column name. */
export const SharedRows = z.strictObject({
  /** The columns in order, and which of them hold numbers in all rows. */
  columns: z.array(z.strictObject({ name: z.string(), isNumber: z.boolean() })),
  /** Cells of the number columns, row after row. */
  numbers: sharedNumbers,
  /** Of each row, the cells of the other columns; left out where there are none. */
  others: SharedValues.optional(),
});
/** Rows of {@link SharedRows}. */
export type SharedRows = z.output<typeof SharedRows>;

/** Copies rows into shared memory. They have the columns of the first sound one; a corrupt row is left empty. */
export function shareRows(entries: readonly TableEntry[]): SharedRows {
  const sound = entries.filter(({ problem }) => problem === undefined);
  const columns = Object.keys(sound[0]?.row ?? {}).map((name) => {
    return { name, isNumber: sound.every(({ row }) => typeof row[name] === 'number') };
  });
  const numberNames = columns.filter(({ isNumber }) => isNumber).map(({ name }) => name);
  const otherNames = columns.filter(({ isNumber }) => !isNumber).map(({ name }) => name);
  const bytes = entries.length * numberNames.length * Float64Array.BYTES_PER_ELEMENT;
  const numbers = new Float64Array(new SharedArrayBuffer(bytes));
  entries.forEach(({ row, problem }, index) => {
    if (problem !== undefined) return;
    const cells = numberNames.map((name) => Number(row[name]));
    numbers.set(cells, index * numberNames.length);
  });
  if (otherNames.length === 0) return { columns, numbers };
  const otherCells = entries.map(({ row }) => otherNames.map((name) => row[name]));
  return { columns, numbers, others: shareValues(otherCells) };
}

/** Makes rows again, by index. */
export function sharedRows({ columns, numbers, others }: SharedRows): (index: number) => TableRow {
  const width = columns.filter(({ isNumber }) => isNumber).length;
  return (index) => {
    const cells = others === undefined ? [] : (sharedValue(others, index) as TableValue[]);
    const row: Record<string, TableValue> = {};
    let at = index * width;
    let other = 0;
    for (const { name, isNumber } of columns) {
      row[name] = isNumber ? (numbers[at++] as number) : (cells[other++] as TableValue);
    }
    return row;
  };
}
