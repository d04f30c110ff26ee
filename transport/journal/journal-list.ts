import type { NatsConnection } from '@nats-io/transport-node';
import type { JournalClock } from './journal-clock.ts';
import { readJournalFile } from './journal-file-read.ts';
import type { JournalFileHeader } from './journal-file-format.ts';
import { readJournal } from './journal-reader.ts';
import { everyJob, JournalServer } from './journal-server.ts';
import { journalIn, type Journal } from './journal-stream.ts';
import { JournalSummary } from './journal-summary.ts';
import { helloSubject, transitionsOf } from '../subject.ts';

/** The journals of a server, by job. Throws `EDMESH_JOURNAL_SERVER`. */
export async function listJournals(connection: NatsConnection): Promise<Journal[]> {
  const server = await JournalServer.open(connection, everyJob);
  return server.ask('list the journals', async ({ streams }) => {
    const journals: Journal[] = [];
    for await (const info of streams.list()) {
      const journal = journalIn(info);
      if (journal !== undefined) journals.push(journal);
    }
    return journals.sort((a, b) => (a.job < b.job ? -1 : 1));
  });
}

/** The packets of a journal on a server, by subject. Throws what `openJournal` throws. */
export async function journalPackets(
  connection: NatsConnection,
  { job, streamName }: Journal,
): Promise<Map<string, number>> {
  const server = await JournalServer.open(connection, job);
  const { state } = await server.info(streamName, '>');
  return new Map(Object.entries(state.subjects ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is read of a journal to know what it is about. */
export interface SummaryOptions {
  /** Whether every event is listed. */
  readonly events?: boolean;
  /** Looks at who took part, and at nothing else. */
  readonly processesOnly?: boolean;
}

/**
 * What a journal on a server tells of its job. Only greetings and transitions are fetched. Throws what `readJournal`
 * throws, `EDMESH_FRAME_INVALID` and `EDMESH_FRAME_GAP`.
 */
export async function summariseJournal(
  reading: {
    readonly connection: NatsConnection;
    readonly journal: Journal;
    readonly clock: JournalClock;
  },
  { events = false, processesOnly = false }: SummaryOptions = {},
): Promise<JournalSummary> {
  const { job } = reading.journal;
  const summary = new JournalSummary(job, events);
  const subjects = [helloSubject(job), ...(processesOnly ? [] : [transitionsOf(job)])];
  for (const subject of subjects) {
    for await (const records of readJournal({ ...reading, subject })) summary.accept(records);
  }
  return summary;
}

/** What a journal in a file tells of its job. Throws what `readJournalFile` throws, and as `summariseJournal` does. */
export async function summariseJournalFile(
  file: string,
  { job }: JournalFileHeader,
  { events = false }: SummaryOptions = {},
): Promise<JournalSummary> {
  const summary = new JournalSummary(job, events);
  for await (const records of readJournalFile(file)) summary.accept(records);
  return summary;
}
