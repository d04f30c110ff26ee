/**
 * `edmesh cluster` of the built command, with processes that know nothing of each other: that they run as one, with one
 * report and one status, that options reach those they are for, and that mistakes are told before anything runs.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runBuilt } from './built-command.ts';
import { clusterConfig } from './cluster-configs.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();
const a = folder.write('a.config.ts', clusterConfig('A', 'onlyA'));
const b = folder.write('b.config.ts', clusterConfig('B', 'onlyB'));
const cluster = (...args: readonly string[]) => runBuilt(folder.path, ['cluster', ...args]);

const example = (name: string) =>
  fileURLToPath(new URL(`../../examples/velo/${name}.config.ts`, import.meta.url));

interface Report {
  readonly exitCode: number;
  readonly events: number;
  readonly streams: number;
  readonly threads: number;
  readonly errorCount: number;
  readonly processes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
const report = (name: string) =>
  JSON.parse(readFileSync(`${folder.path}/${name}`, 'utf8')) as Report;

describe('a cluster', () => {
  it('runs every process and shows them as one', async () => {
    const files = ['--report', 'out/r.json', '--histograms', 'out/h.json'];
    const { status, out, err } = await cluster(a, b, '--digest', ...files);
    expect(status).toBe(0);
    expect(out).toContain('Processing 40 events, with 2 concurrent events and 2 threads.\n');
    expect(out).toMatch(/^Processed 40 events in \S+ seconds, throughput \S+ events\/s, CPU/m);
    expect(out).toMatch(/process +events(.|\n)* A +20 .* well\n +B +20 .* well\n/);
    for (const name of ['A', 'B']) {
      expect(out).toContain(`${name}| plain out\n`);
      expect(out).toMatch(new RegExp(`digest +[0-9a-f]{32} +${name}\n`));
      expect(err).toContain(`${name}| plain err\n`);
      expect(err).toMatch(new RegExp(`^${name}\\| \\[[\\d:]+\\] INFO: ready$`, 'm'));
    }
    const merged = report('out/r.json');
    expect(merged).toMatchObject({ job: 'cluster', exitCode: 0, events: 40, errorCount: 0 });
    expect(Object.keys(merged.processes)).toEqual(['A', 'B']);
    const alone = await runBuilt(folder.path, ['run', a, '--digest', '--report', 'alone.json']);
    expect(alone.status).toBe(0);
    const { digest, digests, configurationHash } = JSON.parse(
      readFileSync(`${folder.path}/alone.json`, 'utf8'),
    ) as Readonly<Record<string, unknown>>;
    expect(merged.processes.A).toMatchObject({
      ...{ process: 'A', exitCode: 0, events: 20, digest, digests, configurationHash },
      modules: { work: { run: 20, summary: { counts: { kind: 'histogram' } } } },
    });
    const histograms = JSON.parse(readFileSync(`${folder.path}/out/h.json`, 'utf8')) as object;
    expect(histograms).toMatchObject({
      histograms: ['A/work', 'A/onlyA', 'B/work', 'B/onlyB'].map((name) => ({
        name: `${name}/counts`,
        entries: 20,
      })),
    });
  });

  it('writes logs as JSON, all of standard error', async () => {
    const { status, err } = await cluster(a, b, '--log-format', 'json', '--set', 'onlyB.failAt=3');
    expect(status).toBe(66);
    const logs = err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(logs).toContainEqual(expect.objectContaining({ level: 30, process: 'A', msg: 'ready' }));
    expect(logs).toContainEqual({ level: 30, process: 'B', msg: 'plain err' });
    const code = 'EDMESH_MODULE_EXCEPTION';
    expect(logs).toContainEqual(expect.objectContaining({ level: 50, process: 'B', code }));
  });

  it('runs in lanes of threads', async () => {
    const args = ['--threads', '2', '--for', 'B', '--streams 3', '--report', 'lanes.json'];
    const { status } = await cluster(a, b, ...args, '--quiet');
    expect(status).toBe(0);
    expect(report('lanes.json')).toMatchObject({
      ...{ threads: 4, streams: 5 },
      processes: { A: { streams: 2, events: 20 }, B: { streams: 3, events: 20 } },
    });
  });

  it('runs as jobs side by side', async () => {
    const args = ['--in-process', '--digest', '--set', 'work.delayMs=1', '--report', 'side.json'];
    const { status, out, err } = await cluster(a, b, ...args);
    expect(status).toBe(0);
    expect(out).toContain('Processing 40 events');
    expect(err).toMatch(/^B\| \[[\d:]+\] INFO: ready$/m);
    expect(readFileSync(`${folder.path}/A.pid`)).toEqual(readFileSync(`${folder.path}/B.pid`));
    expect(report('side.json').processes).toMatchObject({ A: { events: 20 }, B: { events: 20 } });
  });

  it('checks every process without running one', async () => {
    const { status, out } = await cluster(a, b, '--validate-only');
    expect(status).toBe(0);
    expect(out).toBe(`${a}: process A is valid, 2 modules\n${b}: process B is valid, 2 modules\n`);
  });

  it('has help, with the parameters of its configs', async () => {
    const { status, out } = await cluster(a, b, '--help');
    expect(status).toBe(0);
    expect(out).toMatch(/--for <NAME 'options'>(.|\n)*--nats <url>(.|\n)*--slots/);
    expect(out).toMatch(/Process A: does the work of A(.|\n)*onlyA(.|\n)*Process B(.|\n)*onlyB/);
    expect((await runBuilt(folder.path, ['--help'])).out).not.toContain('member');
  });
});

describe('options of a cluster', () => {
  it('go to the processes that they are for', async () => {
    const { status } = await cluster(
      ...[a, b, '-p', 'onlyB=7', '--max-events', '30', '--skip-events', '5'],
      ...['--set', 'onlyA.delayMs=1', '--set', 'work.delayMs=1'],
      ...['--for', 'A', '--streams 2 -p "events=25"', '--for', 'A', '--log-level=error'],
      ...['--streams', '3', '--digest', '--quiet', '--report', 'shared.json'],
    );
    expect(status).toBe(0);
    const { A, B } = report('shared.json').processes;
    expect([A?.streams, B?.streams]).toEqual([2, 3]);
    expect([A?.events, B?.events]).toEqual([30, 30]);
    const args = [b, '-p', 'onlyB=7', '--max-events', '30', '--skip-events', '5', '--digest'];
    const more = ['--set', 'work.delayMs=1', '--report', 'b.json', '--quiet'];
    expect((await runBuilt(folder.path, ['run', ...args, ...more])).status).toBe(0);
    expect(report('b.json')).toMatchObject({
      configurationHash: B?.configurationHash,
      digests: B?.digests,
    });
  });

  it.each([
    ['a parameter that no config has', ['-p', 'nope=1'], 73, /nope: no process has it; A has ev/],
    ['a label that no process has', ['--set', 'nope.a=1'], 73, /no process has 'nope'/],
    ['a value that its config refuses', ['-p', 'events=many'], 73, /a\.config\.ts(.|\n)*events/],
    ['a process that is not there', ['--for', 'C', '--streams 2'], 88, /--for C: .*A, B/],
    ['an unknown option of one', ['--for', 'A', '--nope 2'], 88, /--for A: .*'--nope'/],
    ['a wrong option of one', ['--for', 'A', '--streams x'], 88, /--for A: --streams: 'x'/],
    ['a report of one', ['--for', 'A', '--report r'], 88, /--for A: .*'--report'/],
    ['warm-up events', ['--warmup-events', '5'], 88, /unknown option '--warmup-events'/],
    ['an open quote', ['--for', 'A', '-p "a=1'], 88, /--for A: .*has no end/],
    ['no options of one', ['--for', 'A'], 88, /write --for NAME 'options'/],
    ['a server for jobs side by side', ['--in-process', '--nats', 'localhost'], 88, /--in-process/],
    ['a journal without a server', ['--in-process', '--journal', 'full'], 88, /--journal/],
    ['credentials without a server', ['--user', 'me'], 88, /--user: it needs --nats/],
    ['a server without a job', ['--nats', 'localhost'], 88, /--nats: it needs --job/],
    ['a wrong number', ['--streams', 'many'], 88, /--streams/],
  ])('are refused: %s', async (_what, args, expected, message) => {
    const { status, out, err } = await cluster(a, b, ...args);
    expect({ status, out }).toEqual({ status: expected, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toContain('    at ');
  });
});

describe('a cluster is refused, and nothing runs', () => {
  const again = folder.write('again.config.ts', clusterConfig('A', 'onlyA'));
  const broken = folder.write('broken.config.ts', 'export default ;\n');
  it.each([
    ['two processes of one name', [a, again], 73, [a, again]],
    ['a config that does not compile', [a, broken], 90, [`${broken}:1:16`]],
    ['no such config', [a, 'gone.config.ts'], 89, ['gone.config.ts']],
    ['no config', [], 88, ["missing required argument 'configs'"]],
    ['one whose controller is missing', [example('remote')], 73, ['LOCAL controls REMOTE', 'give']],
    ['one whose follower is missing', [example('local')], 73, ['REMOTE follows LOCAL', 'give']],
    ['a report that cannot be written', [a, b, '--report', `${a}/r.json`], 97, ['r.json']],
  ])('%s', async (_what, args, expected, messages) => {
    const { status, out, err } = await cluster(...args);
    expect({ status, out }).toEqual({ status: expected, out: '' });
    for (const message of messages) expect(err).toContain(message);
  });

  it('one of its processes by hand', async () => {
    const { status, err } = await runBuilt(folder.path, ['member', 'A', a]);
    expect(status).toBe(88);
    expect(err).toContain('edmesh cluster starts it');
  });
});
