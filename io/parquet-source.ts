import { z } from 'zod';
import { defineSource, EdmeshError, type IndexedReader } from '../edm/index.ts';
import { InputFile } from './input-file.ts';
import { ParquetFile, type RowGroup } from './parquet-file.ts';
import { attachedTable, preloadedTable } from './preloaded-table.ts';
import { sharedShape } from './shared-shape.ts';
import { indexTable, TableIndex, tableReader } from './table-index.ts';
import {
  idColumnNames,
  identifyRow,
  tableParameters,
  TableRow,
  type IdColumns,
  type TableEntry,
} from './table-row.ts';

/** Row groups that a streamed file keeps in memory: the one being read, and the one that slower EDM streams still read. */
const groupsKept = 2;

/**
 * Reads a Parquet file, one row an event; lists come as arrays. Without `preload` the id columns are read at the beginning
 * and the others by row group, when the first event of it is wanted. Either way, a row group that cannot be decoded fails
 * each of its events with `EDMESH_EVENT_CORRUPT` naming rows, column and byte.
 */
export const ParquetSource = defineSource({
  type: 'ParquetSource',
  description: 'a Parquet file, one TableRow product an event',
  parameters: z.object(tableParameters),
  construct(context, parameters) {
    const { file, preload } = parameters;
    const token = context.produces(TableRow);
    const ids = idColumnNames(parameters);
    const columns = parameters.columns && [...new Set([...parameters.columns, ...ids])];
    /** Opens the file, of which `use` makes a reader; a failure closes it. */
    const opened = async (
      use: (input: InputFile, parquet: ParquetFile) => IndexedReader | Promise<IndexedReader>,
    ): Promise<IndexedReader> => {
      const input = await InputFile.open(file);
      try {
        return await use(input, await ParquetFile.open(input, columns));
      } catch (error) {
        await input.close();
        throw error;
      }
    };
    const byGroup = (input: InputFile, parquet: ParquetFile, index: TableIndex): IndexedReader => {
      const groups = new RowGroups(file, parquet, columns);
      const reader = tableReader(file, index, async (row, event) => {
        event.put(token, await groups.row(row));
      });
      return { ...reader, share: () => index, close: () => input.close() };
    };
    return {
      open: () =>
        opened(async (input, parquet) => {
          const entries = await allEntries(parquet, preload ? columns : ids, parameters);
          if (!preload) return byGroup(input, parquet, indexTable(entries));
          await input.close();
          return preloadedTable(file, entries, token);
        }),
      attach(shared: unknown) {
        if (preload) return attachedTable(file, shared, token);
        const index = sharedShape(TableIndex, shared, file);
        return opened((input, parquet) => byGroup(input, parquet, index));
      },
    };
  },
});

/** All rows, with these columns of them; of a row group that cannot be decoded, only the ids where these can be. */
async function allEntries(
  parquet: ParquetFile,
  columns: readonly string[] | undefined,
  ids: IdColumns,
): Promise<TableEntry[]> {
  const entries: TableEntry[] = [];
  const idColumns = idColumnNames(ids);
  for (const group of parquet.groups) {
    let rows: TableRow[] = [];
    let fault: ReturnType<typeof faultOf> | undefined;
    try {
      if (columns?.length !== 0) rows = await parquet.rows(group, columns);
    } catch (error) {
      fault = faultOf(error);
      if (idColumns.length > 0) rows = await parquet.rows(group, idColumns).catch(() => []);
    }
    for (let index = 0; index < group.count; index++) {
      const number = entries.length + 1;
      const at = fault?.at ?? `row ${String(number)}`;
      const raw = { row: rows[index] ?? {}, problem: fault?.reason, at };
      entries.push(identifyRow(raw, number, ids, entries.at(-1)?.id));
    }
  }
  return entries;
}

/** Where and why the rows of a group could not be read. */
function faultOf(error: unknown): { readonly at: string; readonly reason: string } {
  if (!(error instanceof EdmeshError)) throw error;
  return { at: String(error.fields.at), reason: String(error.fields.reason) };
}

/** The row groups that are in memory; EDM streams that want the same one share it. */
class RowGroups {
  readonly #file: string;
  readonly #parquet: ParquetFile;
  readonly #columns: readonly string[] | undefined;
  readonly #kept = new Map<RowGroup, ReturnType<ParquetFile['rows']>>();

  constructor(file: string, parquet: ParquetFile, columns: readonly string[] | undefined) {
    this.#file = file;
    this.#parquet = parquet;
    this.#columns = columns;
  }

  async row(index: number): Promise<TableRow> {
    const { groups } = this.#parquet;
    const group = groups.find(({ start, count }) => index >= start && index < start + count);
    if (group === undefined) throw noSuchRow(this.#file, index);
    const row = (await this.#load(group))[index - group.start];
    if (row === undefined) throw noSuchRow(this.#file, index);
    return row;
  }

  async #load(group: RowGroup): Promise<TableRow[]> {
    let rows = this.#kept.get(group);
    if (rows === undefined) {
      rows = this.#parquet.rows(group, this.#columns);
      this.#kept.set(group, rows);
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > groupsKept && oldest !== undefined) this.#kept.delete(oldest);
    }
    try {
      return await rows;
    } catch (cause) {
      const { at, reason } = faultOf(cause);
      throw new EdmeshError('EDMESH_EVENT_CORRUPT', `${this.#file}, ${at}: ${reason}`, {
        fields: { file: this.#file, at, reason },
        cause,
      });
    }
  }
}

function noSuchRow(file: string, index: number): EdmeshError {
  return new EdmeshError('EDMESH_INTERNAL', `${file} has no row ${String(index + 1)}`);
}
