import { z } from 'zod';
import { defineSoA, defineSource, type IndexedReader, type SoAOf } from '../edm/index.ts';
import { FileByteView } from './byte-view.ts';
import { InputFile, readError } from './input-file.ts';
import { indexMdf } from './mdf-index.ts';
import { mdfReader, PackedMdfIndex, packMdfIndex } from './packed-mdf-index.ts';
import { banksProblem, corruptEvent, eventHeaderProblem } from './raw-banks.ts';
import { sharedShape } from './shared-shape.ts';

/** One event as raw bytes, header included; `readRawBanks(event.bytes)` finds the banks. */
export const RawEvent = defineSoA('RawEvent', { bytes: 'uint8' });
/** The product of {@link RawEvent}. */
export type RawEvent = SoAOf<typeof RawEvent>;

/** What threads share of a preloaded file: all of it, and its index. */
const SharedMdf = PackedMdfIndex.extend({
  bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'not a Uint8Array'),
});

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
    const options = { file, lumi, allBanks: preload };
    const entriesMax = events === -1 ? Number.POSITIVE_INFINITY : events;

    /** Events from memory; every bank has been checked before the first event. */
    const inMemory = (bytes: Uint8Array, index: PackedMdfIndex): IndexedReader => {
      const reader = mdfReader(file, index, entriesMax, (event, offset, length) => {
        const product = event.allocate(RawEvent, length);
        copyBytes(bytes.subarray(offset, offset + length), product.bytes);
        event.put(token, product);
      });
      return { ...reader, share: () => ({ ...index, bytes }) };
    };
    /** Events from the file; the banks of each are checked when it is read. */
    const fromFile = (input: InputFile, index: PackedMdfIndex): IndexedReader => {
      const reader = mdfReader(file, index, entriesMax, async (event, offset, length) => {
        const product = event.allocate(RawEvent, length);
        await readEvent(input, offset, product.bytes);
        event.put(token, product);
      });
      return { ...reader, share: () => index, close: () => input.close() };
    };

    return {
      async open() {
        const input = await InputFile.open(file);
        try {
          if (!preload) {
            const view = new FileByteView(input.descriptor, input.size);
            const entries = scanned(file, () => indexMdf(view, options));
            return fromFile(input, packMdfIndex(entries));
          }
          const bytes = await input.readShared();
          await input.close();
          const view = new DataView(bytes.buffer, 0, bytes.byteLength);
          return inMemory(bytes, packMdfIndex(indexMdf(view, options)));
        } catch (error) {
          await input.close();
          throw error;
        }
      },
      async attach(shared: unknown) {
        if (preload) {
          const { bytes, ...index } = sharedShape(SharedMdf, shared, file);
          return inMemory(bytes, index);
        }
        const index = sharedShape(PackedMdfIndex, shared, file);
        return fromFile(await InputFile.open(file), index);
      },
    };
  },
});

/**
 * Copies bytes to a place of the same length. `set` would copy out of shared memory byte by byte where the two are aligned
 * differently, which takes many times as long; to fill a buffer with bytes is to copy them at once.
 */
function copyBytes(from: Uint8Array, to: Uint8Array): void {
  Buffer.from(to.buffer, to.byteOffset, to.byteLength).fill(from);
}

/** Fills `bytes` with the event at an offset. Throws `EDMESH_EVENT_CORRUPT` where it is cut short or a bank is broken. */
async function readEvent(input: InputFile, offset: number, bytes: Uint8Array): Promise<void> {
  const filled = await input.read(bytes, offset);
  if (filled < bytes.byteLength) {
    const missing = String(bytes.byteLength - filled);
    const reason = `the file ends, ${missing} bytes of the event are missing`;
    throw corruptEvent(input.path, { offset: offset + filled, reason });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const problem = eventHeaderProblem(view, 0) ?? banksProblem(view, 0, bytes.byteLength);
  if (problem !== undefined) {
    throw corruptEvent(input.path, { ...problem, offset: offset + problem.offset });
  }
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
