import type { NatsConnection } from '@nats-io/transport-node';
import type { EdmeshError } from '../../edm/index.ts';
import type { Channel, ChannelStatus, MessageHandler, Subscription } from '../channel.ts';
import type { JournalClock } from './journal-clock.ts';
import type { Journal } from './journal-stream.ts';
import { JournalWatch } from './journal-watch.ts';

/** What a channel whose packets a journal holds is made of. */
export interface JournalChannelParts {
  readonly channel: Channel;
  /** Asks about the journal; it is closed with the channel. */
  readonly connection: NatsConnection;
  readonly journal: Journal;
  readonly clock: JournalClock;
}

/**
 * A channel whose packets the journal of a job is to hold. What is published waits for nothing; what was published is
 * compared with what is stored every second, when a luminosity block has ended, and last before it is closed: `close`
 * rejects with `EDMESH_JOURNAL_INCOMPLETE` where packets are missing. Where they are found missing before, the channel
 * says that it was closed with that error.
 */
export class JournalChannel implements Channel {
  readonly kind: Channel['kind'];
  readonly maxPayloadBytes: number;
  readonly #channel: Channel;
  readonly #connection: NatsConnection;
  readonly #sent = new Map<string, number>();
  readonly #listeners: ((status: ChannelStatus) => void)[] = [];
  readonly #watch: JournalWatch;

  constructor({ channel, connection, journal, clock }: JournalChannelParts) {
    this.kind = channel.kind;
    this.maxPayloadBytes = channel.maxPayloadBytes;
    this.#channel = channel;
    this.#connection = connection;
    this.#watch = new JournalWatch({
      connection,
      journal,
      clock,
      sent: () => this.#sent,
      flush: () => channel.flush(),
      onProblem: (error) => {
        this.#tell(error);
      },
    });
  }

  get pendingBytes(): number {
    return this.#channel.pendingBytes;
  }

  publish(subject: string, payload: Uint8Array): void {
    this.#channel.publish(subject, payload);
    this.#sent.set(subject, (this.#sent.get(subject) ?? 0) + 1);
  }

  subscribe(subject: string, handler: MessageHandler): Subscription {
    return this.#channel.subscribe(subject, handler);
  }

  drained(belowBytes: number): Promise<void> {
    return this.#channel.drained(belowBytes);
  }

  flush(): Promise<void> {
    return this.#channel.flush();
  }

  checkpoint(): void {
    // What is missing is told to those who listen.
    this.#watch.check().catch(() => undefined);
  }

  onStatus(listener: (status: ChannelStatus) => void): void {
    this.#listeners.push(listener);
    this.#channel.onStatus(listener);
  }

  async close(): Promise<void> {
    try {
      await this.#watch.check();
    } finally {
      this.#watch.stop();
      await Promise.allSettled([this.#connection.close(), this.#channel.close()]);
    }
  }

  #tell(error: EdmeshError): void {
    for (const listener of this.#listeners) listener({ kind: 'closed', error });
  }
}
