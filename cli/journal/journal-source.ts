import {
  loadJournal,
  type JournalRecords,
  type JournalSummary,
  type SummaryOptions,
} from '../../transport/index.ts';
import { monotonicClock as clock } from './journal-clock.ts';
import { checkJob, jobOf } from './journal-job.ts';
import { serverSettings } from '../mesh/mesh-server.ts';
import { journalConnection } from './journal-connection.ts';
import { wrongOption } from '../../edm/index.ts';
import type { ReplayArguments } from './replay-settings.ts';

/** A journal that can be read more than once, on a server or in a file. */
export interface JournalSource {
  readonly job: string;
  readonly mode: 'transitions' | 'full';
  /** What it tells of its job. A file is checked as a whole first. */
  summary(options: SummaryOptions): Promise<JournalSummary>;
  records(): JournalRecords;
  close(): Promise<void>;
}

/**
 * Opens the journal that the options name. Throws `EDMESH_COMMAND_LINE`, what `openJournal` throws for one on a server,
 * and `EDMESH_FILE_OPEN` and `EDMESH_JOURNAL_FILE` for one in a file.
 */
export async function journalSource(given: ReplayArguments): Promise<JournalSource> {
  const { nats, file } = given;
  if (nats !== undefined && file !== undefined) {
    throw wrongOption('--file', 'it excludes --nats; give one of the two');
  }
  const journals = await loadJournal();
  if (file !== undefined) {
    const header = await journals.checkJournalFile(file);
    const { job, mode } = header;
    checkJob(given, job, file);
    return {
      ...{ job, mode },
      summary: (options) => journals.summariseJournalFile(file, header, options),
      records: () => journals.readJournalFile(file),
      close: () => Promise.resolve(),
    };
  }
  if (nats === undefined) {
    const problem = 'name the server that has the journal, or a journal in a file with --file';
    throw wrongOption('--nats', problem);
  }
  const job = jobOf(given);
  const connection = await journalConnection(serverSettings(nats, given), job);
  try {
    const journal = await journals.openJournal(connection, job);
    return {
      ...{ job, mode: journal.mode },
      summary: (options) => journals.summariseJournal({ connection, journal, clock }, options),
      records: () => journals.readJournal({ connection, journal, clock }),
      close: () => connection.close(),
    };
  } catch (thrown) {
    await connection.close();
    throw thrown;
  }
}
