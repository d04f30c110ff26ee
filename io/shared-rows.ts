import { z } from 'zod';
import { sharedNumbers } from './shared-shape.ts';
import { SharedValues, sharedValue, shareValues } from './shared-values.ts';
import type { TableEntry, TableRow, TableValue } from './table-row.ts';

const SharedColumn = z.strictObject({
  name: z.string(),
  /** How its cells are kept: as numbers, as places in `texts`, or each by itself. */
  kind: z.enum(['number', 'text', 'other']),
  /** The texts that occur in a text column. */
  texts: z.array(z.string()),
});
type SharedColumn = z.output<typeof SharedColumn>;

/** The sound rows of a table in shared memory, by column name. */
export const SharedRows = z.strictObject({
  /** The columns in order. */
  columns: z.array(SharedColumn),
  /** Cells of the number and text columns, row after row. */
  numbers: sharedNumbers,
  /** Of each row, the cells of the other columns; left out where there are none. */
  others: SharedValues.optional(),
});
/** Rows of {@link SharedRows}. */
export type SharedRows = z.output<typeof SharedRows>;

/** A column with more texts than this keeps each by itself: the texts are copied for every thread. */
const textsMax = 256;

/** Copies rows into shared memory. They have the columns of the first sound one; a corrupt row is left empty. */
export function shareRows(entries: readonly TableEntry[]): SharedRows {
  const sound = entries.filter(({ problem }) => problem === undefined);
  const names = Object.keys(sound[0]?.row ?? {});
  const columns = names.map((name) => columnOf(name, sound));
  const packed = columns.filter(({ kind }) => kind !== 'other');
  const places = packed.map(({ texts }) => new Map(texts.map((text, place) => [text, place])));
  const bytes = entries.length * packed.length * Float64Array.BYTES_PER_ELEMENT;
  const numbers = new Float64Array(new SharedArrayBuffer(bytes));
  entries.forEach(({ row, problem }, index) => {
    if (problem !== undefined) return;
    packed.forEach(({ name }, column) => {
      const cell = row[name];
      const number = typeof cell === 'string' ? places[column]?.get(cell) : cell;
      numbers[index * packed.length + column] = Number(number);
    });
  });
  const others = columns.filter(({ kind }) => kind === 'other');
  if (others.length === 0) return { columns, numbers };
  const cells = entries.map(({ row }) => others.map(({ name }) => row[name]));
  return { columns, numbers, others: shareValues(cells) };
}

function columnOf(name: string, rows: readonly TableEntry[]): SharedColumn {
  if (rows.every(({ row }) => typeof row[name] === 'number')) {
    return { name, kind: 'number', texts: [] };
  }
  const texts = new Set<string>();
  for (const { row } of rows) {
    const cell = row[name];
    if (typeof cell !== 'string' || texts.size > textsMax)
      return { name, kind: 'other', texts: [] };
    texts.add(cell);
  }
  return { name, kind: 'text', texts: [...texts] };
}

/** Makes rows again, by index. */
export function sharedRows({ columns, numbers, others }: SharedRows): (index: number) => TableRow {
  const width = columns.filter(({ kind }) => kind !== 'other').length;
  return (index) => {
    const cells = others === undefined ? [] : (sharedValue(others, index) as TableValue[]);
    const row: Record<string, TableValue> = {};
    let at = index * width;
    let other = 0;
    for (const { name, kind, texts } of columns) {
      if (kind === 'other') row[name] = cells[other++] as TableValue;
      else {
        const number = numbers[at++] as number;
        row[name] = kind === 'number' ? number : (texts[number] as string);
      }
    }
    return row;
  };
}
