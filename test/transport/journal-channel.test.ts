/** Whether an endpoint finds the journal of its job, and whether its channel tells of packets that are not kept. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  connectNats,
  heartbeatSubject,
  linkSubject,
  type Channel,
  type ChannelStatus,
} from '../../transport/index.ts';
import { JournalChannel } from '../../transport/journal/journal-channel.ts';
import {
  createJournal,
  openJournal,
  type Journal,
} from '../../transport/journal/journal-stream.ts';
import { waitForJournal } from '../../transport/journal/journal-wait.ts';
import { useNatsServer } from '../nats-server.ts';
import { clock, useConnections } from './journal-kit.ts';

const server = useNatsServer();
const open = useConnections();
const channels: Channel[] = [];
afterEach(async () => {
  await Promise.allSettled(channels.splice(0).map((channel) => channel.close()));
});

async function recorded(journal: Journal): Promise<JournalChannel> {
  const inner = await connectNats({ url: server.url }, 'A');
  const connection = await open({ url: server.url });
  const channel = new JournalChannel({ channel: inner, connection, journal, clock });
  channels.push(channel);
  return channel;
}

describe('a channel whose packets a journal holds', () => {
  const packet = new Uint8Array(100);

  it('is closed when all is there, and counts only what the journal is to hold', async () => {
    const connection = await open({ url: server.url });
    const journal = await createJournal(connection, { job: 'kept', mode: 'transitions' });
    const channel = await recorded(journal);
    for (let index = 0; index < 300; index++) {
      channel.publish(linkSubject('kept', 'A', 'B', 0), packet);
      channel.publish(linkSubject('kept', 'A', 'B', 1), packet);
      channel.publish(heartbeatSubject('kept', 'A'), packet);
    }
    expect(channel.pendingBytes).toBe(90_000);
    await channel.flush();
    await channel.close();
    expect((await openJournal(connection, 'kept')).messages).toBe(300);
  });

  it('says at a checkpoint, and when it is closed, that packets are missing', async () => {
    const connection = await open({ url: server.url });
    const full = { job: 'full', mode: 'full', maxMessages: 5 } as const;
    const channel = await recorded(await createJournal(connection, full));
    const said: ChannelStatus[] = [];
    channel.onStatus((status) => said.push(status));
    for (let index = 0; index < 8; index++)
      channel.publish(linkSubject('full', 'A', 'B', 0), packet);
    channel.checkpoint();
    const error = expect.objectContaining({
      code: 'EDMESH_JOURNAL_INCOMPLETE',
      message: expect.stringContaining('8 packets were sent, the journal holds 5; it is full'),
    });
    await expect.poll(() => said, { timeout: 10_000 }).toContainEqual({ kind: 'closed', error });
    await expect(channel.close()).rejects.toMatchObject({ code: 'EDMESH_JOURNAL_INCOMPLETE' });
  });
});

describe('an endpoint that waits for the journal', () => {
  const wait = async (job: string, more: Partial<Parameters<typeof waitForJournal>[0]> = {}) =>
    waitForJournal({
      ...{ connection: await open({ url: server.url }), job, mode: 'full', endpoint: 'A', clock },
      ...{ timeoutMs: 0, stopping: new AbortController().signal },
      ...more,
    });

  it('finds one that comes later', async () => {
    const found = wait('later', { timeoutMs: 20_000 });
    await createJournal(await open({ url: server.url }), { job: 'later', mode: 'full' });
    await expect(found).resolves.toMatchObject({ job: 'later', messages: 0 });
  });

  it('gives up when it does not come, or is told to stop', async () => {
    await expect(wait('never')).rejects.toMatchObject({ code: 'EDMESH_JOURNAL_NOT_FOUND' });
    const stopping = AbortSignal.abort();
    const stopped = wait('never', { timeoutMs: 60_000, stopping });
    await expect(stopped).rejects.toMatchObject({ code: 'EDMESH_INTERRUPTED' });
  });

  it('does not take that of an earlier run, or one of another mode', async () => {
    const connection = await open({ url: server.url });
    const journal = await createJournal(connection, { job: 'old', mode: 'transitions' });
    const channel = await recorded(journal);
    channel.publish(linkSubject('old', 'A', 'B', 0), new Uint8Array(8));
    await channel.close();
    const mode = 'transitions';
    await expect(wait('old', { mode })).rejects.toMatchObject({ code: 'EDMESH_JOURNAL_EXISTS' });
    await expect(wait('old', { mode, endpoint: 'B' })).resolves.toMatchObject({ job: 'old' });
    await expect(wait('old')).rejects.toMatchObject({ code: 'EDMESH_CONFIGURATION' });
    const replaced = wait('old', { mode, timeoutMs: 20_000 });
    await createJournal(connection, { job: 'old', mode, replace: true });
    await expect(replaced).resolves.toMatchObject({ messages: 0 });
  });
});
