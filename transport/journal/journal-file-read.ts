import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { EdmeshError } from '../../edm/index.ts';
import {
  digestAt,
  digestBytes,
  fileHeaderBytes,
  isJournalSubject,
  journalFileError,
  largestPayloadBytes,
  longestSubject,
  parseFileHeader,
  recordHeaderBytes,
  type JournalFileHeader,
} from './journal-file-format.ts';
import type { JournalRecord } from './journal-record.ts';

/** Bytes that are read at once; more where a record is larger. */
const blockBytes = 1024 * 1024;

/** What a file says of the journal in it. Throws `EDMESH_FILE_OPEN` and `EDMESH_JOURNAL_FILE`. */
export async function journalFileHeader(file: string): Promise<JournalFileHeader> {
  const handle = await opened(file);
  try {
    return (await headerOf(handle, file)).header;
  } finally {
    await handle.close();
  }
}

/**
 * Reads the records of a file in order. Every length is checked before it is used, and last the digest of the whole: what
 * a damaged file holds up to there is given before `EDMESH_JOURNAL_FILE` is thrown. Use {@link checkJournalFile} where
 * nothing may be done with such a file. Throws `EDMESH_FILE_OPEN` too.
 */
export async function* readJournalFile(
  file: string,
): AsyncGenerator<readonly JournalRecord[], void, undefined> {
  const handle = await opened(file);
  try {
    const { header, bytes } = await headerOf(handle, file);
    const hash = createHash('sha256');
    const parser = new RecordParser(file, header);
    let rest: Buffer = Buffer.alloc(0);
    let at = fileHeaderBytes;
    const end = fileHeaderBytes + header.bytes;
    while (at < end) {
      const wanted = Math.min(Math.max(blockBytes, parser.needed - rest.length), end - at);
      const block = await readAt(handle, file, at, wanted);
      hash.update(block);
      const batch = parser.parse(rest.length === 0 ? block : Buffer.concat([rest, block]));
      rest = parser.rest;
      at += wanted;
      if (batch.length > 0) yield batch;
    }
    parser.end(end);
    hash.update(bytes.subarray(0, digestAt)).update(bytes.subarray(digestAt + digestBytes));
    if (hash.digest('hex') !== header.digest) {
      throw journalFileError(file, digestAt, 'its bytes do not have the digest that it says');
    }
  } finally {
    await handle.close();
  }
}

/** Reads a whole file and throws what is wrong with it, as {@link readJournalFile} does. */
export async function checkJournalFile(file: string): Promise<JournalFileHeader> {
  const reading = readJournalFile(file);
  while (!(await reading.next()).done);
  return journalFileHeader(file);
}

/** Cuts bytes of a file into records. */
class RecordParser {
  readonly #file: string;
  readonly #header: JournalFileHeader;
  readonly #subjects = new Map<string, string>();
  /** Bytes from the start of an incomplete record on. */
  rest: Buffer = Buffer.alloc(0);
  /** Bytes that the record in `rest` needs, as far as that is known. */
  needed = recordHeaderBytes;
  #records = 0;
  #sequence = 0;
  /** Where the bytes to be parsed begin in the file. */
  #offset = fileHeaderBytes;

  constructor(file: string, header: JournalFileHeader) {
    this.#file = file;
    this.#header = header;
  }

  parse(bytes: Buffer): JournalRecord[] {
    const batch: JournalRecord[] = [];
    let at = 0;
    for (;;) {
      const left = bytes.length - at;
      this.needed = recordHeaderBytes;
      if (left < recordHeaderBytes) break;
      this.needed += this.#bodyBytes(bytes, at);
      if (left < this.needed) break;
      batch.push(this.#record(bytes, at));
      at += this.needed;
    }
    this.rest = bytes.subarray(at);
    this.#offset += at;
    return batch;
  }

  end(offset: number): void {
    if (this.rest.length > 0)
      throw journalFileError(this.#file, this.#offset, 'a record is cut off');
    const { records } = this.#header;
    if (this.#records === records) return;
    const problem = `it holds ${String(this.#records)} records where it says ${String(records)}`;
    throw journalFileError(this.#file, offset, problem);
  }

  /** Bytes of subject and payload of the record at an offset, when they fit the file. */
  #bodyBytes(bytes: Buffer, at: number): number {
    const payload = bytes.readUInt32LE(at);
    const subject = bytes.readUInt16LE(at + 4);
    const left = fileHeaderBytes + this.#header.bytes - this.#offset - at - recordHeaderBytes;
    if (bytes.readUInt16LE(at + 6) !== 0) throw this.#wrong(at + 6, 'unused bytes are not 0');
    if (subject === 0 || subject > longestSubject) {
      throw this.#wrong(at + 4, `a subject of ${String(subject)} bytes is none`);
    }
    if (payload > largestPayloadBytes) {
      throw this.#wrong(at, `a payload of ${String(payload)} bytes is larger than any`);
    }
    if (subject + payload > left) {
      throw this.#wrong(at, `a record of ${String(subject + payload)} bytes does not fit the file`);
    }
    return subject + payload;
  }

  #record(bytes: Buffer, at: number): JournalRecord {
    const from = at + recordHeaderBytes;
    const payloadFrom = from + bytes.readUInt16LE(at + 4);
    const sequence = bytes.readDoubleLE(at + 8);
    const timeMs = bytes.readDoubleLE(at + 16);
    if (!Number.isSafeInteger(sequence) || sequence <= this.#sequence) {
      throw this.#wrong(at + 8, 'its records are not in order');
    }
    if (!Number.isFinite(timeMs)) throw this.#wrong(at + 16, 'a time is none');
    const subject = this.#subject(bytes.toString('latin1', from, payloadFrom), from);
    this.#sequence = sequence;
    this.#records += 1;
    const payload = bytes.subarray(payloadFrom, at + this.needed);
    return { sequence, subject, payload, timeMs };
  }

  /** The subject, as one string however often it comes. */
  #subject(text: string, at: number): string {
    const known = this.#subjects.get(text);
    if (known !== undefined) return known;
    const { job } = this.#header;
    if (!isJournalSubject(job, text)) {
      throw this.#wrong(at, `'${text.replace(/[^ -~]/g, '?')}' is no subject of job ${job}`);
    }
    this.#subjects.set(text, text);
    return text;
  }

  #wrong(at: number, problem: string): EdmeshError {
    return journalFileError(this.#file, this.#offset + at, problem);
  }
}

async function opened(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (cause) {
    throw new EdmeshError(
      'EDMESH_FILE_OPEN',
      `cannot open ${file}: no such file, or it cannot be read`,
      {
        cause,
        fields: { file },
      },
    );
  }
}

async function headerOf(
  handle: FileHandle,
  file: string,
): Promise<{ readonly header: JournalFileHeader; readonly bytes: Buffer }> {
  const info = await handle.stat();
  if (!info.isFile()) throw journalFileError(file, 0, 'it is no file');
  const bytes = await readAt(handle, file, 0, Math.min(fileHeaderBytes, info.size));
  return { header: parseFileHeader(bytes, file, info.size), bytes };
}

async function readAt(
  handle: FileHandle,
  file: string,
  at: number,
  bytes: number,
): Promise<Buffer> {
  const block = Buffer.allocUnsafeSlow(bytes);
  let read = 0;
  while (read < bytes) {
    const { bytesRead } = await handle.read(block, read, bytes - read, at + read);
    if (bytesRead === 0) throw journalFileError(file, at + read, 'it has become shorter');
    read += bytesRead;
  }
  return block;
}
