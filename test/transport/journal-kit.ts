/** What tests of journals share: a clock, a connection, and packets of a small job. */
import type { NatsConnection } from '@nats-io/transport-node';
import { afterEach } from 'vitest';
import {
  encodeSerialised,
  FrameHeader,
  frameKinds,
  helloSubject,
  linkSubject,
  openNatsConnection,
  Outboxes,
  type Channel,
  type FrameKind,
  type NatsSettings,
} from '../../transport/index.ts';
import type { JournalClock } from '../../transport/journal/journal-clock.ts';
import type { JournalRecord, JournalRecords } from '../../transport/journal/journal-record.ts';

export const clock: JournalClock = {
  now: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};

/** Opens connections that are closed after each test. */
export function useConnections(): (settings: NatsSettings) => Promise<NatsConnection> {
  const open: NatsConnection[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((connection) => connection.close()));
  });
  return async (settings) => {
    const connection = await openNatsConnection(settings, 'test');
    open.push(connection);
    return connection;
  };
}

/** All records of a journal, in one list. */
export async function allOf(records: JournalRecords): Promise<JournalRecord[]> {
  const all: JournalRecord[] = [];
  for await (const batch of records) all.push(...batch);
  return all;
}

/** Records as an iterable, so many at a time. */
export async function* inBatches(
  records: readonly JournalRecord[],
  size = 3,
): AsyncGenerator<readonly JournalRecord[], void, undefined> {
  for (let at = 0; at < records.length; at += size) yield records.slice(at, at + size);
}

/** Writes packets of a job to wherever they go, in the order of the calls. */
export class JobScript {
  readonly #job: string;
  readonly #channel: Pick<Channel, 'publish' | 'maxPayloadBytes'>;
  readonly #outboxes: Outboxes;

  constructor(job: string, channel: Channel) {
    this.#job = job;
    this.#channel = channel;
    this.#outboxes = new Outboxes({ channel, soon: () => undefined });
  }

  /** Packets sent so far, by subject. */
  sent(): ReadonlyMap<string, number> {
    return this.#outboxes.sentBySubject();
  }

  hello(process: string, lane = 0, lanes = 1): void {
    const endpoint = lanes === 1 ? process : `${process}-${lane}`;
    const hello = { endpoint, process, lane, lanes, isAnswer: false, failure: null };
    this.#channel.publish(helloSubject(this.#job), encodeSerialised(hello, 'hello'));
  }

  /** Sends one frame in a packet of its own. */
  send(
    way: readonly [from: string, to: string, instance?: number],
    kind: FrameKind,
    fields: Partial<FrameHeader> = {},
    body?: unknown,
  ): void {
    const [from, to, instance = 0] = way;
    const outbox = this.#outboxes.open(linkSubject(this.#job, from, to, instance));
    const bytes =
      body === undefined
        ? new Uint8Array(0)
        : body instanceof Uint8Array
          ? body
          : encodeSerialised(body, 'body');
    outbox.begin(Object.assign(new FrameHeader(), { kind }, fields), bytes.length);
    outbox.write(bytes);
    this.#outboxes.flush();
  }

  /** A job with a controller and a follower, which has one event in flight after the other. */
  wholeJob(events: number, [from, to]: readonly [string, string] = ['LOCAL', 'REMOTE']): void {
    this.hello(from);
    this.hello(to);
    this.send([from, to], frameKinds.connect, {}, { process: from, lanes: 1, contract: [] });
    this.send([to, from], frameKinds.accept, {}, { slots: 2 });
    this.send([from, to], frameKinds.beginRun, { run: 7 });
    this.send([from, to], frameKinds.beginLumi, { run: 7, lumi: 1 });
    for (let ordinal = 0; ordinal < events; ordinal += 1) {
      const id = { run: 7, lumi: 1, event: 100 + ordinal, ordinal, slot: ordinal % 2 };
      this.send([from, to], frameKinds.event, id);
      this.send([from, to, 1], frameKinds.products, id, new Uint8Array(24).fill(ordinal));
      this.send([to, from, 2], frameKinds.products, id, new Uint8Array(16).fill(ordinal + 1));
      this.send([to, from], frameKinds.eventDone, id);
    }
    this.send([from, to], frameKinds.endLumi, { run: 7, lumi: 1, event: events });
    this.send([from, to], frameKinds.endRun, { run: 7 });
    this.send([from, to], frameKinds.disconnect);
    this.send([to, from], frameKinds.left);
  }
}

/** A channel that keeps what is published as the records of a journal. */
export class RecordingChannel implements Channel {
  readonly kind = 'memory';
  readonly maxPayloadBytes: number;
  readonly pendingBytes = 0;
  readonly records: JournalRecord[] = [];

  constructor(maxPayloadBytes = 1024 * 1024) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  publish(subject: string, payload: Uint8Array): void {
    const sequence = this.records.length + 1;
    this.records.push({ sequence, subject, payload, timeMs: 1_700_000_000_000 + sequence });
  }

  subscribe(): never {
    throw new Error('nothing can be heard here');
  }

  async drained(): Promise<void> {}

  async flush(): Promise<void> {}

  onStatus(): void {}

  async close(): Promise<void> {}
}
