import { z } from 'zod';
import {
  defineSource,
  type IndexedReader,
  type MutableEventId,
  type PutToken,
  type SequentialReader,
  type SourceEvent,
} from '../edm/index.ts';
import { CsvFile } from './csv-file.ts';
import { InputFile } from './input-file.ts';
import { attachedTable, preloadedTable } from './preloaded-table.ts';
import {
  idColumnNames,
  identifyRow,
  soundRow,
  tableParameters,
  TableRow,
  type IdColumns,
  type TableEntry,
} from './table-row.ts';

/**
 * Reads a CSV file (RFC 4180, with a header line), one row an event. A row that cannot be read fails its event with
 * `EDMESH_EVENT_CORRUPT`, naming line, column and what is there. Without `preload` the file is read in pieces, in order.
 */
export const CsvSource = defineSource({
  type: 'CsvSource',
  description: 'a CSV file, one TableRow product an event',
  parameters: z.object({
    ...tableParameters,
    optional: z
      .array(z.string())
      .default([])
      .describe('columns to read besides, where the table has them'),
    text: z
      .array(z.string())
      .optional()
      .describe('columns that stay text; left out: those whose first cell is no number'),
  }),
  construct(context, parameters) {
    const { file, preload, columns, optional, text } = parameters;
    const token = context.produces(TableRow);
    return {
      async open(): Promise<IndexedReader | SequentialReader> {
        const input = await InputFile.open(file);
        try {
          const csv = await CsvFile.open(input, {
            columns,
            optional,
            text,
            also: idColumnNames(parameters),
          });
          if (!preload) return sequential(input, csv, parameters, token);
          const entries = await allEntries(csv, parameters);
          await input.close();
          return preloadedTable(file, entries, token);
        } catch (error) {
          await input.close();
          throw error;
        }
      },
      ...(preload && { attach: (shared: unknown) => attachedTable(file, shared, token) }),
    };
  },
});

async function allEntries(csv: CsvFile, ids: IdColumns): Promise<TableEntry[]> {
  const entries: TableEntry[] = [];
  do {
    for (let raw = csv.next(); raw !== undefined; raw = csv.next()) {
      entries.push(identifyRow(raw, entries.length + 1, ids, entries.at(-1)?.id));
    }
  } while (await csv.fill());
  return entries;
}

/** Rows in order. A corrupt row fills the id of its event before it throws, and the next call goes on after it. */
function sequential(
  input: InputFile,
  csv: CsvFile,
  ids: IdColumns,
  token: PutToken<TableRow>,
): SequentialReader {
  let number = 0;
  let previous: Readonly<MutableEventId> | undefined;
  const take = (id: MutableEventId, event: SourceEvent): boolean => {
    const raw = csv.next();
    if (raw === undefined) return false;
    number++;
    const entry = identifyRow(raw, number, ids, previous);
    previous = entry.id;
    Object.assign(id, entry.id);
    event.put(token, soundRow(input.path, entry));
    return true;
  };
  const takeLater = async (id: MutableEventId, event: SourceEvent): Promise<boolean> => {
    while (await csv.fill()) if (take(id, event)) return true;
    return false;
  };
  return {
    kind: 'sequential',
    next: (id, event) => take(id, event) || takeLater(id, event),
    async rewind() {
      number = 0;
      previous = undefined;
      await csv.rewind();
    },
    close: () => input.close(),
  };
}
