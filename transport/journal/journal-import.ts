import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { EdmeshError } from '../../edm/index.ts';
import { checkJournalFile, readJournalFile } from './journal-file-read.ts';
import { timeHeader } from './journal-reader.ts';
import type { JournalRecord } from './journal-record.ts';
import { JournalServer } from './journal-server.ts';
import { createJournal, openJournal, type Journal } from './journal-stream.ts';

/** A file to be imported. */
export interface ImportJournalOptions {
  readonly connection: NatsConnection;
  readonly file: string;
  /** The job of the new journal: that of the file unless given. */
  readonly job?: string;
  /** Whether a journal of that job which holds something is thrown away for this one. */
  readonly replace?: boolean;
  /** Is told of the records stored so far, and of all there are. */
  readonly onProgress?: (records: number, of: number) => void;
}

/** Records that are on their way to the server at once. */
const windowRecords = 256;

/** What JetStream needs for a record beside its bytes, with the header that has its time. */
const bytesBeside = 128;
const spareBytes = 1024 * 1024;

/**
 * Makes a journal of what a file holds, when the whole file has been checked. It is just as large as it has to be. Times
 * are kept, in a header; sequence numbers begin at 1. A journal that cannot be completed is removed again. Throws what
 * `checkJournalFile` and `createJournal` throw.
 */
export async function importJournal(options: ImportJournalOptions): Promise<Journal> {
  const { connection, file, onProgress } = options;
  const header = await checkJournalFile(file);
  const job = options.job ?? header.job;
  const { streamName } = await createJournal(connection, {
    job,
    mode: header.mode,
    maxBytes: header.bytes + header.records * bytesBeside + spareBytes,
    maxMessages: Math.max(1, header.records),
    replace: options.replace ?? false,
  });
  const server = await JournalServer.open(connection, job);
  const from = `edm.${header.job}.`;
  const to = `edm.${job}.`;
  const largest = connection.info?.max_payload ?? spareBytes;
  const store = async (record: JournalRecord, expected: number): Promise<void> => {
    const { payload } = record;
    if (payload.length > largest) throw tooLarge(file, record, largest);
    const subject = to + record.subject.slice(from.length);
    const withTime = payload.length + bytesBeside <= largest;
    const sent = withTime ? { headers: timeOf(headers(), record) } : {};
    const { seq } = await server.ask('fill the journal', (manager) =>
      manager.jetstream().publish(subject, payload, sent),
    );
    if (seq !== expected) throw disturbed(job);
  };
  try {
    const onTheirWay: Promise<void>[] = [];
    let records = 0;
    for await (const batch of readJournalFile(file)) {
      for (const record of batch) {
        const stored = store(record, ++records);
        stored.catch(() => undefined);
        onTheirWay.push(stored);
        if (onTheirWay.length >= windowRecords) await onTheirWay.shift();
      }
      onProgress?.(records - onTheirWay.length, header.records);
    }
    await Promise.all(onTheirWay);
    onProgress?.(records, header.records);
    return await openJournal(connection, job);
  } catch (thrown) {
    await server
      .ask('remove the journal', ({ streams }) => streams.delete(streamName))
      .catch(() => false);
    throw thrown;
  }
}

function timeOf(headers: MsgHdrs, { timeMs }: JournalRecord): MsgHdrs {
  headers.set(timeHeader, String(timeMs));
  return headers;
}

function tooLarge(file: string, record: JournalRecord, largest: number): EdmeshError {
  const bytes = String(record.payload.length);
  return new EdmeshError(
    'EDMESH_JOURNAL_SERVER',
    `${file}: record ${String(record.sequence)} has ${bytes} bytes, but this server takes ${String(largest)}; ` +
      'raise its max_payload',
    { fields: { file, sequence: record.sequence, limit: largest } },
  );
}

function disturbed(job: string): EdmeshError {
  return new EdmeshError(
    'EDMESH_JOURNAL_SERVER',
    `somebody else publishes on the subjects of job ${job} while its journal is imported; import it under another name`,
    { fields: { job } },
  );
}
