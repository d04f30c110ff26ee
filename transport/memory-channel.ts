import type { EdmeshError } from '../edm/index.ts';
import { channelClosed, handlerThrew, payloadTooLarge } from './channel-errors.ts';
import { ChannelWaiters } from './channel-waiters.ts';
import type { Channel, ChannelStatus, MessageHandler, Subscription } from './channel.ts';
import { SubjectTable } from './subject-table.ts';

/** Options of a {@link MemoryBroker}. */
export interface MemoryBrokerOptions {
  /** The largest payload, in bytes: 1 MiB, as a NATS server has it, where nothing is said. */
  readonly maxPayloadBytes?: number;
  /** Overwrites each payload after its delivery, so that a handler that keeps the bytes lent to it is found out. */
  readonly scrub?: boolean;
}

interface Listener {
  readonly channel: MemoryChannel;
  readonly handler: MessageHandler;
  active: boolean;
}

interface Message {
  readonly from: MemoryChannel;
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly listeners: readonly Listener[];
}

const scrubbed = 0xdd;

/**
 * Joins channels of one OS thread. Messages are delivered in one order for all, as published; those of one tick are
 * delivered in a later one, which `defer` calls (`environment.defer`, so that the event loop goes round in between). A
 * subscriber hears what is published after it subscribed, also by itself.
 */
export class MemoryBroker {
  readonly maxPayloadBytes: number;
  readonly #scrub: boolean;
  readonly #defer: (callback: () => void) => void;
  readonly #listeners = new SubjectTable<Listener>();
  #queue: Message[] = [];

  constructor(defer: (callback: () => void) => void, options: MemoryBrokerOptions = {}) {
    this.#defer = defer;
    this.maxPayloadBytes = options.maxPayloadBytes ?? 1024 * 1024;
    this.#scrub = options.scrub ?? false;
  }

  /** A new connection to this broker. */
  connect(): Channel {
    return new MemoryChannel(this);
  }

  /** @internal */
  add(pattern: string, listener: Listener): void {
    this.#listeners.add(pattern, listener);
  }

  /** @internal */
  remove(listener: Listener): void {
    listener.active = false;
    this.#listeners.remove(listener);
  }

  /** Takes a message, unless nobody listens; says whether it did. @internal */
  take(from: MemoryChannel, subject: string, payload: Uint8Array): boolean {
    const listeners = this.#listeners.matching(subject);
    if (listeners.length === 0) return false;
    if (this.#queue.push({ from, subject, payload, listeners }) === 1) {
      this.#defer(() => {
        this.#deliver();
      });
    }
    return true;
  }

  /** Delivers what was there when the tick began; what handlers publish waits for the next one. */
  #deliver(): void {
    const messages = this.#queue;
    this.#queue = [];
    for (const { from, subject, payload, listeners } of messages) {
      for (const listener of listeners) {
        if (listener.active) listener.channel.hear(listener, subject, payload);
      }
      const bytes = payload.byteLength;
      if (this.#scrub) payload.fill(scrubbed);
      from.delivered(bytes);
    }
  }
}

class MemoryChannel implements Channel {
  readonly kind = 'memory';
  readonly #broker: MemoryBroker;
  readonly #waiters = new ChannelWaiters();
  readonly #subscribed = new Set<Listener>();
  readonly #statusListeners: ((status: ChannelStatus) => void)[] = [];
  #state: 'open' | 'closing' | 'closed' = 'open';
  #pendingBytes = 0;
  #published = 0;
  #delivered = 0;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  get maxPayloadBytes(): number {
    return this.#broker.maxPayloadBytes;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  publish(subject: string, payload: Uint8Array): void {
    if (this.#state !== 'open') throw channelClosed(`publish to ${subject}`);
    const bytes = payload.byteLength;
    if (bytes > this.maxPayloadBytes) throw payloadTooLarge(subject, bytes, this.maxPayloadBytes);
    if (!this.#broker.take(this, subject, payload)) return;
    this.#published++;
    this.#pendingBytes += bytes;
  }

  subscribe(subject: string, handler: MessageHandler): Subscription {
    if (this.#state !== 'open') throw channelClosed(`subscribe to ${subject}`);
    const listener: Listener = { channel: this, handler, active: true };
    this.#subscribed.add(listener);
    this.#broker.add(subject, listener);
    return {
      unsubscribe: () => {
        this.#subscribed.delete(listener);
        this.#broker.remove(listener);
      },
    };
  }

  async drained(belowBytes: number): Promise<void> {
    if (this.#pendingBytes < belowBytes || this.#pendingBytes === 0) return;
    await this.#waiters.drained(belowBytes);
  }

  async flush(): Promise<void> {
    if (this.#state === 'closed') throw channelClosed('flush');
    if (this.#delivered < this.#published) await this.#waiters.flushed(this.#published);
  }

  onStatus(listener: (status: ChannelStatus) => void): void {
    this.#statusListeners.push(listener);
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    await this.flush();
    this.#end(undefined);
  }

  /** A message of a subscription; a handler that throws ends the channel. @internal */
  hear(listener: Listener, subject: string, payload: Uint8Array): void {
    try {
      listener.handler(subject, payload);
    } catch (thrown) {
      this.#end(handlerThrew(subject, thrown));
    }
  }

  /** A message of this channel has been delivered. @internal */
  delivered(bytes: number): void {
    this.#delivered++;
    this.#pendingBytes -= bytes;
    this.#waiters.settle(this.#pendingBytes, this.#delivered);
  }

  #end(error: EdmeshError | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const listener of this.#subscribed) this.#broker.remove(listener);
    this.#subscribed.clear();
    if (error !== undefined) this.#waiters.fail(error);
    for (const tell of this.#statusListeners) tell({ kind: 'closed', error });
  }
}
