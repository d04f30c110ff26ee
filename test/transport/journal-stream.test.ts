/** Making, finding and listing journals, with and without the right to. */
import { afterEach, describe, expect, it } from 'vitest';
import { connectNats, type Channel } from '../../transport/index.ts';
import {
  listJournals,
  journalPackets,
  summariseJournal,
} from '../../transport/journal/journal-list.ts';
import { createJournal, openJournal } from '../../transport/journal/journal-stream.ts';
import { journalStreamName } from '../../transport/nats/permissions.ts';
import { useNatsServer } from '../nats-server.ts';
import { clock, JobScript, useConnections } from './journal-kit.ts';

const open = useConnections();
const channels: Channel[] = [];
afterEach(async () => {
  await Promise.all(channels.splice(0).map((channel) => channel.close()));
});

describe('on a server without accounts', () => {
  const server = useNatsServer();

  async function scriptOf(job: string): Promise<{ script: JobScript; channel: Channel }> {
    const channel = await connectNats({ url: server.url }, 'script');
    channels.push(channel);
    return { script: new JobScript(job, channel), channel };
  }

  it('keeps all packets of a job in mode full, and no heartbeats', async () => {
    const connection = await open({ url: server.url });
    const made = await createJournal(connection, { job: 'full', mode: 'full' });
    expect(made).toMatchObject({
      job: 'full',
      mode: 'full',
      streamName: 'EDMESH_full',
      messages: 0,
    });
    expect([made.firstMs, made.lastMs]).toEqual([undefined, undefined]);
    const { script, channel } = await scriptOf('full');
    channel.publish('edm.full.hb.LOCAL', new Uint8Array(8));
    channel.publish('edm.other.LOCAL.REMOTE.0', new Uint8Array(8));
    script.wholeJob(3);
    await channel.flush();
    await expect.poll(async () => (await openJournal(connection, 'full')).messages).toBe(22);
    const journal = await openJournal(connection, 'full');
    expect([...(await journalPackets(connection, journal))]).toEqual([
      ['edm.full.LOCAL.REMOTE.0', 9],
      ['edm.full.LOCAL.REMOTE.1', 3],
      ['edm.full.REMOTE.LOCAL.0', 5],
      ['edm.full.REMOTE.LOCAL.2', 3],
      ['edm.full.hello', 2],
    ]);
    expect(journal.firstMs).toBeLessThanOrEqual(journal.lastMs ?? 0);
  });

  it('keeps transitions and greetings alone in mode transitions, and tells what they say', async () => {
    const connection = await open({ url: server.url });
    const journal = await createJournal(connection, { job: 'short', mode: 'transitions' });
    const { script, channel } = await scriptOf('short');
    script.wholeJob(4);
    await channel.flush();
    await expect.poll(async () => (await openJournal(connection, 'short')).messages).toBe(18);
    const summary = await summariseJournal({ connection, journal, clock }, { events: true });
    expect(summary.processes).toEqual([
      { process: 'LOCAL', endpoints: ['LOCAL'] },
      { process: 'REMOTE', endpoints: ['REMOTE'] },
    ]);
    expect(summary).toMatchObject({ eventsSent: 4, eventsDone: 4, isComplete: true });
    expect(summary.events[3]).toEqual({
      ...{ run: 7, lumi: 1, event: 103, ordinal: 3, block: 0, attempt: 0, timeUs: 0 },
      ...{ from: 'LOCAL', to: 'REMOTE', isDone: true },
    });
  });

  it('mixes no two runs of a job, unless it is told to throw the first away', async () => {
    const connection = await open({ url: server.url });
    await createJournal(connection, { job: 'twice', mode: 'transitions' });
    // Nothing is in it yet: it may become another one.
    const full = await createJournal(connection, { job: 'twice', mode: 'full', maxMessages: 500 });
    expect(full).toMatchObject({ mode: 'full', maxMessages: 500 });
    const { script, channel } = await scriptOf('twice');
    script.hello('LOCAL');
    await channel.flush();
    await expect.poll(async () => (await openJournal(connection, 'twice')).messages).toBe(1);
    await expect(createJournal(connection, { job: 'twice', mode: 'full' })).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_EXISTS',
      fields: { job: 'twice', messages: 1 },
    });
    const again = await createJournal(connection, { job: 'twice', mode: 'full', replace: true });
    expect(again.messages).toBe(0);
  });

  it('says that a job has no journal, and that another stream is in the way', async () => {
    const connection = await open({ url: server.url });
    await expect(openJournal(connection, 'nobody')).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_NOT_FOUND',
      fields: { job: 'nobody' },
    });
    expect(() => journalStreamName('a.b')).toThrow(/'a.b' is not 1 to 64/);
    const { jetstreamManager } = await import('@nats-io/jetstream');
    const { streams } = await jetstreamManager(connection);
    await streams.add({ name: 'OTHER', subjects: ['edm.taken.>'] });
    await expect(createJournal(connection, { job: 'taken', mode: 'full' })).rejects.toThrow(
      /another stream holds subjects of that job/,
    );
    await streams.add({ name: 'EDMESH_odd', subjects: ['odd.>'] });
    await expect(openJournal(connection, 'odd')).rejects.toThrow(/EDMESH_odd is no journal/);
    const jobs = (await listJournals(connection)).map(({ job }) => job);
    expect(jobs).toEqual(['full', 'short', 'twice']);
  });
});

describe('on a server with accounts', () => {
  const server = useNatsServer({
    configuration: `accounts {
      BIG { jetstream: enabled, users: [
        { user: admin, password: a },
        { user: worker, password: w, permissions: {
          publish: ["edm.>", "$JS.API.STREAM.INFO.>"], subscribe: ["edm.>", "_INBOX.>"] } } ] }
      SMALL { jetstream: { max_mem: 1M, max_file: 2M, max_streams: 4, max_consumers: 4 },
        users: [{ user: small, password: s }] }
      NONE { users: [{ user: none, password: n }] }
    }`,
  });

  const as = (user: string): ReturnType<typeof open> =>
    open({
      url: server.url,
      credentials: { kind: 'user', user, password: user.slice(0, 1) },
    });

  it('lets an administrator make a journal and others find it', async () => {
    const worker = await as('worker');
    await expect(createJournal(worker, { job: 'mine', mode: 'full' })).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_SERVER',
      message: expect.stringContaining('these credentials do not allow it'),
    });
    await createJournal(await as('admin'), { job: 'mine', mode: 'full' });
    expect(await openJournal(worker, 'mine')).toMatchObject({ job: 'mine', mode: 'full' });
  });

  it('says that an account has too little room', async () => {
    const small = await as('small');
    const wish = { job: 'large', mode: 'full', maxBytes: 4_000_000 } as const;
    await expect(createJournal(small, wish)).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_SERVER',
      fields: { job: 'large', maxBytes: 4_000_000, left: 2_000_000, limit: 2_000_000 },
    });
    expect(await createJournal(small, { ...wish, maxBytes: 1_000_000 })).toMatchObject({
      maxBytes: 1_000_000,
    });
    await expect(
      createJournal(small, { ...wish, job: 'two', maxBytes: 1_500_000 }),
    ).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_SERVER',
      message: expect.stringMatching(/not enough room|has 1000000 left/),
    });
  });

  it('says that an account has no JetStream', async () => {
    const none = await as('none');
    await expect(createJournal(none, { job: 'x', mode: 'full' })).rejects.toMatchObject({
      code: 'EDMESH_JOURNAL_SERVER',
      message: expect.stringContaining('has no JetStream'),
    });
  });
});
