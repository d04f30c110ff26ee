import { z } from 'zod';
import type { IndexedReader, MutableEventId } from '../edm/index.ts';
import { idCount, packIds, unpackId } from './event-ids.ts';
import type { MdfEntry } from './mdf-index.ts';
import { corruptEvent } from './raw-banks.ts';
import { sharedNumbers } from './shared-shape.ts';

/** The index of an MDF file as threads share it. */
export const PackedMdfIndex = z.strictObject({
  ids: sharedNumbers,
  /** Offset and length of each entry, in bytes. */
  extents: sharedNumbers,
  /** The entries that cannot be read. */
  problems: z.array(
    z.strictObject({ index: z.number(), offset: z.number(), reason: z.string() }).readonly(),
  ),
});
/** The index of {@link PackedMdfIndex}. */
export type PackedMdfIndex = z.output<typeof PackedMdfIndex>;

/** Puts the numbers of an index into shared memory. */
export function packMdfIndex(entries: readonly MdfEntry[]): PackedMdfIndex {
  const bytes = 2 * entries.length * Float64Array.BYTES_PER_ELEMENT;
  const extents = new Float64Array(new SharedArrayBuffer(bytes));
  entries.forEach(({ offset, length }, index) => {
    extents.set([offset, length], 2 * index);
  });
  return {
    ids: packIds(entries.map(({ id }) => id)),
    extents,
    problems: entries.flatMap(({ problem }, index) =>
      problem === undefined ? [] : [{ index, ...problem }],
    ),
  };
}

/** Reads an event that is `length` bytes from `offset` on. */
export type ReadExtent = (
  event: Parameters<IndexedReader['read']>[1],
  offset: number,
  length: number,
) => void | Promise<void>;

/** A reader over the first entries of an index; `read` is called for sound ones only. */
export function mdfReader(
  file: string,
  { ids, extents, problems }: PackedMdfIndex,
  entriesMax: number,
  read: ReadExtent,
): IndexedReader {
  const corrupt = new Map(problems.map((problem) => [problem.index, problem]));
  return {
    kind: 'indexed',
    count: Math.min(idCount(ids), entriesMax),
    identify(index: number, id: MutableEventId) {
      unpackId(ids, index, id);
    },
    read(index, event) {
      const problem = corrupt.get(index);
      if (problem !== undefined) {
        throw corruptEvent(file, { offset: problem.offset, reason: problem.reason });
      }
      return read(event, extents[2 * index] as number, extents[2 * index + 1] as number);
    },
  };
}
