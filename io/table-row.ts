import { z } from 'zod';
import {
  defineProduct,
  EdmeshError,
  idProblem,
  type MutableEventId,
  type ProductOf,
} from '../edm/index.ts';

/** What a cell of a table can hold. Integers beyond 2^53 stay `bigint`; a column of lists gives arrays. */
export type TableValue =
  | number
  | string
  | boolean
  | bigint
  | null
  | readonly TableValue[]
  | { readonly [key: string]: TableValue };

const tableValue: z.ZodType<TableValue> = z.lazy(() =>
  z.union([
    z.union([z.number(), z.nan(), z.literal([Infinity, -Infinity])]),
    z.string(),
    z.boolean(),
    z.bigint(),
    z.null(),
    z.array(tableValue),
    z.record(z.string(), tableValue),
  ]),
);

/** One row of a table, by column name. */
export const TableRow = defineProduct('TableRow', z.record(z.string(), tableValue));
/** The product of {@link TableRow}. */
export type TableRow = ProductOf<typeof TableRow>;

const fixed = z.int().min(0).max(0xffff_ffff);
const columnName = z.string().min(1);

/** Parameters that every table source has. */
export const tableParameters = {
  file: z.string().min(1).describe('the table'),
  preload: z.boolean().default(false).describe('read the whole table at the beginning of the job'),
  columns: z.array(columnName).optional().describe('columns to read; left out: all'),
  run: z.union([fixed, columnName]).default(1).describe('run number, or the column that has it'),
  lumi: z.union([fixed, columnName]).default(1).describe('luminosity block, or its column'),
  event: columnName.optional().describe('column of the event number; left out: the row, from 1'),
};

/** Where the ids of events are in a table. */
export interface IdColumns {
  readonly run: number | string;
  readonly lumi: number | string;
  readonly event?: string | undefined;
}

/** The names of the id columns of a table. */
export function idColumnNames({ run, lumi, event }: IdColumns): string[] {
  return [run, lumi, event].filter((column) => typeof column === 'string');
}

/** A row with the id of its event, or why it cannot be read; its id is then as good as could be made out. */
export interface TableEntry {
  readonly id: Readonly<MutableEventId>;
  readonly row: TableRow;
  readonly problem: string | undefined;
  /** Where it is in the file, as `line 3` or `row 2`. */
  readonly at: string;
}

/** What was read of a row, before its id is known. */
export type RawRow = Omit<TableEntry, 'id'>;

/**
 * Gives a row its event id; `number` counts rows from 1. Where an id column cannot be read the row becomes a corrupt one,
 * with run and lumi of the row before and event 0.
 */
export function identifyRow(
  raw: RawRow,
  number: number,
  columns: IdColumns,
  previous: Readonly<MutableEventId> | undefined,
): TableEntry {
  const run = cellNumber(raw.row, columns.run);
  const lumi = cellNumber(raw.row, columns.lumi);
  const event = columns.event === undefined ? number : cellNumber(raw.row, columns.event);
  const reason = idProblem({ run, lumi, event });
  if (reason === undefined) return { ...raw, id: { run, lumi, event, timeUs: 0 } };
  const { run: lastRun, lumi: lastLumi } = previous ?? { run: 0, lumi: 0 };
  const id = {
    run: idProblem({ run, lumi: 0, event: 0 }) === undefined ? run : lastRun,
    lumi: idProblem({ run: 0, lumi, event: 0 }) === undefined ? lumi : lastLumi,
    event: 0,
    timeUs: 0,
  };
  return { ...raw, id, problem: raw.problem ?? reason };
}

function cellNumber(row: TableRow, column: number | string): number {
  if (typeof column === 'number') return column;
  const value = row[column];
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN;
}

/** The row of an entry. Throws `EDMESH_EVENT_CORRUPT` naming file, place and reason where it cannot be read. */
export function soundRow(file: string, { row, problem, at }: TableEntry): TableRow {
  if (problem === undefined) return row;
  throw corruptRow(file, at, problem);
}

/** The error of a row that cannot be read. */
export function corruptRow(file: string, at: string, reason: string): EdmeshError {
  return new EdmeshError('EDMESH_EVENT_CORRUPT', `${file}, ${at}: ${reason}`, {
    fields: { file, at, reason },
  });
}
