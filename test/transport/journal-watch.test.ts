/** Whether a sender notices what its journal has not kept. */
import { afterEach, describe, expect, it } from 'vitest';
import type { EdmeshError } from '../../edm/index.ts';
import { connectNats, type Channel } from '../../transport/index.ts';
import {
  createJournal,
  openJournal,
  type Journal,
} from '../../transport/journal/journal-stream.ts';
import { JournalWatch, type JournalWatchOptions } from '../../transport/journal/journal-watch.ts';
import { useNatsServer } from '../nats-server.ts';
import { clock, JobScript, useConnections } from './journal-kit.ts';

const server = useNatsServer();
const open = useConnections();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

interface Watched {
  readonly watch: JournalWatch;
  readonly script: JobScript;
  readonly channel: Channel;
  readonly journal: Journal;
  readonly problems: EdmeshError[];
}

async function watched(
  journal: Journal,
  options: Partial<JournalWatchOptions> = {},
): Promise<Watched> {
  const channel = await connectNats({ url: server.url }, 'sender');
  const script = new JobScript(journal.job, channel);
  const problems: EdmeshError[] = [];
  const watch = new JournalWatch({
    connection: await open({ url: server.url }),
    journal,
    sent: () => script.sent(),
    flush: () => channel.flush(),
    clock,
    onProblem: (error) => problems.push(error),
    everyMs: 3_600_000,
    patienceMs: 100,
    ...options,
  });
  ends.push(() => {
    watch.stop();
    return channel.close();
  });
  return { watch, script, channel, journal, problems };
}

describe('a watch over a journal', () => {
  it('waits until all is stored that was sent', async () => {
    const connection = await open({ url: server.url });
    const journal = await createJournal(connection, { job: 'kept', mode: 'full' });
    const { watch, script, problems } = await watched(journal, { patienceMs: 10_000 });
    await watch.check();
    script.wholeJob(500);
    await watch.check();
    expect((await openJournal(connection, 'kept')).messages).toBe(500 * 4 + 10);
    expect(problems).toEqual([]);
  });

  it('looks at transitions alone where the journal keeps no more', async () => {
    const connection = await open({ url: server.url });
    const journal = await createJournal(connection, { job: 'some', mode: 'transitions' });
    const { watch, script } = await watched(journal, { patienceMs: 10_000 });
    script.wholeJob(20);
    await watch.check();
    expect((await openJournal(connection, 'some')).messages).toBe(20 * 2 + 10);
  });

  it.each([
    ['messages', { maxMessages: 10 }],
    ['bytes', { maxBytes: 1400 }],
  ])('notices that a journal is full: %s', async (_, limit) => {
    const connection = await open({ url: server.url });
    const journal = await createJournal(connection, { job: 'small', mode: 'full', ...limit });
    const { watch, script, problems } = await watched(journal);
    script.wholeJob(8);
    const error = await watch.check().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'EDMESH_JOURNAL_INCOMPLETE',
      fields: { full: true },
      message: expect.stringMatching(/packets were sent, the journal holds \d+; it is full/),
    });
    const { subject, sent, stored } = (error as EdmeshError).fields;
    expect(script.sent().get(String(subject))).toBe(sent);
    expect(stored).toBeLessThan(Number(sent));
    expect(problems).toEqual([error]);
    // It stays that way.
    await expect(watch.check()).rejects.toBe(error);
    await connection.request(`$JS.API.STREAM.DELETE.${journal.streamName}`);
  });

  it('looks by itself, and tells once', async () => {
    const connection = await open({ url: server.url });
    const journal = await createJournal(connection, { job: 'alone', mode: 'full', maxMessages: 6 });
    const { script, problems } = await watched(journal, { everyMs: 20 });
    script.wholeJob(2);
    await expect
      .poll(() => problems.map(({ code }) => code), { timeout: 10_000 })
      .toEqual(['EDMESH_JOURNAL_INCOMPLETE']);
  });

  it('notices somebody else on the same subjects', async () => {
    const connection = await open({ url: server.url });
    const journal = await createJournal(connection, { job: 'shared', mode: 'full' });
    const { watch, script, channel } = await watched(journal, { patienceMs: 10_000 });
    script.wholeJob(1);
    await watch.check();
    channel.publish('edm.shared.LOCAL.REMOTE.0', new Uint8Array(16));
    await channel.flush();
    await expect.poll(() => openJournal(connection, 'shared')).toMatchObject({ messages: 15 });
    await expect(watch.check()).rejects.toThrow(/holds 8 packets, but only 7 were sent from here/);
  });

  it('says that its journal was removed', async () => {
    const connection = await open({ url: server.url });
    const journal = await createJournal(connection, { job: 'gone', mode: 'full' });
    const { watch, script } = await watched(journal);
    script.wholeJob(1);
    await watch.check();
    await connection.request(`$JS.API.STREAM.DELETE.${journal.streamName}`);
    await expect(watch.check()).rejects.toMatchObject({ code: 'EDMESH_JOURNAL_NOT_FOUND' });
  });
});
