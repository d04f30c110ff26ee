import { z } from 'zod';
import { EdmeshError, type IndexedReader, type PutToken } from '../edm/index.ts';
import { sharedShape } from './shared-shape.ts';
import { SharedRows, sharedRows, shareRows } from './shared-rows.ts';
import { indexTable, TableIndex, tableReader } from './table-index.ts';
import type { TableEntry, TableRow } from './table-row.ts';

/** What threads share of a table that is in memory. */
const SharedTable = z.strictObject({ index: TableIndex, rows: SharedRows });

/** A reader over rows that are in memory. It gives up its own once they are shared. */
export function preloadedTable(
  file: string,
  entries: readonly TableEntry[],
  token: PutToken<TableRow>,
): IndexedReader {
  const index = indexTable(entries);
  let own = entries;
  let row = (at: number): TableRow => own[at]?.row ?? noSuchRow(file, at);
  let shared: z.output<typeof SharedTable> | undefined;
  const reader = tableReader(file, index, (at, event) => {
    event.put(token, row(at));
  });
  const share = (): z.output<typeof SharedTable> => {
    if (shared === undefined) {
      shared = { index, rows: shareRows(own) };
      own = [];
      row = sharedRows(shared.rows);
    }
    return shared;
  };
  return { ...reader, share };
}

/** A reader over rows that {@link preloadedTable} shares. Throws `EDMESH_SOURCE_CONTRACT` where `shared` is no such thing. */
export function attachedTable(
  file: string,
  shared: unknown,
  token: PutToken<TableRow>,
): IndexedReader {
  const table = sharedShape(SharedTable, shared, file);
  const row = sharedRows(table.rows);
  const reader = tableReader(file, table.index, (at, event) => {
    event.put(token, row(at));
  });
  return { ...reader, share: () => table };
}

function noSuchRow(file: string, index: number): never {
  throw new EdmeshError('EDMESH_INTERNAL', `${file} has no row ${String(index + 1)}`);
}
