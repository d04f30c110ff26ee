/** A packet of a job as a journal has it. */
export interface JournalRecord {
  /** Its place in the journal, from 1. */
  readonly sequence: number;
  readonly subject: string;
  /** Its bytes. They stay as they are, and keep the memory around them in use for as long as they are kept. */
  readonly payload: Uint8Array;
  /** When the server stored it, ms since 1970. */
  readonly timeMs: number;
}

/** What a journal holds, in order, some records at a time: from a server or from a file. */
export type JournalRecords = AsyncIterable<readonly JournalRecord[]>;
