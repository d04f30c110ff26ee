/**
 * How a cluster ends when something ends it early: a failure, a death, signals to it or to its processes. Whatever
 * happens, no process is left, and the report says what became of each.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allGone, startCommand, type CommandOutcome } from './built-command.ts';
import { clusterConfig } from './cluster-configs.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();
const a = folder.write('a.config.ts', clusterConfig('A', 'onlyA'));
const b = folder.write('b.config.ts', clusterConfig('B', 'onlyB'));
const start = (...args: readonly string[]) => startCommand(folder.path, ['cluster', ...args]);
const pid = (name: string) => Number(readFileSync(`${folder.path}/${name}.pid`, 'utf8'));
const gone = () => allGone([pid('A'), pid('B')]);

const long = [a, b, '-p', 'events=100000', '--set', 'work.delayMs=2', '--report', 'r.json'];
const stuck = [a, b, '--set', 'work.delayMs=600000', '--report', 'r.json'];
const report = () =>
  JSON.parse(readFileSync(`${folder.path}/r.json`, 'utf8')) as Readonly<Record<string, unknown>>;

describe('a process that fails', () => {
  it('gives its status to the cluster, and lets the others drain', async () => {
    const { status, err, out } = await start(...long, '--set', 'onlyB.failAt=9').ended;
    expect(status).toBe(66);
    expect(err).toMatch(/^B\| {3}no luck in B$/m);
    expect(err).toMatch(new RegExp(`^B\\| {3}at ${b}:\\d+:\\d+$`, 'm'));
    expect(err).toContain('process B failed: the others drain');
    expect(err).toMatch(/^A\| .*WARN: process B failed, which ended the job early: draining/m);
    expect(out).toMatch(/ A .*CaughtSignal \(exit code 9000\)\n +B .*StdException/);
    expect(out).not.toContain('Processed ');
    expect(report()).toMatchObject({
      exitCode: 8002,
      processes: {
        A: { exitCode: 9000, transitions: { beginJob: 1, endJob: 1 } },
        B: { exitCode: 8002, errors: [{ code: 'EDMESH_MODULE_EXCEPTION' }] },
      },
    });
    await gone();
  });

  it.each([
    ['a kill', 'killAt', 'ended by SIGKILL', { signal: 'SIGKILL' }],
    ['an exit of its code', 'exitAt', 'ended with status 3', { status: 3 }],
  ])('without a report, by %s, is told', async (_what, parameter, message, fields) => {
    const args = ['--set', `onlyA.${parameter}=9`, '--quiet'];
    const { status, err } = await start(...long, ...args).ended;
    expect(status).toBe(197);
    expect(err).toContain(`A|   process A: ${message} before it gave its report`);
    expect(report()).toMatchObject({
      exitCode: 8901,
      processes: {
        A: { exitCode: 8901, errors: [{ code: 'EDMESH_PROCESS_LOST', fields }] },
        B: { exitCode: 9000 },
      },
    });
    await gone();
  });

  it('is the worst one, whoever ends first', async () => {
    const args = [a, b, '--set', 'onlyA.failAt=3', '--set', 'onlyB.exitAt=15', '--quiet'];
    expect((await start(...args, '--set', 'onlyB.delayMs=5').ended).status).toBe(197);
    await gone();
  });

  it('lets jobs side by side drain too', async () => {
    const args = ['--set', 'onlyB.failAt=9', '--in-process', '--quiet'];
    const { status } = await start(...long, ...args).ended;
    expect(status).toBe(66);
    expect(report()).toMatchObject({ processes: { A: { exitCode: 9000, errorCount: 1 } } });
  });
});

describe('a signal', () => {
  const expectDrained = ({ status, out, err }: CommandOutcome, signal: string): void => {
    expect(status).toBe(40);
    expect(err).toContain(`${signal}: all processes drain`);
    expect(out).toMatch(/^Processed \d+ events/m);
    const each = { exitCode: 9000, errorCount: 1, transitions: { beginJob: 1, endJob: 1 } };
    expect(report()).toMatchObject({ exitCode: 9000, processes: { A: each, B: each } });
  };

  it.each(['SIGINT', 'SIGTERM'] as const)('%s lets all drain', async (signal) => {
    const command = start(...long);
    await command.written('Processing');
    command.kill(signal);
    expectDrained(await command.ended, signal);
    await gone();
  });

  it('lets jobs side by side drain', async () => {
    const command = start(...long, '--in-process');
    await command.written('Processing');
    command.kill('SIGINT');
    expectDrained(await command.ended, 'SIGINT');
  });

  it('that a terminal sends to all processes too counts once', async () => {
    const command = start(...long);
    await command.written('Processing');
    for (const name of ['A', 'B']) process.kill(pid(name), 'SIGINT');
    command.kill('SIGINT');
    expectDrained(await command.ended, 'SIGINT');
    await gone();
  });

  it.each([[[]], [['--in-process']]])('given twice ends all at once: %j', async (more) => {
    const command = start(...stuck, ...more);
    await command.written('Processing');
    command.kill('SIGINT');
    await command.written('draining', 2);
    command.kill('SIGINT');
    const { status, err } = await command.ended;
    expect(status).toBe(130);
    expect(err).toContain('process A was killed by a second SIGINT');
    expect(report()).toMatchObject({ exitCode: 9000, processes: { B: { exitCode: 9000 } } });
    await gone();
  });

  it('to one process ends that one alone', async () => {
    const command = start(a, b, '--set', 'work.delayMs=5', '-p', 'events=200', '--quiet');
    await command.written('Processing');
    process.kill(pid('A'), 'SIGTERM');
    const { status, out, err } = await command.ended;
    expect({ status, out }).toMatchObject({ status: 40 });
    expect(err).toMatch(/^A\| {3}SIGTERM ended the job early$/m);
    expect(err).not.toContain('B| Fatal');
  });
});

describe('a command that is killed', () => {
  it('leaves no process behind, nor does it cut an event off', async () => {
    const command = start(...long);
    await command.written('Processing');
    command.kill('SIGKILL');
    expect((await command.ended).signal).toBe('SIGKILL');
    await gone();
  });

  it('leaves none behind that is still reading its config', async () => {
    const slow = folder.write(
      'slow.config.ts',
      `import { writeFileSync } from 'node:fs';
if (process.argv.includes('member')) {
  writeFileSync('slow.pid', String(process.pid));
  console.log('reading');
  await new Promise((resolve) => setTimeout(resolve, 600000));
}
${clusterConfig('SLOW', 'own').replaceAll('SLOW.pid', 'unused.pid')}`,
    );
    const command = start(slow);
    await command.written('reading');
    command.kill('SIGKILL');
    await command.ended;
    await allGone([pid('slow')]);
  });
});
