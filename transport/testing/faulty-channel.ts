import { CounterRandom, type EdmeshError } from '../../edm/index.ts';
import { channelClosed } from '../channel-errors.ts';
import type { Channel, ChannelStatus, MessageHandler, Subscription } from '../channel.ts';
import { matchesSubject } from '../subject-table.ts';

/** What goes wrong with messages that are published to matching subjects; chances are from 0 to 1. */
export interface FaultRule {
  /** A subject or a pattern; the first rule that matches holds. */
  readonly subject: string;
  /** Chance that the message is lost. */
  readonly drop?: number;
  /** Chance that it comes twice. */
  readonly duplicate?: number;
  /** Chance that later messages overtake it, for up to `reorderMs`. */
  readonly reorder?: number;
  readonly reorderMs?: number;
  /** Every message is late by up to this, and holds up all behind it. */
  readonly delayMs?: number;
}

/** Where the time comes from; an `Environment` is one. */
export interface FaultClock {
  now(): number;
  after(delayMs: number, callback: () => void): { cancel(): void };
}

interface HeldMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly dueMs: number;
}

const usualReorderMs = 10;

/**
 * A channel that loses, repeats, reorders and delays what is published through it, by rules and a seed: the same seed and
 * the same messages meet the same faults. It can also lose its connection. Without rules it is the channel within.
 */
export class FaultyChannel implements Channel {
  /** How often each fault has happened. */
  readonly counts = { dropped: 0, duplicated: 0, reordered: 0, delayed: 0 };
  readonly #inner: Channel;
  readonly #clock: FaultClock;
  readonly #random: CounterRandom;
  readonly #statusListeners: ((status: ChannelStatus) => void)[] = [];
  readonly #held = new Set<HeldMessage>();
  #rules: readonly FaultRule[];
  #line: HeldMessage[] = [];
  #lineTimer: { cancel(): void } | undefined;
  #heldBytes = 0;
  #sent: (() => void)[] = [];
  #isConnected = true;
  #isClosing = false;
  #ended: { readonly error: EdmeshError | undefined } | undefined;

  constructor(inner: Channel, clock: FaultClock, seed: number, rules: readonly FaultRule[] = []) {
    this.#inner = inner;
    this.#clock = clock;
    this.#random = new CounterRandom(seed, 'faulty-channel');
    this.#random.startEvent({ run: 1, lumi: 1, event: 1 });
    this.#rules = rules;
    inner.onStatus((status) => {
      if (status.kind === 'closed') this.#end(status.error);
      else this.#tell(status);
    });
  }

  get kind(): Channel['kind'] {
    return this.#inner.kind;
  }

  get maxPayloadBytes(): number {
    return this.#inner.maxPayloadBytes;
  }

  get pendingBytes(): number {
    return this.#inner.pendingBytes + this.#heldBytes;
  }

  /** Other rules from now on; a rule that drops all is a partition, and no rules heal it. */
  setFaults(rules: readonly FaultRule[]): void {
    this.#rules = rules;
  }

  /** Loses the connection: what is published is kept, what others publish is not heard. */
  disconnect(): void {
    if (!this.#isConnected || this.#ended !== undefined) return;
    this.#isConnected = false;
    this.#tell({ kind: 'disconnected' });
  }

  /** Has the connection back, and sends what was kept. */
  reconnect(): void {
    if (this.#isConnected || this.#ended !== undefined) return;
    this.#isConnected = true;
    this.#sendDue();
    this.#tell({ kind: 'reconnected' });
  }

  /** Ends the channel as if its connection were lost for good. */
  fail(error: EdmeshError): void {
    this.#end(error);
    this.#inner.close().catch(() => undefined);
  }

  publish(subject: string, payload: Uint8Array): void {
    this.#refuseAfterClose(`publish to ${subject}`);
    const rule = this.#rules.find((one) => matchesSubject(one.subject, subject));
    if (rule === undefined || payload.byteLength > this.maxPayloadBytes) {
      this.#pass(subject, payload, 0);
      return;
    }
    // All are drawn for every message, so that a chance that is changed does not shift the others.
    const [drop, duplicate, reorder, late, long] = this.#draw();
    if (drop < (rule.drop ?? 0)) {
      this.counts.dropped++;
      return;
    }
    const isTwice = duplicate < (rule.duplicate ?? 0);
    const copy = isTwice ? payload.slice() : payload;
    if (reorder < (rule.reorder ?? 0)) {
      this.counts.reordered++;
      this.#sendLater(subject, payload, long * (rule.reorderMs ?? usualReorderMs));
    } else {
      this.#pass(subject, payload, late * (rule.delayMs ?? 0));
    }
    if (!isTwice) return;
    this.counts.duplicated++;
    this.#pass(subject, copy, 0);
  }

  subscribe(subject: string, handler: MessageHandler): Subscription {
    this.#refuseAfterClose(`subscribe to ${subject}`);
    return this.#inner.subscribe(subject, (heard, payload) => {
      if (this.#isConnected && this.#ended === undefined) handler(heard, payload);
    });
  }

  async drained(belowBytes: number): Promise<void> {
    while (this.#heldBytes > 0 && this.pendingBytes >= belowBytes) await this.#nextSent();
    await this.#inner.drained(Math.max(0, belowBytes - this.#heldBytes));
  }

  async flush(): Promise<void> {
    this.#refuseAfterEnd('flush');
    for (const message of [...this.#held]) {
      while (this.#held.has(message)) await this.#nextSent();
    }
    await this.#inner.flush();
  }

  onStatus(listener: (status: ChannelStatus) => void): void {
    this.#statusListeners.push(listener);
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#isClosing = true;
    await this.flush();
    await this.#inner.close();
  }

  #draw(): [number, number, number, number, number] {
    const random = this.#random;
    return [
      random.uniform(),
      random.uniform(),
      random.uniform(),
      random.uniform(),
      random.uniform(),
    ];
  }

  /** Sends in line: at once, or when its time has come and all before it have gone. */
  #pass(subject: string, payload: Uint8Array, delayMs: number): void {
    if (delayMs === 0 && this.#line.length === 0 && this.#isConnected) {
      this.#inner.publish(subject, payload);
      return;
    }
    if (delayMs > 0) this.counts.delayed++;
    const dueMs = Math.max(this.#line.at(-1)?.dueMs ?? 0, this.#clock.now() + delayMs);
    this.#line.push(this.#hold({ subject, payload, dueMs }));
    if (this.#line.length === 1) this.#sendDue();
  }

  /** Sends out of line, after a while. */
  #sendLater(subject: string, payload: Uint8Array, delayMs: number): void {
    const message = this.#hold({ subject, payload, dueMs: this.#clock.now() + delayMs });
    this.#clock.after(delayMs, () => {
      if (this.#isConnected) this.#release(message);
      else this.#line.push(message);
    });
  }

  #sendDue(): void {
    this.#lineTimer?.cancel();
    this.#lineTimer = undefined;
    while (this.#isConnected && this.#ended === undefined) {
      const next = this.#line[0];
      if (next === undefined) return;
      const waitMs = next.dueMs - this.#clock.now();
      if (waitMs > 0) {
        this.#lineTimer = this.#clock.after(waitMs, () => {
          this.#sendDue();
        });
        return;
      }
      this.#line.shift();
      this.#release(next);
    }
  }

  #hold(message: HeldMessage): HeldMessage {
    this.#held.add(message);
    this.#heldBytes += message.payload.byteLength;
    return message;
  }

  #release(message: HeldMessage): void {
    if (!this.#held.delete(message)) return;
    this.#heldBytes -= message.payload.byteLength;
    this.#inner.publish(message.subject, message.payload);
    for (const resume of this.#sent.splice(0)) resume();
  }

  /** Resolves when a message that was held has been sent. */
  async #nextSent(): Promise<void> {
    await new Promise<void>((resolve) => this.#sent.push(resolve));
    this.#refuseAfterEnd('wait for what was published');
  }

  #end(error: EdmeshError | undefined): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    this.#lineTimer?.cancel();
    this.#held.clear();
    this.#line = [];
    this.#heldBytes = 0;
    for (const resume of this.#sent.splice(0)) resume();
    this.#tell({ kind: 'closed', error });
  }

  #refuseAfterClose(operation: string): void {
    this.#refuseAfterEnd(operation);
    if (this.#isClosing) throw channelClosed(operation);
  }

  #refuseAfterEnd(operation: string): void {
    if (this.#ended !== undefined) throw this.#ended.error ?? channelClosed(operation);
  }

  #tell(status: ChannelStatus): void {
    for (const listener of this.#statusListeners) listener(status);
  }
}
