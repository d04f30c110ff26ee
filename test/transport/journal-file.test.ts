/** A journal in a file: there and back, read without a server, and what is said of damaged files. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { EdmeshError } from '../../edm/index.ts';
import { connectNats } from '../../transport/index.ts';
import { fileHeaderBytes } from '../../transport/journal/journal-file-format.ts';
import {
  checkJournalFile,
  journalFileHeader,
  readJournalFile,
} from '../../transport/journal/journal-file-read.ts';
import { writeJournalFile } from '../../transport/journal/journal-file-write.ts';
import { importJournal } from '../../transport/journal/journal-import.ts';
import { summariseJournalFile } from '../../transport/journal/journal-list.ts';
import { readJournal } from '../../transport/journal/journal-reader.ts';
import type { JournalRecord } from '../../transport/journal/journal-record.ts';
import { createJournal, openJournal } from '../../transport/journal/journal-stream.ts';
import { useNatsServer } from '../nats-server.ts';
import {
  allOf,
  clock,
  inBatches,
  JobScript,
  RecordingChannel,
  useConnections,
} from './journal-kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'edmesh-journal-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const nowMs = 1_790_000_000_000;

function recordsOf(events: number): JournalRecord[] {
  const channel = new RecordingChannel();
  new JobScript('job', channel).wholeJob(events);
  return channel.records;
}

async function written(name: string, records: readonly JournalRecord[]): Promise<string> {
  const file = join(folder, name);
  await writeJournalFile({ file, job: 'job', mode: 'full', records: inBatches(records), nowMs });
  return file;
}

const plain = (records: readonly JournalRecord[]): unknown[] =>
  records.map((record) => ({ ...record, payload: [...record.payload] }));

describe('a file', () => {
  it('gives back what was written', async () => {
    const records = recordsOf(5);
    const large = new Uint8Array(3_000_000).map((_, index) => index);
    const last = { sequence: 99, subject: 'edm.job.A-1.B.65535', payload: large, timeMs: 12.5 };
    const empty = { ...last, sequence: 100, payload: new Uint8Array(0) };
    records.push(last, empty);
    const file = await written('whole.journal', records);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(plain(await allOf(readJournalFile(file)))).toEqual(plain(records));
    const header = await journalFileHeader(file);
    expect(header).toEqual({
      job: 'job',
      mode: 'full',
      records: records.length,
      bytes: readFileSync(file).length - fileHeaderBytes,
      writtenMs: nowMs,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await checkJournalFile(file)).toEqual(header);
    // The same journal makes the same file.
    const again = await written('again.journal', records);
    expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
  });

  it('may hold no records', async () => {
    const file = await written('empty.journal', []);
    expect(await allOf(readJournalFile(file))).toEqual([]);
    expect((await checkJournalFile(file)).records).toBe(0);
  });

  it('tells of its job', async () => {
    const file = await written('job.journal', recordsOf(4));
    const header = await journalFileHeader(file);
    const summary = await summariseJournalFile(file, header);
    expect(summary).toMatchObject({ eventsSent: 4, eventsDone: 4, isComplete: true, events: [] });
    expect(summary.packets.get('edm.job.LOCAL.REMOTE.1')).toBe(4);
  });

  it('is not there when its writing fails', async () => {
    async function* broken(): AsyncGenerator<readonly JournalRecord[]> {
      yield recordsOf(1);
      throw new EdmeshError('EDMESH_JOURNAL_SERVER', 'gone');
    }
    const file = join(folder, 'broken.journal');
    const options = { file, job: 'job', mode: 'full', nowMs } as const;
    await expect(writeJournalFile({ ...options, records: broken() })).rejects.toThrow('gone');
    expect(readdirSync(folder).filter((name) => name.startsWith('broken'))).toEqual([]);
    const nowhere = join(folder, 'none', 'x.journal');
    await expect(
      writeJournalFile({ ...options, file: nowhere, records: inBatches([]) }),
    ).rejects.toMatchObject({ code: 'EDMESH_FILE_WRITE', fields: { file: nowhere } });
    await expect(checkJournalFile(nowhere)).rejects.toMatchObject({ code: 'EDMESH_FILE_OPEN' });
    await expect(checkJournalFile(folder)).rejects.toMatchObject({ code: 'EDMESH_JOURNAL_FILE' });
  });
});

describe('a damaged file', () => {
  async function damaged(change: (bytes: Buffer) => Buffer): Promise<unknown> {
    const file = await written('sound.journal', recordsOf(3));
    const bad = join(folder, 'damaged.journal');
    writeFileSync(bad, change(readFileSync(file)));
    return checkJournalFile(bad).catch((thrown: unknown) => thrown);
  }

  const first = fileHeaderBytes;
  const put =
    (at: number, ...values: number[]) =>
    (bytes: Buffer): Buffer => {
      bytes.set(values, at);
      return bytes;
    };

  it.each<[string, (bytes: Buffer) => Buffer, number, RegExp]>([
    ['empty', () => Buffer.alloc(0), 0, /does not begin like a journal that edmesh cluster/],
    ['another file', () => Buffer.from('PAR1 or something else of any kind'), 0, /does not begin/],
    ['a later version', put(8, 9), 8, /layout 9, this version of edmesh reads 1/],
    ['a short header', (bytes) => bytes.subarray(0, 100), 100, /header is cut off/],
    ['another header', put(12, 0), 12, /another size/],
    ['more records than fit', put(22, 0xff, 0x7e), 16, /number of records/],
    ['truncated', (bytes) => bytes.subarray(0, -1), 24, /it is cut off/],
    ['longer', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]), 24, /bytes where it says/],
    ['no time', put(38, 0xf0, 0x7f), 32, /its time is none/],
    ['no mode', put(40, 3), 40, /its mode is unknown/],
    ['no job', put(41, 0), 80, /its job '' is not/],
    ['a job of other letters', put(80, 0x2a), 80, /its job '\*ob' is not/],
    ['another job', put(80, 0x4a), first + 24, /'edm.job.hello' is no subject of job Job/],
    ['a payload beyond the file', put(first + 2, 1), first, /does not fit the file/],
    ['a payload beyond all', put(first + 3, 0xff), first, /larger than any/],
    ['no subject', put(first + 4, 0, 0), first + 4, /a subject of 0 bytes/],
    ['a long subject', put(first + 5, 1), first + 4, /a subject of \d+ bytes is none/],
    ['unused bytes', put(first + 6, 1), first + 6, /unused bytes are not 0/],
    ['no order', put(first + 14, 0, 0), first + 8, /not in order/],
    ['a record without time', put(first + 22, 0xf0, 0x7f), first + 16, /a time is none/],
    ['another byte of a payload', (bytes) => put(bytes.length - 1, 0xaa)(bytes), 48, /the digest/],
    ['another digest', put(50, 1, 2, 3), 48, /the digest/],
    ['another number of records', put(22, 0x3e), 0, /records where it says|number of records/],
  ])('%s', async (_, change, offset, message) => {
    const error = await damaged(change);
    expect(error).toMatchObject({
      code: 'EDMESH_JOURNAL_FILE',
      message: expect.stringMatching(message),
    });
    if (offset > 0) expect((error as EdmeshError).fields.offset).toBe(offset);
  });

  it('is refused wherever a byte differs', async () => {
    const sound = readFileSync(await written('bytes.journal', recordsOf(2)));
    const bad = join(folder, 'bytes-bad.journal');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(sound.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, difference) => {
          const bytes = Buffer.from(sound);
          bytes[at] = (sound[at] ?? 0) ^ difference;
          writeFileSync(bad, bytes);
          await expect(checkJournalFile(bad)).rejects.toMatchObject({
            code: 'EDMESH_JOURNAL_FILE',
          });
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('with a server', () => {
  const server = useNatsServer();
  const open = useConnections();

  it('exports, imports and exports again the same', async () => {
    const connection = await open({ url: server.url });
    await createJournal(connection, { job: 'trip', mode: 'full' });
    const channel = await connectNats({ url: server.url }, 'script');
    new JobScript('trip', channel).wholeJob(40);
    await channel.close();
    await expect.poll(async () => (await openJournal(connection, 'trip')).messages).toBe(170);
    const save = async (name: string, job: string): Promise<string> => {
      const file = join(folder, name);
      const journal = await openJournal(connection, job);
      const records = readJournal({ connection, journal, clock });
      await writeJournalFile({ file, job, mode: journal.mode, records, nowMs });
      return file;
    };
    const file = await save('trip.journal', 'trip');
    await expect(importJournal({ connection, file })).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_EXISTS',
    });
    const progress: number[] = [];
    const imported = await importJournal({
      ...{ connection, file, replace: true },
      onProgress: (records) => progress.push(records),
    });
    expect(imported).toMatchObject({ job: 'trip', mode: 'full', messages: 170 });
    expect(progress.at(-1)).toBe(170);
    const again = await save('again.journal', 'trip');
    expect(readFileSync(again).equals(readFileSync(file))).toBe(true);

    const renamed = await importJournal({ connection, file, job: 'other' });
    expect(renamed).toMatchObject({ job: 'other', messages: 170 });
    const other = await allOf(readJournal({ connection, journal: renamed, clock }));
    const wanted = await allOf(readJournalFile(file));
    expect(plain(other)).toEqual(
      plain(
        wanted.map((each) => ({ ...each, subject: each.subject.replace('.trip.', '.other.') })),
      ),
    );
  });

  it('leaves no half of a journal behind', async () => {
    const connection = await open({ url: server.url });
    const payload = new Uint8Array(2 * 1024 * 1024);
    const subject = 'edm.job.A.B.1';
    const records = [...recordsOf(2), { sequence: 99, subject, payload, timeMs: 5 }];
    const file = await written('too-large.journal', records);
    await expect(importJournal({ connection, file })).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_SERVER',
      message: expect.stringContaining('raise its max_payload'),
    });
    await expect(openJournal(connection, 'job')).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_NOT_FOUND',
    });
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = 1;
    writeFileSync(file, bytes);
    await expect(importJournal({ connection, file })).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_FILE',
    });
  });
});
