import { z } from 'zod';
import type { IndexedReader, MutableEventId } from '../edm/index.ts';
import { idCount, packIds, unpackId } from './event-ids.ts';
import { sharedNumbers } from './shared-shape.ts';
import { corruptRow, type TableEntry } from './table-row.ts';

/** The ids of the rows of a table, and which rows cannot be read; threads share it. */
export const TableIndex = z.strictObject({
  ids: sharedNumbers,
  problems: z.array(
    z.strictObject({ index: z.number(), problem: z.string(), at: z.string() }).readonly(),
  ),
});
/** The index of a table. */
export type TableIndex = z.output<typeof TableIndex>;

/** The index of these rows. */
export function indexTable(entries: readonly TableEntry[]): TableIndex {
  return {
    ids: packIds(entries.map(({ id }) => id)),
    problems: entries.flatMap(({ problem, at }, index) =>
      problem === undefined ? [] : [{ index, problem, at }],
    ),
  };
}

/** A reader over the rows of an index; `read` is called for sound rows only. */
export function tableReader(
  file: string,
  index: TableIndex,
  read: IndexedReader['read'],
): IndexedReader {
  const { ids } = index;
  const problems = new Map(index.problems.map((problem) => [problem.index, problem]));
  return {
    kind: 'indexed',
    count: idCount(ids),
    identify(row: number, id: MutableEventId) {
      unpackId(ids, row, id);
    },
    read(row, event) {
      const corrupt = problems.get(row);
      if (corrupt !== undefined) throw corruptRow(file, corrupt.at, corrupt.problem);
      return read(row, event);
    },
  };
}
