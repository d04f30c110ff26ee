import type { JournalRecord, JournalRecords } from '../../transport/index.ts';

/** What a reading looks at to know how far to go. */
export interface ReadingNeeds {
  /** Whether so much is kept that nothing more should be read without need. */
  readonly isAhead: boolean;
  /** Whether the process waits for something that was not read yet. */
  readonly isStarving: boolean;
  /** Whether all that the replay is about has been read. */
  readonly isEnough: boolean;
}

/** What a reading tells. */
export interface ReadingParts {
  readonly records: JournalRecords;
  readonly needs: ReadingNeeds;
  readonly take: (record: JournalRecord) => void;
  /** Everything has been read, or enough. */
  readonly ended: () => void;
  readonly failed: (thrown: unknown) => void;
}

/** Reads a journal no further ahead than a replay has room for, but always as far as it needs. */
export class ReplayReading {
  readonly #parts: ReadingParts;
  #isClosed = false;
  #isRushing = false;
  #wake: (() => void) | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#done = this.#read().catch((thrown: unknown) => {
      this.#parts.failed(thrown);
    });
  }

  /** The process has done something. */
  goOn(): void {
    if (this.#wake === undefined || !this.#hasRoom()) return;
    this.#wake();
    this.#wake = undefined;
  }

  /** The process has ended: reads what is left where that matters, else no further. Resolves when the journal is closed. */
  async close(readsRest: boolean): Promise<void> {
    if (readsRest) this.#isRushing = true;
    else this.#isClosed = true;
    this.#wake?.();
    await this.#done;
  }

  async #read(): Promise<void> {
    const { records, take, needs, ended } = this.#parts;
    for await (const batch of records) {
      for (const record of batch) {
        if (!this.#hasRoom()) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
        if (this.#isClosed) return;
        take(record);
      }
      if (needs.isEnough) break;
    }
    if (!this.#isClosed && !this.#isRushing) ended();
  }

  #hasRoom(): boolean {
    const { needs } = this.#parts;
    return this.#isRushing || !needs.isAhead || needs.isStarving;
  }
}
