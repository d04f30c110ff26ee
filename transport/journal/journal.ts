import type { checkJournalFile, journalFileHeader, readJournalFile } from './journal-file-read.ts';
import type { writeJournalFile } from './journal-file-write.ts';
import type { importJournal } from './journal-import.ts';
import type {
  journalPackets,
  listJournals,
  summariseJournal,
  summariseJournalFile,
} from './journal-list.ts';
import type { readJournal } from './journal-reader.ts';
import type { createJournal, openJournal } from './journal-stream.ts';
import type { waitForJournal } from './journal-wait.ts';
import type { JournalChannel } from './journal-channel.ts';

/** What works on journals. */
export interface JournalTools {
  readonly createJournal: typeof createJournal;
  readonly openJournal: typeof openJournal;
  readonly listJournals: typeof listJournals;
  readonly journalPackets: typeof journalPackets;
  readonly readJournal: typeof readJournal;
  readonly summariseJournal: typeof summariseJournal;
  readonly summariseJournalFile: typeof summariseJournalFile;
  readonly waitForJournal: typeof waitForJournal;
  readonly JournalChannel: typeof JournalChannel;
  readonly writeJournalFile: typeof writeJournalFile;
  readonly journalFileHeader: typeof journalFileHeader;
  readonly readJournalFile: typeof readJournalFile;
  readonly checkJournalFile: typeof checkJournalFile;
  readonly importJournal: typeof importJournal;
}

/** Loads what works on journals: only a job that keeps one, and the commands about them, pay for it. */
export async function loadJournal(): Promise<JournalTools> {
  const [streams, wait, channel, reader, list, write, read, imports] = await Promise.all([
    import('./journal-stream.ts'),
    import('./journal-wait.ts'),
    import('./journal-channel.ts'),
    import('./journal-reader.ts'),
    import('./journal-list.ts'),
    import('./journal-file-write.ts'),
    import('./journal-file-read.ts'),
    import('./journal-import.ts'),
  ]);
  return { ...streams, ...wait, ...channel, ...reader, ...list, ...write, ...read, ...imports };
}
