import type { StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { asEdmeshError, EdmeshError } from '../../edm/index.ts';
import { pause, type JournalClock } from './journal-clock.ts';
import { isTimeout, JournalServer } from './journal-server.ts';
import type { Journal } from './journal-stream.ts';
import { linksFrom, linksOf, parseLinkSubject, transitionsOf } from '../subject.ts';

/** What a watch needs. */
export interface JournalWatchOptions {
  readonly connection: NatsConnection;
  readonly journal: Journal;
  /** The packets published so far, by subject: `Outboxes.sentBySubject`. */
  readonly sent: () => ReadonlyMap<string, number>;
  /** Resolves when the server has all that was published: `Channel.flush`. */
  readonly flush: () => Promise<void>;
  readonly clock: JournalClock;
  /** Is told once when the journal lacks packets, or can no longer be looked at. */
  readonly onProblem: (error: EdmeshError) => void;
  /** How often it looks by itself, in ms: 1000 unless given. */
  readonly everyMs?: number;
  /** How long the journal may stand still while packets are missing from it, in ms: 2000 unless given. */
  readonly patienceMs?: number;
}

const retryMs = 50;
const attemptsMax = 3;

/** A packet that a full journal has refused: the first subject that lacks some. */
interface Lack {
  readonly subject: string;
  readonly sent: number;
  readonly stored: number;
}

/**
 * Compares what a sender has published with what its journal holds. The server keeps packets beside passing them on, says
 * nothing about it, and drops them silently when the journal is full. A sender that is not watched would not know.
 */
export class JournalWatch {
  readonly #options: JournalWatchOptions;
  readonly #server: Promise<JournalServer>;
  readonly #everyMs: number;
  readonly #patienceMs: number;
  #timer: { cancel(): void } | undefined;
  #isStopped = false;
  /** The comparison under way, and the one that begins when it has ended. */
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #error: EdmeshError | undefined;

  /** Begins to watch. */
  constructor(options: JournalWatchOptions) {
    this.#options = options;
    this.#server = JournalServer.open(options.connection, options.journal.job);
    // A comparison says it.
    this.#server.catch(() => undefined);
    this.#everyMs = options.everyMs ?? 1000;
    this.#patienceMs = options.patienceMs ?? 2000;
    this.#wait();
  }

  /**
   * Looks now: resolves when the journal holds all that had been published at the time of the call. Throws
   * `EDMESH_JOURNAL_INCOMPLETE` with subject, sent and stored, and what `openJournal` throws.
   */
  check(): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#current === undefined) return this.#begin();
    this.#next ??= this.#current
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#begin();
      });
    return this.#next;
  }

  /** Ends it; a comparison under way tells nobody. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #begin(): Promise<void> {
    const work = this.#compare()
      .catch((thrown: unknown) => {
        const error = asEdmeshError(thrown);
        const isFirst = this.#error === undefined;
        this.#error ??= error;
        if (isFirst && !this.#isStopped) this.#options.onProblem(error);
        throw error;
      })
      .finally(() => {
        this.#current = undefined;
      });
    this.#current = work;
    return work;
  }

  #wait(): void {
    if (this.#isStopped || this.#error !== undefined) return;
    this.#timer = this.#options.clock.after(this.#everyMs, () => {
      const again = (): void => this.#wait();
      this.check().then(again, again);
    });
  }

  async #compare(): Promise<void> {
    const { clock, flush } = this.#options;
    const sent = this.#counted();
    if (sent.size === 0) return;
    const pattern = this.#pattern(sent);
    await flush();
    let most = -1;
    let movedMs = clock.now();
    for (;;) {
      const info = await this.#info(pattern);
      const stored = new Map(Object.entries(info.state.subjects ?? {}));
      const { lack, total } = compared(sent, stored);
      if (lack === undefined) {
        this.#refuseStrangers(stored);
        return;
      }
      if (total > most) {
        most = total;
        movedMs = clock.now();
      }
      if (clock.now() - movedMs >= this.#patienceMs) throw this.#incomplete(lack, info);
      await pause(clock, retryMs);
    }
  }

  /** Counts by subject. A thread that was busy for long may find that its question was out of time before the answer. */
  async #info(pattern: string): Promise<StreamInfo> {
    const server = await this.#server;
    const { streamName } = this.#options.journal;
    for (let left = attemptsMax - 1; left > 0; left -= 1) {
      try {
        return await server.info(streamName, pattern);
      } catch (thrown) {
        if (!isTimeout(thrown)) throw thrown;
      }
    }
    return server.info(streamName, pattern);
  }

  /** What was sent on the subjects that the journal holds. */
  #counted(): Map<string, number> {
    const { sent, journal } = this.#options;
    return new Map(
      [...sent()].filter(([subject]) => {
        const link = parseLinkSubject(subject);
        return link?.job === journal.job && (journal.mode === 'full' || link.instance === 0);
      }),
    );
  }

  #pattern(sent: ReadonlyMap<string, number>): string {
    const { job, mode } = this.#options.journal;
    const senders = new Set([...sent.keys()].map((subject) => parseLinkSubject(subject)?.from));
    const [sender] = senders;
    const isOne = senders.size === 1 && sender !== undefined;
    if (mode === 'transitions') return isOne ? linksFrom(job, sender, 0) : transitionsOf(job);
    return isOne ? linksFrom(job, sender) : linksOf(job);
  }

  /** More packets than this sender has published are those of somebody else. */
  #refuseStrangers(stored: ReadonlyMap<string, number>): void {
    for (const [subject, sent] of this.#counted()) {
      const count = stored.get(subject) ?? 0;
      if (count <= sent) continue;
      throw new EdmeshError(
        'EDMESH_JOURNAL_INCOMPLETE',
        `${subject}: the journal holds ${String(count)} packets, but only ${String(sent)} were sent from here; ` +
          'see whether another process with the same job and name is running',
        { fields: { subject, sent, stored: count, full: false } },
      );
    }
  }

  #incomplete({ subject, sent, stored }: Lack, { config, state }: StreamInfo): EdmeshError {
    const largest = this.#options.connection.info?.max_payload ?? 0;
    const full = state.messages >= config.max_msgs || state.bytes + largest > config.max_bytes;
    const holds =
      `${String(state.messages)} of ${String(config.max_msgs)} messages and ` +
      `${String(state.bytes)} of ${String(config.max_bytes)} bytes`;
    return new EdmeshError(
      'EDMESH_JOURNAL_INCOMPLETE',
      `${subject}: ${String(sent)} packets were sent, the journal holds ${String(stored)}; ` +
        (full
          ? `it is full (${holds}): give it more room`
          : `it is not full (${holds}): look at the log of the server`),
      { fields: { subject, sent, stored, full, messages: state.messages, bytes: state.bytes } },
    );
  }
}

/** The first subject of which packets are missing, and how many packets are there of those that were sent. */
function compared(
  sent: ReadonlyMap<string, number>,
  stored: ReadonlyMap<string, number>,
): { readonly lack: Lack | undefined; readonly total: number } {
  let lack: Lack | undefined;
  let total = 0;
  for (const [subject, count] of sent) {
    const there = stored.get(subject) ?? 0;
    total += Math.min(there, count);
    if (there < count) lack ??= { subject, sent: count, stored: there };
  }
  return { lack, total };
}
