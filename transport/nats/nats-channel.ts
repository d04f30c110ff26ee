import type { Msg, NatsConnection, PublishOptions, Status } from '@nats-io/transport-node';
import type { EdmeshError } from '../../edm/index.ts';
import { channelClosed, handlerThrew, payloadTooLarge } from '../channel-errors.ts';
import { ChannelWaiters } from '../channel-waiters.ts';
import type { Channel, ChannelStatus, MessageHandler, Subscription } from '../channel.ts';
import { cutConnection, openNatsConnection, serversOf } from './nats-connection.ts';
import { connectionFailed, messagesLost, serverRefused, serverSilent } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';

/** Published bytes after which the server is asked whether it has them. */
const confirmEveryBytes = 1024 * 1024;

/** The client makes an object for each message without options; one will do. */
const noOptions: PublishOptions = {};

/**
 * Connects to a NATS server; the connection carries the name of the endpoint. A channel hears its own messages too.
 *
 * While the connection is lost, what is published is kept and sent when it is back; what was on its way may be lost, and
 * a `flush` that waited for it fails. After `reconnectMs` of failed attempts the channel is closed with
 * `EDMESH_CONNECTION`. (An attempt that nobody answers takes up to `connectTimeoutMs`.) It is also closed when the server
 * does not allow what it does (`EDMESH_PERMISSION`) and when a handler throws.
 */
export async function connectNats(settings: NatsSettings, endpoint: string): Promise<Channel> {
  return new NatsChannel(await openNatsConnection(settings, endpoint), serversOf(settings));
}

interface HeldMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
}

class NatsChannel implements Channel {
  readonly kind = 'nats';
  readonly maxPayloadBytes: number;
  readonly #connection: NatsConnection;
  readonly #servers: string;
  readonly #waiters = new ChannelWaiters();
  readonly #statusListeners: ((status: ChannelStatus) => void)[] = [];
  /** Bytes published; of those, up to where the server was asked, and up to where it has confirmed. */
  #published = 0;
  #asked = 0;
  #confirmed = 0;
  /** Questions to the server, and the last one that it has answered. */
  #questions = 0;
  #answered = 0;
  /** What is published while the connection is lost. */
  #held: HeldMessage[] | undefined;
  #closing: Promise<void> | undefined;
  #ended: { readonly error: EdmeshError | undefined } | undefined;

  constructor(connection: NatsConnection, servers: string) {
    this.#connection = connection;
    this.#servers = servers;
    this.maxPayloadBytes = connection.info?.max_payload ?? confirmEveryBytes;
    void this.#watch();
    void connection.closed().then((thrown) => {
      this.#end(connectionFailed(servers, thrown ?? undefined, true));
    });
  }

  get pendingBytes(): number {
    return this.#published - this.#confirmed;
  }

  publish(subject: string, payload: Uint8Array): void {
    this.#refuseAfterClose(`publish to ${subject}`);
    const bytes = payload.byteLength;
    if (bytes > this.maxPayloadBytes) throw payloadTooLarge(subject, bytes, this.maxPayloadBytes);
    this.#published += bytes;
    if (this.#held === undefined) this.#send(subject, payload);
    else this.#held.push({ subject, payload });
    if (this.#published - this.#asked >= confirmEveryBytes) this.#ask();
  }

  subscribe(subject: string, handler: MessageHandler): Subscription {
    this.#refuseAfterClose(`subscribe to ${subject}`);
    const isPattern = /[*>]/.test(subject);
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        // The client tells a refused subscription here too; the status of the connection says it better.
        if (error !== null || this.#ended !== undefined) return;
        this.#hear(handler, isPattern ? message.subject : subject, message);
      },
    });
    return {
      unsubscribe: () => {
        subscription.unsubscribe();
      },
    };
  }

  async drained(belowBytes: number): Promise<void> {
    if (this.pendingBytes < belowBytes || this.pendingBytes === 0) return;
    this.#refuseAfterEnd('wait for what was published');
    if (this.#asked < this.#published) this.#ask();
    await this.#waiters.drained(belowBytes);
  }

  async flush(): Promise<void> {
    this.#refuseAfterEnd('flush');
    this.#ask();
    await this.#waiters.flushed(this.#questions);
  }

  onStatus(listener: (status: ChannelStatus) => void): void {
    this.#statusListeners.push(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#ended !== undefined) return;
    try {
      await this.flush();
    } finally {
      // The client leaves a connection behind when it is closed while it tries to connect.
      if (this.#held !== undefined) await this.#settled();
      this.#end(undefined);
      await this.#connection.close();
    }
  }

  #send(subject: string, payload: Uint8Array): void {
    try {
      this.#connection.publish(subject, payload, noOptions);
    } catch (thrown) {
      throw connectionFailed(this.#servers, thrown);
    }
  }

  /** Asks the server for an answer, which comes when it has taken all before. While disconnected, this waits. */
  #ask(): void {
    const question = ++this.#questions;
    if (this.#held !== undefined) return;
    const published = this.#published;
    this.#asked = published;
    this.#connection.flush().then(
      () => {
        this.#confirmed = Math.max(this.#confirmed, published);
        this.#answered = Math.max(this.#answered, question);
        this.#waiters.settle(this.pendingBytes, this.#answered);
      },
      // The connection is lost or closed: the status says so, and what follows is done there.
      () => undefined,
    );
  }

  #hear(handler: MessageHandler, subject: string, message: Msg): void {
    try {
      handler(subject, message.data);
    } catch (thrown) {
      // Nothing may reach the client, which would stop to read for ever.
      this.#fail(handlerThrew(subject, thrown));
    }
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) this.#statusChanged(status);
  }

  #statusChanged(status: Status): void {
    if (this.#ended !== undefined) return;
    if (status.type === 'disconnect' && this.#held === undefined) {
      this.#held = [];
      if (this.pendingBytes > 0) this.#waiters.failFlushes(messagesLost(this.#servers));
      this.#tell({ kind: 'disconnected' });
    } else if (status.type === 'reconnect' && this.#held !== undefined) {
      this.#resume(this.#held);
    } else if (status.type === 'staleConnection') {
      if (!cutConnection(this.#connection)) this.#fail(serverSilent(this.#servers));
    } else if (status.type === 'error') {
      const refused = serverRefused(this.#servers, status.error);
      if (refused !== undefined) this.#fail(refused);
    }
  }

  /** The connection is back: what was published meanwhile goes first. */
  #resume(held: readonly HeldMessage[]): void {
    this.#held = undefined;
    try {
      for (const { subject, payload } of held) this.#send(subject, payload);
    } catch (thrown) {
      this.#fail(connectionFailed(this.#servers, thrown));
      return;
    }
    this.#ask();
    this.#tell({ kind: 'reconnected' });
  }

  /** Ends the channel for a reason of our own. */
  #fail(error: EdmeshError): void {
    this.#end(error);
    this.#connection.close().catch(() => undefined);
  }

  #end(error: EdmeshError | undefined): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    this.#held = undefined;
    this.#waiters.fail(error ?? channelClosed('wait for what was published'));
    this.#tell({ kind: 'closed', error });
  }

  /** Resolves when the connection is there again, or gone for good. */
  #settled(): Promise<void> {
    return new Promise((resolve) => {
      this.onStatus(() => {
        resolve();
      });
    });
  }

  #refuseAfterClose(operation: string): void {
    this.#refuseAfterEnd(operation);
    if (this.#closing !== undefined) throw channelClosed(operation);
  }

  #refuseAfterEnd(operation: string): void {
    if (this.#ended !== undefined) throw this.#ended.error ?? channelClosed(operation);
  }

  #tell(status: ChannelStatus): void {
    for (const listener of this.#statusListeners) listener(status);
  }
}
