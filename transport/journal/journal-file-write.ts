import { createHash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { EdmeshError } from '../../edm/index.ts';
import {
  digestAt,
  digestBytes,
  fileHeaderBytes,
  fileHeaderOf,
  isJournalSubject,
  recordHeaderBytes,
  type JournalFileHeader,
} from './journal-file-format.ts';
import type { JournalRecord, JournalRecords } from './journal-record.ts';
import type { JournalMode } from './journal-stream.ts';

/** What to write, and where. */
export interface WriteJournalFileOptions {
  readonly file: string;
  readonly job: string;
  readonly mode: JournalMode;
  readonly records: JournalRecords;
  /** The time of writing, ms since 1970. */
  readonly nowMs: number;
  /** Is told of the records written so far. */
  readonly onProgress?: (records: number) => void;
}

/** Bytes that are gathered before they are written. */
const blockBytes = 1024 * 1024;

/**
 * Writes a journal into one file, as it comes. The file is there when it is complete, and not before: until then it has
 * `.part` behind its name. Throws `EDMESH_FILE_WRITE`, and what the records throw.
 */
export async function writeJournalFile(
  options: WriteJournalFileOptions,
): Promise<JournalFileHeader> {
  const { file } = options;
  const part = `${file}.part`;
  const handle = await attempt(file, () => open(part, 'w'));
  try {
    const header = await writeAll(handle, options);
    await attempt(file, async () => {
      await handle.close();
      await rename(part, file);
    });
    return header;
  } catch (thrown) {
    await handle.close().catch(() => undefined);
    await rm(part, { force: true });
    throw thrown;
  }
}

async function writeAll(
  handle: FileHandle,
  options: WriteJournalFileOptions,
): Promise<JournalFileHeader> {
  const { file, job, mode, nowMs, onProgress } = options;
  const hash = createHash('sha256');
  let records = 0;
  let bytes = 0;
  let at = fileHeaderBytes;
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  const write = async (): Promise<void> => {
    for (const part of parts) hash.update(part);
    const written = await attempt(file, () => handle.writev(parts, at));
    if (written.bytesWritten !== partBytes) throw noRoom(file);
    at += partBytes;
    parts = [];
    partBytes = 0;
    onProgress?.(records);
  };
  for await (const batch of options.records) {
    for (const record of batch) {
      const head = recordHead(record, job);
      parts.push(head, record.payload);
      partBytes += head.length + record.payload.length;
      bytes += head.length + record.payload.length;
      records += 1;
      if (partBytes >= blockBytes || parts.length >= maxParts) await write();
    }
  }
  if (parts.length > 0) await write();
  const header = fileHeaderOf({ job, mode, records, bytes, writtenMs: nowMs });
  hash.update(header.subarray(0, digestAt)).update(header.subarray(digestAt + digestBytes));
  const digest = hash.digest();
  digest.copy(header, digestAt);
  await attempt(file, () => handle.write(header, 0, header.length, 0));
  return { job, mode, records, bytes, writtenMs: nowMs, digest: digest.toString('hex') };
}

/** What one call of the operating system takes. */
const maxParts = 1000;

function recordHead({ sequence, subject, payload, timeMs }: JournalRecord, job: string): Buffer {
  if (!isJournalSubject(job, subject)) {
    throw new EdmeshError('EDMESH_INTERNAL', `${subject} does not belong into a journal of ${job}`);
  }
  const head = Buffer.alloc(recordHeaderBytes + subject.length);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt16LE(subject.length, 4);
  head.writeDoubleLE(sequence, 8);
  head.writeDoubleLE(timeMs, 16);
  head.write(subject, recordHeaderBytes, 'latin1');
  return head;
}

async function attempt<Value>(file: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EdmeshError('EDMESH_FILE_WRITE', `cannot write ${file}: ${why}`, {
      cause,
      fields: { file },
    });
  }
}

function noRoom(file: string): EdmeshError {
  return new EdmeshError(
    'EDMESH_FILE_WRITE',
    `cannot write ${file}: there is no room for all of it`,
    {
      fields: { file },
    },
  );
}
