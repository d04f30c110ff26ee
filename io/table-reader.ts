import type { IndexedReader, MutableEventId, PutToken } from '../edm/index.ts';
import { soundRow, type TableEntry, type TableRow } from './table-row.ts';

/** A reader over rows whose ids are known. */
export function tableReader(
  entries: readonly TableEntry[],
  read: IndexedReader['read'],
): IndexedReader {
  return {
    kind: 'indexed',
    count: entries.length,
    identify(index: number, id: MutableEventId) {
      Object.assign(id, entries[index]?.id);
    },
    read,
  };
}

/** A reader over rows that are in memory. */
export function preloadedTable(
  file: string,
  entries: readonly TableEntry[],
  token: PutToken<TableRow>,
): IndexedReader {
  return tableReader(entries, (index, event) => {
    event.put(token, soundRow(file, entries[index]));
  });
}
