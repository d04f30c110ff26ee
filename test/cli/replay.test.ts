/** Journals of jobs and replays on them, through the built command: kept in a file, or on a server that is there. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { useNatsServer } from '../nats-server.ts';
import { runBuilt, startCommand } from './built-command.ts';
import { localConfig, remoteConfig } from './journal-configs.ts';
import { program } from './program-run.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();
const local = folder.write('local.config.ts', localConfig);
const remote = folder.write('remote.config.ts', remoteConfig);
const edmesh = (...args: readonly string[]) => runBuilt(folder.path, args);
const cluster = (...args: readonly string[]) => edmesh('cluster', local, remote, ...args);
const quiet = '--quiet';
/** These run several processes, one after the other. */
const patient = { timeout: 120_000 };

describe('a cluster', patient, () => {
  it('keeps its journal in a file, which is not thrown away unasked', async () => {
    const first = await cluster('--journal', 'full', '--job', 'kept');
    expect(first.status).toBe(0);
    expect(first.out).toMatch(/^journal +kept\.journal$/m);
    const info = await edmesh('journal', 'info', 'kept.journal');
    expect(info.out).toContain('of job kept, full, in kept.journal');
    expect(info.out).toContain('40 of 40 events done; to the end of the job');
    const again = await cluster('--journal', 'full', '--job', 'kept');
    expect(again).toMatchObject({ status: 73, out: '' });
    expect(again.err).toContain('kept.journal is there already');
    const other = ['--job', 'kept', '--journal-file', 'deep/other.journal'];
    const replaced = await cluster('--journal', 'transitions', ...other, quiet);
    expect(replaced).toMatchObject({ status: 0, err: '' });
    expect(existsSync(`${folder.path}/deep/other.journal`)).toBe(true);
  });

  it('fails when its journal is full, in a process that has sent what is missing', async () => {
    const { status, err } = await cluster(
      '--journal',
      'full',
      '--journal-size',
      '64K',
      '--job',
      'small',
      quiet,
      '-p',
      'events=400',
    );
    expect(status).toBe(100);
    expect(err).toContain('EDMESH_JOURNAL_INCOMPLETE');
    expect(err).toMatch(
      /edm\.small\.\S+: \d+ packets were sent, the journal holds \d+; it is full/,
    );
  });

  it.each([
    [['--journal', 'full', '--in-process'], '--journal: a NATS server keeps it'],
    [['--journal', 'some'], "--journal: 'some' is none of off, transitions, full"],
    [['--journal-file', 'x'], '--journal-file: it needs --journal'],
    [['--journal-size', '1G'], '--journal-size: it needs --journal'],
    [['--journal', 'full', '--journal-size', 'big'], "--journal-size: 'big' is no size"],
  ])('refuses %j', async (args, message) => {
    const { status, err } = await cluster(...args);
    expect(err).toContain(message);
    expect(status).toBe(88);
  });
});

describe('a replay from a file', patient, () => {
  const file = ['--file', 'job.journal'];
  const replay = (...args: readonly string[]) => edmesh('replay', ...args, ...file, quiet);

  beforeAll(async () => {
    const lanes = ['--for', 'REMOTE', '--threads 2 --streams 3', '--streams', '2'];
    const ran = await cluster('--journal', 'full', '--job', 'job', quiet, ...lanes);
    expect(ran).toMatchObject({ status: 0, err: '' });
  }, 120_000);

  it('is equal for either process, with any number of EDM streams', async () => {
    const back = await replay(
      remote,
      '--process',
      'REMOTE',
      '--streams',
      '4',
      '--report',
      'r.json',
    );
    expect(back).toMatchObject({ status: 0, err: '' });
    expect(back.out).toMatch(/^Processed 40 events in /m);
    expect(back.out).toContain('Replayed 40 events of job job: 80 products equal, 0 different\n');
    const report = JSON.parse(readFileSync(`${folder.path}/r.json`, 'utf8')) as object;
    expect(report).toMatchObject({ events: 40, replay: { equal: 80, different: 0 } });
    const there = await replay(local, '--job', 'job');
    expect(there).toMatchObject({ status: 0, err: '' });
    expect(there.out).toContain('40 events sent to followers, 80 products equal, 0 different\n');
  });

  it('runs one event, or a range, with the runs and luminosity blocks that they need', async () => {
    const one = await replay(remote, '--event', '2:1:7', '--report', 'one.json');
    expect(one.out).toContain('Replayed 1 event of job job: 2 products equal, 0 different\n');
    const report = JSON.parse(readFileSync(`${folder.path}/one.json`, 'utf8')) as object;
    expect(report).toMatchObject({
      events: 1,
      transitions: { beginRun: 1, beginLumi: 1, endLumi: 1, endRun: 1 },
    });
    const range = await replay(local, '--from', '1:1:9', '--to', '1:2:12');
    expect(range.out).toContain('4 events sent to followers, 8 products equal, 0 different\n');
  });

  it('lists the events', async () => {
    const { out } = await edmesh('replay', '--list', ...file);
    expect(out).toMatch(/event +ordinal/);
    expect(out).toMatch(/^ +2:2:20 +39 +LOCAL +REMOTE-[01] *$/m);
    const json = await edmesh('replay', '--list', '--json', '--process', 'REMOTE', ...file);
    expect(JSON.parse(json.out)).toHaveLength(40);
  });

  it('ends with status 1 and the first difference', async () => {
    const { status, err, out } = await replay(remote, '-p', 'scale=4', '--streams', '3');
    expect(status).toBe(1);
    expect(out).toContain('40 products equal, 40 different\n');
    expect(err).toContain('EDMESH_REPLAY_DIVERGED');
    expect(err).toContain(
      'process REMOTE: event 1:1:1, ordinal 0, Rows_maker__REMOTE, sent by sender on instance 2, ' +
        'column value, index 3: 4 now, 3 then; 39 further differences',
    );
  });

  it('says what it cannot do', async () => {
    const at = (name: string) => `${folder.path}/${name}`;
    const bytes = readFileSync(at('job.journal'));
    writeFileSync(at('cut.journal'), bytes.subarray(0, 5000));
    bytes[6000] = (bytes[6000] ?? 0) ^ 1;
    writeFileSync(at('damaged.journal'), bytes);
    const whole = ['--file', at('job.journal')];
    for (const [args, status, message] of [
      [[remote, ...whole, '--event', '1:1:99'], 73, 'the journal has no event 1:1:99'],
      [[remote, ...whole, '--event', '1:1'], 88, "--event: '1:1' is not RUN:LUMI:EVENT"],
      [[remote, ...whole, '--process', 'LOCAL'], 88, 'is process REMOTE, not LOCAL'],
      [[remote, ...whole, '--job', 'other'], 88, 'holds the journal of job job, not of other'],
      [['--list', '--process', 'NOBODY', ...whole], 73, 'no process NOBODY; it has LOCAL, REMOTE'],
      [[remote, '--file', at('none.journal')], 84, 'no such file'],
      [[remote, '--file', at('cut.journal')], 85, 'it is cut off'],
      [[remote, '--file', at('damaged.journal')], 85, 'damaged.journal'],
      [[remote], 88, '--nats: name the server'],
      [whole, 88, 'name the config of the process'],
    ] as const) {
      const ended = await program(['replay', ...args]);
      expect([ended.err, ended.status]).toEqual([expect.stringContaining(message), status]);
    }
  });

  it('is refused for a process with receivers where transitions alone were recorded', async () => {
    await cluster('--journal', 'transitions', '--job', 'bare', quiet);
    const { status, err } = await edmesh('replay', remote, '--file', 'bare.journal');
    expect(status).toBe(73);
    expect(err).toContain('the journal of job bare holds transitions alone');
    expect(err).toContain('receiver; record the job with --journal full');
  });

  it('drains at a signal', async () => {
    const slow = ['--set', 'maker.delayMs=100', '--log-level', 'info', '--file', 'job.journal'];
    const running = startCommand(folder.path, ['replay', remote, ...slow]);
    await running.written('Processing');
    running.kill('SIGINT');
    const { status, err, out } = await running.ended;
    expect(err).toContain('SIGINT');
    expect(status).toBe(40);
    expect(out).not.toMatch(/[1-9]\d* different/);
  });
});

describe('processes that join over a server', patient, () => {
  const server = useNatsServer();

  it('keep a journal there, which replays while nobody else runs', async () => {
    const at = ['--nats', server.url, '--job', 'joined'];
    const recorded = [...at, '--journal', 'full', quiet];
    const follower = startCommand(folder.path, ['run', remote, ...recorded]);
    const controller = await edmesh('run', local, ...recorded);
    expect(controller).toMatchObject({ status: 0, err: '' });
    expect(await follower.ended).toMatchObject({ status: 0, err: '' });
    const replayed = await edmesh('replay', remote, ...at, '--event', '1:2:15', quiet);
    expect(replayed.out).toContain(
      'Replayed 1 event of job joined: 2 products equal, 0 different\n',
    );
    const whole = await edmesh('replay', local, ...at, quiet);
    expect(whole.out).toContain('80 products equal, 0 different\n');
    const again = await edmesh('run', local, ...recorded);
    expect(again.status).toBe(73);
    expect(again.err).toContain('job joined has a journal with');
    const nobody = await edmesh('replay', remote, '--nats', server.url, '--job', 'nobody');
    expect(nobody).toMatchObject({ status: 90 });
    expect(nobody.err).toContain('job nobody has no journal on this server');
  });

  it('replays what came before a failure', async () => {
    const at = ['--nats', server.url, '--job', 'failed'];
    const failing = ['--for', 'REMOTE', '--set maker.failAt=12'];
    const ran = await cluster(...at, '--journal', 'full', quiet, ...failing);
    expect(ran.err).toContain('no luck');
    expect(ran.err).not.toContain('EDMESH_JOURNAL');
    const again = await edmesh(
      'replay',
      remote,
      ...at,
      '--event',
      '1:2:12',
      '--set',
      'maker.failAt=12',
    );
    expect(again.status).toBe(66);
    expect(again.err).toContain('no luck');
    const mended = await edmesh('replay', remote, ...at, quiet);
    expect(mended.status).toBe(1);
    expect(mended.out).toContain('Then, REMOTE failed: no luck');
    expect(mended.err).toContain('event 1:2:12, ordinal 11, sent by sender on instance 2: ');
    expect(mended.err).toContain('products now, nothing: its path is not active then');
  });
});
