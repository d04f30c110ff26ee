import { EdmeshError } from '../../edm/index.ts';
import type { JournalMode } from './journal-stream.ts';
import { helloSubject, parseLinkSubject, tokenProblem } from '../subject.ts';

/**
 * A journal in one file. All numbers are little endian.
 *
 *     0  8 bytes  EDMESHJ and a line feed
 *     8  u32      version of the layout
 *    12  u32      bytes of this header
 *    16  f64      number of records
 *    24  f64      bytes of all records, which follow the header
 *    32  f64      when the file was written, ms since 1970
 *    40  u8       mode: 1 transitions, 2 full
 *    41  u8       bytes of the name of the job; then 6 bytes 0
 *    48  32 bytes SHA-256 of all records, then of this header without these bytes
 *    80  64 bytes name of the job, then 0
 *
 *  and each record:
 *
 *     0  u32      bytes of the payload
 *     4  u16      bytes of the subject; then 2 bytes 0
 *     8  f64      its sequence number, above that of the record before
 *    16  f64      when it was stored, ms since 1970
 *    24           the subject, the payload
 */
const magic = 'EDMESHJ\n';
const layoutVersion = 1;
const modes: readonly JournalMode[] = ['transitions', 'full'];
const jobAt = 80;
const jobBytes = 64;

/** Bytes before the first record. */
export const fileHeaderBytes = jobAt + jobBytes;
/** Where the digest stands in the header, and how long it is. */
export const digestAt = 48;
export const digestBytes = 32;
/** Bytes before the subject of a record. */
export const recordHeaderBytes = 24;
/** The largest payload that a NATS server can be told to take. */
export const largestPayloadBytes = 64 * 1024 * 1024;
/** `edm.`, three names of 64 characters, an instance of 5 digits and the dots between them. */
export const longestSubject = 4 + 3 * 65 + 5;

/** What a file says of the journal in it. */
export interface JournalFileHeader {
  readonly job: string;
  readonly mode: JournalMode;
  readonly records: number;
  /** Bytes of all records. */
  readonly bytes: number;
  /** When the file was written, ms since 1970. */
  readonly writtenMs: number;
  /** SHA-256, in hexadecimal digits. */
  readonly digest: string;
}

/** The header of a file, with a digest of 0, which is written last. */
export function fileHeaderOf(header: Omit<JournalFileHeader, 'digest'>): Buffer {
  const bytes = Buffer.alloc(fileHeaderBytes);
  bytes.write(magic, 0, 'latin1');
  bytes.writeUInt32LE(layoutVersion, 8);
  bytes.writeUInt32LE(fileHeaderBytes, 12);
  bytes.writeDoubleLE(header.records, 16);
  bytes.writeDoubleLE(header.bytes, 24);
  bytes.writeDoubleLE(header.writtenMs, 32);
  bytes.writeUInt8(modes.indexOf(header.mode) + 1, 40);
  bytes.writeUInt8(header.job.length, 41);
  bytes.write(header.job, jobAt, 'latin1');
  return bytes;
}

/** Reads a header. `fileBytes` is the length of the whole file. Throws `EDMESH_JOURNAL_FILE`. */
export function parseFileHeader(bytes: Buffer, file: string, fileBytes: number): JournalFileHeader {
  const refuse = (at: number, problem: string): EdmeshError => journalFileError(file, at, problem);
  if (bytes.length < 16 || bytes.toString('latin1', 0, 8) !== magic) {
    throw refuse(
      0,
      'it does not begin like a journal that edmesh cluster or edmesh journal export wrote',
    );
  }
  const version = bytes.readUInt32LE(8);
  if (version !== layoutVersion) {
    const known = String(layoutVersion);
    throw refuse(8, `it has layout ${String(version)}, this version of edmesh reads ${known}`);
  }
  if (bytes.length < fileHeaderBytes) throw refuse(bytes.length, 'its header is cut off');
  if (bytes.readUInt32LE(12) !== fileHeaderBytes) throw refuse(12, 'its header has another size');
  const records = bytes.readDoubleLE(16);
  const size = bytes.readDoubleLE(24);
  const writtenMs = bytes.readDoubleLE(32);
  if (!isCount(records) || records * recordHeaderBytes > size) {
    throw refuse(16, 'its number of records is none');
  }
  if (!isCount(size) || fileHeaderBytes + size !== fileBytes) {
    const expected = isCount(size) ? String(fileHeaderBytes + size) : 'no number of';
    throw refuse(24, `it has ${String(fileBytes)} bytes where it says ${expected}: it is cut off`);
  }
  if (!Number.isFinite(writtenMs)) throw refuse(32, 'its time is none');
  const mode = modes[bytes.readUInt8(40) - 1];
  if (mode === undefined) throw refuse(40, 'its mode is unknown');
  const length = Math.min(bytes.readUInt8(41), jobBytes);
  const job = bytes.toString('latin1', jobAt, jobAt + length);
  const problem = tokenProblem(job);
  if (problem !== undefined) throw refuse(jobAt, `its job ${problem}`);
  const digest = bytes.toString('hex', digestAt, digestAt + digestBytes);
  return { job, mode, records, bytes: size, writtenMs, digest };
}

/** Whether a journal of a job may hold a subject. */
export function isJournalSubject(job: string, subject: string): boolean {
  return parseLinkSubject(subject)?.job === job || subject === helloSubject(job);
}

/** A file is not what an exported journal should be. */
export function journalFileError(
  file: string,
  offset: number,
  problem: string,
  cause?: unknown,
): EdmeshError {
  return new EdmeshError(
    'EDMESH_JOURNAL_FILE',
    `${file}: at offset ${String(offset)}, ${problem}`,
    {
      fields: { file, offset },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
