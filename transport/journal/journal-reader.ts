import {
  createInbox,
  nuid,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import { asEdmeshError, EdmeshError } from '../../edm/index.ts';
import type { JournalClock } from './journal-clock.ts';
import { consumerConfig, heartbeatMs, inboxPrefixOf } from './journal-consumer.ts';
import { parseDelivery, type Delivery } from './journal-delivery.ts';
import type { JournalRecord } from './journal-record.ts';
import { isTimeout, JournalServer } from './journal-server.ts';
import type { Journal } from './journal-stream.ts';

/** What to read, and from where. */
export interface ReadJournalOptions {
  readonly connection: NatsConnection;
  readonly journal: Journal;
  readonly clock: JournalClock;
  /** The first record, by its sequence number: 1 unless given. */
  readonly fromSequence?: number;
  /** A subject or a pattern: other records are left out. */
  readonly subject?: string;
}

/** Where an imported record says when it was recorded first, ms since 1970. */
export const timeHeader = 'Edmesh-Time-Ms';

/** Looks without a sign of the server after which reading begins anew where it was. */
const silentLooks = 2;
/** How often reading is begun anew without a record coming, before it fails. */
const maxAttempts = 5;

/**
 * Reads a journal in order, up to the last record that it holds when reading begins. Each record comes once; where the
 * server or the network lose some on the way, they are read again. No more is fetched than the reader takes, beside what
 * is on its way (32 MiB at most). Throws what `openJournal` throws, `EDMESH_JOURNAL_SERVER` where nothing comes any more,
 * and `EDMESH_JOURNAL_INCOMPLETE` where records were removed.
 */
export async function* readJournal(
  options: ReadJournalOptions,
): AsyncGenerator<readonly JournalRecord[], void, undefined> {
  const { connection, journal, fromSequence = 1 } = options;
  const server = await JournalServer.open(connection, journal.job);
  const { state } = await server.info(journal.streamName);
  const first = Math.max(fromSequence, state.first_seq);
  if (state.messages === 0 || first > state.last_seq) return;
  const reading = new Reading(options, server, {
    first,
    last: state.last_seq,
    newInbox: () => createInbox(inboxPrefixOf(connection)),
    newName: () => `edmesh_${nuid.next()}`,
  });
  try {
    yield* reading.batches();
  } finally {
    reading.end();
  }
}

interface Range {
  readonly first: number;
  readonly last: number;
  readonly newInbox: () => string;
  readonly newName: () => string;
}

/** One way through a journal: a consumer of JetStream that pushes, and a new one where that one has lost something. */
class Reading {
  readonly #options: ReadJournalOptions;
  readonly #server: JournalServer;
  readonly #range: Range;
  readonly #delivery: Delivery = { sequence: 0, delivered: 0, timeMs: 0, pending: 0 };
  #name = '';
  #subscription: Subscription | undefined;
  #timer: { cancel(): void } | undefined;
  /** Where the numbers in the reply subject of a delivery begin, once one has come. */
  #numbersAt = -1;
  #lastSequence: number;
  #delivered = 0;
  #attempts = 0;
  #looks = 0;
  #batch: JournalRecord[] = [];
  /** The subject with which the server asks whether it may go on. */
  #question: string | undefined;
  #isComplete = false;
  #error: EdmeshError | undefined;
  #wake: (() => void) | undefined;

  constructor(options: ReadJournalOptions, server: JournalServer, range: Range) {
    this.#options = options;
    this.#server = server;
    this.#range = range;
    this.#lastSequence = range.first - 1;
  }

  async *batches(): AsyncGenerator<readonly JournalRecord[], void, undefined> {
    const { connection } = this.#options;
    void connection.closed().then(() => this.#fail(this.#gone('the connection was closed')));
    this.#begin();
    this.#look();
    for (;;) {
      if (this.#batch.length === 0 && !this.#isComplete && this.#error === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      const batch = this.#batch;
      this.#batch = [];
      if (batch.length > 0) yield batch;
      else if (this.#error !== undefined) throw this.#error;
      else if (this.#isComplete) return;
      this.#confirm();
    }
  }

  end(): void {
    this.#isComplete = true;
    this.#timer?.cancel();
    this.#leave();
  }

  /** Has the server push from behind the last record that came. */
  #begin(): void {
    const { connection, journal, subject } = this.#options;
    // A connection that is closed does not even take a subscription; its end has been told.
    if (connection.isClosed()) return;
    const name = this.#range.newName();
    const inbox = this.#range.newInbox();
    this.#name = name;
    this.#numbersAt = -1;
    this.#delivered = 0;
    this.#question = undefined;
    this.#subscription = connection.subscribe(inbox, {
      callback: (error, message) => {
        if (this.#name !== name || this.#isComplete) return;
        if (error === null) this.#take(message);
        else this.#fail(asEdmeshError(error));
      },
    });
    const config = consumerConfig({
      name,
      inbox,
      fromSequence: this.#lastSequence + 1,
      subject,
    });
    this.#server
      .ask('read the journal', ({ consumers }) => consumers.add(journal.streamName, config))
      .then(
        ({ num_pending: pending, delivered }) => {
          const isNothing = pending === 0 && delivered.consumer_seq === 0;
          if (this.#name === name && isNothing) this.#complete();
        },
        (error: unknown) => {
          if (this.#name === name && isTimeout(error)) this.#again();
          else if (this.#name === name) this.#fail(asEdmeshError(error));
        },
      );
  }

  #leave(): void {
    const name = this.#name;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#name = '';
    if (name === '' || this.#options.connection.isClosed()) return;
    const { streamName } = this.#options.journal;
    this.#server
      .ask('leave the journal', ({ consumers }) => consumers.delete(streamName, name))
      .catch(() => undefined);
  }

  #again(): void {
    this.#leave();
    this.#attempts += 1;
    if (this.#attempts > maxAttempts) this.#fail(this.#gone('it sends nothing any more'));
    else this.#begin();
  }

  #take(message: Msg): void {
    this.#looks = 0;
    const { reply = '' } = message;
    if (!reply.startsWith('$JS.ACK.')) {
      this.#control(message, reply);
      return;
    }
    if (this.#numbersAt < 0) {
      const route = `.${this.#options.journal.streamName}.${this.#name}.`;
      this.#numbersAt = reply.indexOf(route) + route.length;
    }
    const delivery = this.#delivery;
    parseDelivery(reply, this.#numbersAt, delivery);
    if (delivery.delivered !== this.#delivered + 1) {
      this.#again();
      return;
    }
    const { sequence } = delivery;
    const { subject, headers, data } = message;
    if (sequence > this.#range.last) {
      this.#complete();
      return;
    }
    if (sequence !== this.#lastSequence + 1 && this.#options.subject === undefined) {
      this.#fail(this.#removed(sequence));
      return;
    }
    this.#delivered += 1;
    this.#attempts = 0;
    this.#lastSequence = sequence;
    const timeMs = headers === undefined ? delivery.timeMs : recordedMs(headers, delivery);
    this.#batch.push({ sequence, subject, payload: data, timeMs });
    if (sequence === this.#range.last || delivery.pending === 0) this.#complete();
    else this.#stir();
  }

  /** A message of the server about the delivery. */
  #control({ headers }: Msg, reply: string): void {
    if (reply !== '') {
      this.#ask(reply);
      return;
    }
    const stalled = headers?.get('Nats-Consumer-Stalled') ?? '';
    if (stalled !== '') this.#ask(stalled);
    const delivered = headers?.get('Nats-Last-Consumer') ?? '';
    if (delivered !== '' && Number(delivered) !== this.#delivered) this.#again();
  }

  /** The server goes on when the reader has taken what has come. */
  #ask(question: string): void {
    this.#question = question;
    if (this.#batch.length === 0) this.#confirm();
  }

  #confirm(): void {
    if (this.#question === undefined || this.#isComplete) return;
    this.#options.connection.publish(this.#question);
    this.#question = undefined;
  }

  /** Looks from time to time whether the server is still there, while the reader waits for it. */
  #look(): void {
    this.#timer = this.#options.clock.after(heartbeatMs, () => {
      if (this.#isComplete || this.#error !== undefined) return;
      this.#looks = this.#wake === undefined ? 0 : this.#looks + 1;
      if (this.#looks > silentLooks) {
        this.#looks = 0;
        this.#again();
      }
      this.#look();
    });
  }

  #complete(): void {
    this.#isComplete = true;
    this.#stir();
  }

  #fail(error: EdmeshError): void {
    if (this.#isComplete) return;
    this.#error ??= error;
    this.#stir();
  }

  #stir(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #gone(why: string): EdmeshError {
    const { job } = this.#options.journal;
    const sequence = this.#lastSequence;
    return new EdmeshError(
      'EDMESH_JOURNAL_SERVER',
      `the journal of job ${job} cannot be read on behind record ${String(sequence)}: ${why}`,
      { fields: { job, sequence } },
    );
  }

  #removed(sequence: number): EdmeshError {
    const { job } = this.#options.journal;
    const expected = this.#lastSequence + 1;
    return new EdmeshError(
      'EDMESH_JOURNAL_INCOMPLETE',
      `the journal of job ${job} lacks the records from ${String(expected)} to ${String(sequence - 1)}: ` +
        'somebody removed them',
      { fields: { job, expected, sequence } },
    );
  }
}

/** When a record was recorded first, where it was imported since. */
function recordedMs(headers: MsgHdrs, { timeMs }: Delivery): number {
  const text = headers.get(timeHeader);
  const recorded = Number(text);
  return text === '' || !Number.isFinite(recorded) ? timeMs : recorded;
}
