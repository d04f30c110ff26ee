import { z } from 'zod';
import {
  defineSoA,
  defineSource,
  type IndexedReader,
  type MutableEventId,
  type PutToken,
  type SoAOf,
  type SourceEvent,
} from '../edm/index.ts';
import { FileByteView } from './byte-view.ts';
import { InputFile, readError } from './input-file.ts';
import { indexMdf, type MdfEntry } from './mdf-index.ts';
import { banksProblem, corruptEvent, eventHeaderProblem } from './raw-banks.ts';

/** One event as raw bytes, header included; `readRawBanks(event.bytes)` finds the banks. */
export const RawEvent = defineSoA('RawEvent', { bytes: 'uint8' });
/** The product of {@link RawEvent}. */
export type RawEvent = SoAOf<typeof RawEvent>;

/**
 * Reads LHCb raw data, an MDF file. Run, event and time stamp come from the ODIN bank. An event that cannot be read fails
 * with `EDMESH_EVENT_CORRUPT`, naming file, byte offset and reason, and the events after it are read as ever. Without
 * `preload` the file is indexed from its headers and each event is read when it is wanted.
 */
export const MdfSource = defineSource({
  type: 'MdfSource',
  description: 'LHCb raw data from an MDF file, one RawEvent product an event',
  parameters: z.object({
    file: z.string().min(1).describe('the MDF file'),
    preload: z.boolean().default(false).describe('read the whole file at the beginning of the job'),
    lumi: z.int().min(0).max(0xffff_ffff).default(1).describe('luminosity block of all events'),
    events: z.int().min(-1).default(-1).describe('events to read, the first ones; -1: all'),
  }),
  construct(context, { file, preload, lumi, events }) {
    const token = context.produces(RawEvent);
    return {
      async open() {
        const input = await InputFile.open(file);
        try {
          const all = preload ? await preloaded(input, lumi, token) : streamed(input, lumi, token);
          return events === -1 ? all : { ...all, count: Math.min(all.count, events) };
        } catch (error) {
          await input.close();
          throw error;
        }
      },
    };
  },
});

/** Events from memory; every bank has been checked before the first event. */
async function preloaded(
  input: InputFile,
  lumi: number,
  token: PutToken<RawEvent>,
): Promise<IndexedReader> {
  const bytes = await input.readAll();
  await input.close();
  const view = new DataView(bytes.buffer);
  const entries = indexMdf(view, { file: input.path, lumi, allBanks: true });
  return reader(entries, (index, event) => {
    const entry = soundEntry(entries, index, input.path);
    const product = event.allocate(RawEvent, entry.length);
    product.bytes.set(bytes.subarray(entry.offset, entry.offset + entry.length));
    event.put(token, product);
  });
}

/** Events from the file; the banks of each are checked when it is read. */
function streamed(input: InputFile, lumi: number, token: PutToken<RawEvent>): IndexedReader {
  const view = new FileByteView(input.descriptor, input.size);
  const entries = scanned(input.path, () =>
    indexMdf(view, { file: input.path, lumi, allBanks: false }),
  );
  const read = async (index: number, event: SourceEvent): Promise<void> => {
    const { offset, length } = soundEntry(entries, index, input.path);
    const product = event.allocate(RawEvent, length);
    const filled = await input.read(product.bytes, offset);
    if (filled < length) {
      const reason = `the file ends, ${String(length - filled)} bytes of the event are missing`;
      throw corruptEvent(input.path, { offset: offset + filled, reason });
    }
    const bytes = new DataView(product.buffer, product.bytes.byteOffset, length);
    const problem = eventHeaderProblem(bytes, 0) ?? banksProblem(bytes, 0, length);
    if (problem !== undefined) {
      throw corruptEvent(input.path, { ...problem, offset: offset + problem.offset });
    }
    event.put(token, product);
  };
  return { ...reader(entries, read), close: () => input.close() };
}

function reader(entries: readonly MdfEntry[], read: IndexedReader['read']): IndexedReader {
  return {
    kind: 'indexed',
    count: entries.length,
    identify(index: number, id: MutableEventId) {
      Object.assign(id, entries[index]?.id);
    },
    read,
  };
}

function soundEntry(entries: readonly MdfEntry[], index: number, file: string): MdfEntry {
  const entry = entries[index];
  if (entry === undefined) throw readError(file, '', `there is no entry ${String(index)}`);
  if (entry.problem !== undefined) throw corruptEvent(file, entry.problem);
  return entry;
}

/** What the operating system refuses during the scan, as an error of the file. */
function scanned<T>(file: string, scan: () => T): T {
  try {
    return scan();
  } catch (error) {
    throw error instanceof RangeError || (error instanceof Error && 'syscall' in error)
      ? readError(file, '', error)
      : error;
  }
}
