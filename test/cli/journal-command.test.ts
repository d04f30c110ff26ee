/** `edmesh journal`: what its commands print, for people and for machines, and what they do with files. */
import { describe, expect, it } from 'vitest';
import { connectNats, loadJournal } from '../../transport/index.ts';
import { useNatsServer } from '../nats-server.ts';
import { JobScript, useConnections } from '../transport/journal-kit.ts';
import { program } from './program-run.ts';
import { scratchFolder } from './scratch-folder.ts';

const server = useNatsServer();
const open = useConnections();
const folder = scratchFolder();

async function recorded(job: string, events: number): Promise<void> {
  const connection = await open({ url: server.url });
  const { createJournal, openJournal } = await loadJournal();
  await createJournal(connection, { job, mode: 'full' });
  const channel = await connectNats({ url: server.url }, 'script');
  new JobScript(job, channel).wholeJob(events);
  await channel.close();
  await expect
    .poll(async () => (await openJournal(connection, job)).messages)
    .toBe(4 * events + 10);
}

const journal = (...args: string[]) => program(['journal', ...args]);

describe('edmesh journal', () => {
  it('lists journals, says what one holds, and brings it to a file and back', async () => {
    const at = ['--nats', server.url];
    expect(await journal('ls', ...at)).toEqual({ status: 0, out: 'no journals\n', err: '' });
    await recorded('velo', 3);
    const listed = await journal('ls', ...at);
    expect(listed.out).toMatch(/job +mode +messages +bytes/);
    expect(listed.out).toMatch(/velo +full +22 +[\d,]+ +2,147,483,648 +\d{4}-\d\d-\d\dT/);
    expect(JSON.parse((await journal('ls', '--json', ...at)).out)).toMatchObject([
      { job: 'velo', mode: 'full', messages: 22, streamName: 'EDMESH_velo' },
    ]);

    const file = `${folder.path}/velo.journal`;
    const exported = await journal('export', file, ...at, '--job', 'velo');
    expect(exported).toMatchObject({ status: 0, err: '' });
    expect(exported.out).toMatch(/^22 records, [\d,]+ bytes {2}\S+velo\.journal\n$/);

    const there = await journal('info', '--job', 'velo', '--events', ...at);
    expect(there.out).toContain('of job velo, full\n');
    expect(there.out).toContain('3 of 3 events done; to the end of the job');
    expect(there.out).toMatch(/edm\.velo\.LOCAL\.REMOTE\.1 +3\n/);
    expect(there.out).toMatch(/7:1:102 +2 +LOCAL +REMOTE\n/);
    const fromFile = await journal('info', file, '--events', '--json');
    const fromServer = await journal('info', '--job', 'velo', '--events', '--json', ...at);
    const told = JSON.parse(fromFile.out) as Record<string, unknown>;
    const same = ['job', 'mode', 'processes', 'eventsSent', 'events', 'isComplete', 'packets'];
    expect(JSON.parse(fromServer.out)).toMatchObject(
      Object.fromEntries(same.map((name) => [name, told[name]])),
    );
    expect(told).toMatchObject({ job: 'velo', records: 22, eventsDone: 3 });

    const other = await journal('info', file, '--job', 'other');
    expect(other).toMatchObject({ status: 88, out: '' });
    expect(other.err).toContain(`--job: ${file} holds the journal of job velo, not of other`);

    const refused = await journal('import', file, ...at);
    expect(refused).toMatchObject({ status: 73, out: '' });
    expect(refused.err).toContain('job velo has a journal with 22 messages already');
    expect(await journal('import', file, ...at, '--replace')).toEqual({
      status: 0,
      out: '22 records  journal of job velo\n',
      err: '',
    });
    expect((await journal('import', file, ...at, '--job', 'again', '--quiet')).out).toBe('');
    expect((await journal('ls', ...at)).out).toMatch(/again +full +22 /);
  });

  it('says what is wrong with its options', async () => {
    const job = ['--job', 'velo'];
    expect(await journal('ls')).toMatchObject({
      status: 88,
      err: expect.stringContaining('--nats: name the server that has the journal'),
    });
    expect((await journal('info', '--nats', server.url)).err).toContain('--job: name the job');
    expect((await journal('info', 'x', '--nats', server.url)).err).toContain(
      'a file needs no server',
    );
    const nobody = await journal('info', '--nats', server.url, '--job', 'nobody');
    expect(nobody).toMatchObject({ status: 90 });
    expect(nobody.err).toContain('job nobody has no journal on this server');
    expect((await journal('export', '/proc/x', '--nats', server.url, ...job)).status).toBe(97);
    const far = await journal('ls', '--nats', 'nats://192.0.2.1');
    expect(far.err).toContain('not on this machine');
  });
});
