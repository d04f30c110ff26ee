/** Reading a journal in order, whatever happens on the way. */
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { connectNats } from '../../transport/index.ts';
import { parseDelivery } from '../../transport/journal/journal-delivery.ts';
import { readJournal } from '../../transport/journal/journal-reader.ts';
import {
  createJournal,
  openJournal,
  type Journal,
} from '../../transport/journal/journal-stream.ts';
import { useNatsServer } from '../nats-server.ts';
import { allOf, clock, useConnections } from './journal-kit.ts';

const server = useNatsServer();
const open = useConnections();
const count = 3000;
let journal: Journal;

/** Numbered packets, on two subjects in turn. */
async function fill(job: string, from: number, to: number): Promise<void> {
  const channel = await connectNats({ url: server.url }, 'writer');
  for (let number = from; number < to; number += 1) {
    const payload = new Uint8Array(64 + (number % 100));
    new DataView(payload.buffer).setUint32(0, number);
    channel.publish(`edm.${job}.A.B.${number % 2}`, payload);
  }
  await channel.close();
}

async function filled(job: string, packets: number): Promise<Journal> {
  const connection = await open({ url: server.url });
  await createJournal(connection, { job, mode: 'full' });
  await fill(job, 0, packets);
  return vi.waitFor(async () => {
    const full = await openJournal(connection, job);
    expect(full.messages).toBe(packets);
    return full;
  }, 20_000);
}

/** A connection that loses some of the records that come. */
function lossy(connection: NatsConnection, loses: (seen: number) => boolean): NatsConnection {
  let seen = 0;
  const subscribe: NatsConnection['subscribe'] = (subject, options) => {
    const callback = (error: Error | null, message: Msg): void => {
      const isRecord = message.reply?.startsWith('$JS.ACK.') ?? false;
      if (isRecord && loses(seen++)) return;
      void options?.callback?.(error, message);
    };
    return connection.subscribe(subject, { ...options, callback });
  };
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'subscribe') return subscribe;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const numbersOf = (records: readonly { readonly payload: Uint8Array }[]): number[] =>
  records.map(({ payload }) =>
    new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(0),
  );

const range = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);

describe('a reader', () => {
  beforeAll(async () => {
    journal = await filled('read', count);
  });

  it('gives every record once, in order, as it was sent', async () => {
    const connection = await open({ url: server.url });
    const records = await allOf(readJournal({ connection, journal, clock }));
    expect(numbersOf(records)).toEqual(range(0, count));
    expect(records.map(({ sequence }) => sequence)).toEqual(range(1, count + 1));
    expect(records[7]).toMatchObject({ subject: 'edm.read.A.B.1', sequence: 8 });
    expect(records[7]?.payload).toHaveLength(71);
    const times = records.map(({ timeMs }) => timeMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBe(journal.firstMs);
  });

  it('begins at a sequence number, and takes a pattern of subjects', async () => {
    const connection = await open({ url: server.url });
    const some = { connection, journal, clock, fromSequence: 2001 };
    expect(numbersOf(await allOf(readJournal(some)))).toEqual(range(2000, count));
    const odd = { ...some, subject: 'edm.read.*.*.1' };
    expect(numbersOf(await allOf(readJournal(odd)))).toEqual(range(2001, count, 2));
    expect(await allOf(readJournal({ ...some, subject: 'edm.read.*.*.7' }))).toEqual([]);
    expect(await allOf(readJournal({ ...some, fromSequence: count + 1 }))).toEqual([]);
  });

  it('gives nothing of an empty journal', async () => {
    const connection = await open({ url: server.url });
    const empty = await createJournal(connection, { job: 'empty', mode: 'full' });
    expect(await allOf(readJournal({ connection, journal: empty, clock }))).toEqual([]);
  });

  it('ends at the last record that was there when it began', async () => {
    const connection = await open({ url: server.url });
    const grows = await filled('grows', 500);
    const numbers: number[] = [];
    for await (const records of readJournal({ connection, journal: grows, clock })) {
      if (numbers.length === 0) await fill('grows', 500, 600);
      numbers.push(...numbersOf(records));
    }
    expect(numbers).toEqual(range(0, 500));
    const subject = 'edm.grows.A.B.0';
    const later = readJournal({ connection, journal: grows, clock, subject });
    expect(numbersOf(await allOf(later))).toEqual(range(0, 600, 2));
  });

  it.each([
    ['the first', (seen: number) => seen === 0],
    ['one in the middle', (seen: number) => seen === 1234],
    ['the last', (seen: number) => seen === count - 1],
    ['one in two hundred', (seen: number) => seen % 200 === 150],
  ])('reads records again that were lost on the way: %s', async (_, loses) => {
    const connection = lossy(await open({ url: server.url }), loses);
    const records = await allOf(readJournal({ connection, journal, clock }));
    expect(numbersOf(records)).toEqual(range(0, count));
  });

  it('goes on where the server has forgotten what it reads', async () => {
    const connection = await open({ url: server.url });
    const large = await filled('forgotten', 40_000);
    const numbers: number[] = [];
    for await (const records of readJournal({ connection, journal: large, clock })) {
      if (numbers.length === 0) {
        const { jetstreamManager } = await import('@nats-io/jetstream');
        const { consumers } = await jetstreamManager(connection);
        for await (const { name } of consumers.list(large.streamName)) {
          await consumers.delete(large.streamName, name);
        }
      }
      numbers.push(...numbersOf(records));
    }
    expect(numbers).toEqual(range(0, 40_000));
  });

  it('takes no more than its reader does, and leaves nothing behind', async () => {
    const connection = await open({ url: server.url });
    for await (const records of readJournal({ connection, journal, clock })) {
      expect(records[0]?.sequence).toBe(1);
      break;
    }
    const { jetstreamManager } = await import('@nats-io/jetstream');
    const { consumers } = await jetstreamManager(connection);
    await expect.poll(() => consumers.list(journal.streamName).next()).toEqual([]);
  });

  it('says that records were removed, that the journal was, and that nothing comes any more', async () => {
    const connection = await open({ url: server.url });
    const { jetstreamManager } = await import('@nats-io/jetstream');
    const { streams } = await jetstreamManager(connection);
    await streams.add({ name: 'EDMESH_holes', subjects: ['edm.holes.*.*.*', 'edm.holes.hello'] });
    await fill('holes', 0, 20);
    await expect.poll(async () => (await openJournal(connection, 'holes')).messages).toBe(20);
    await streams.deleteMessage('EDMESH_holes', 5);
    const holes = await openJournal(connection, 'holes');
    await expect(allOf(readJournal({ connection, journal: holes, clock }))).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_INCOMPLETE',
      fields: { expected: 5, sequence: 6 },
    });
    await streams.delete('EDMESH_holes');
    await expect(allOf(readJournal({ connection, journal: holes, clock }))).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_NOT_FOUND',
    });
    const silent = lossy(connection, () => true);
    const hasty = { now: clock.now, after: (_: number, act: () => void) => clock.after(10, act) };
    await expect(
      allOf(readJournal({ connection: silent, journal, clock: hasty })),
    ).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_SERVER',
      message: expect.stringContaining('it sends nothing any more'),
    });
  });

  it('fails when its connection is closed', async () => {
    const connection = await open({ url: server.url });
    const reading = readJournal({ connection: lossy(connection, () => true), journal, clock });
    const first = reading.next();
    await connection.flush();
    await connection.close();
    await expect(first).rejects.toMatchObject({ code: 'EDMESH_JOURNAL_SERVER' });
  });
});

describe('the numbers of a delivery', () => {
  it.each([
    ['$JS.ACK.S.C.1.22.333.1700000000123456789.4', 11],
    ['$JS.ACK.d.hash.S.C.1.22.333.1700000000123456789.4.random', 18],
  ])('%s', (reply, at) => {
    const delivery = { sequence: 0, delivered: 0, timeMs: 0, pending: 0 };
    parseDelivery(reply, at + 1, delivery);
    expect(delivery).toEqual({
      sequence: 22,
      delivered: 333,
      timeMs: 1_700_000_000_123,
      pending: 4,
    });
  });
});
