/** `edmesh bench` of the built command from end to end, and with children that a test makes up. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { benchCommand, type BenchEnvironment } from '../../cli/bench/bench-command.ts';
import type { ChildOutcome } from '../../cli/bench/bench-run.ts';
import { runningInstallation } from '../../cli/installation.ts';
import { processedLine } from '../../cli/cluster/machine-lines.ts';

import { recordingTerminal } from './recording-terminal.ts';
import { sampleReport } from './sample-report.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();
const command = fileURLToPath(new URL('../../dist/cli/edmesh.js', import.meta.url));
const config = folder.write(
  'tiny.config.ts',
  `import { writeFileSync } from 'node:fs';
import { defineAnalyzer, defineProcess, EmptySource, z } from 'edmesh';
const Look = defineAnalyzer({
  type: 'Look',
  description: 'looks, fails or waits',
  parameters: z.object({ fail: z.boolean(), wait: z.boolean() }),
  construct: (_context, { fail, wait }) => ({
    acquire(_event, _setup, holder) {
      if (!wait) holder.done();
      else { writeFileSync('pid', String(process.pid)); setTimeout(() => holder.done(), 60000); }
    },
    analyze() { if (fail) throw new Error('no luck'); },
  }),
});
export default defineProcess({
  name: 'TINY',
  parameters: z.object({ fail: z.boolean().default(false), wait: z.boolean().default(false) }),
  configure: (look) => ({
    source: EmptySource({ events: 20 }),
    modules: { look: Look(look) },
    paths: { main: ['look'] },
  }),
});
`,
);

/** Runs the built command; `meanwhile` is given the way to send it signals, and what it has written to standard error. */
function bench(
  args: readonly string[],
  meanwhile?: (kill: (signal: NodeJS.Signals) => void, err: () => string) => Promise<void>,
) {
  return new Promise<{ status: number | null; out: string; err: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [command, 'bench', ...args], { cwd: folder.path });
    let [out, err] = ['', ''];
    child.stdout.on('data', (data) => {
      out += String(data);
    });
    child.stderr.on('data', (data) => {
      err += String(data);
    });
    child.on('error', reject);
    child.on('close', (status) => {
      resolve({ status, out, err });
    });
    meanwhile?.(
      (signal) => child.kill(signal),
      () => err,
    ).catch(reject);
  });
}

/** Whether a process runs; one that ended and is still listed has no command line. */
function runs(pid: string): boolean {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file, 'utf8') !== '';
}

const result = (name: string) =>
  JSON.parse(readFileSync(`${folder.path}/${name}`, 'utf8')) as Readonly<Record<string, unknown>>;

describe('edmesh bench', () => {
  it('runs combinations, prints a table and writes its files', async () => {
    const { status, out, err } = await bench([
      ...[config, '--threads', '1', '--streams', '1,2', '--repeat', '2', '--max-events', '30'],
      ...['--json', 'out/bench.json', '--svg', 'out/bench.svg'],
    ]);
    expect({ status, lines: err.split('\n').length - 1 }).toEqual({ status: 0, lines: 4 });
    expect(err).toMatch(
      /^run 1 of 4: 1 thread, 1 EDM stream: \S+ events\/s\nrun 2 of 4: 1 thread, 2/,
    );
    expect(out).toMatch(/TINY: (.|\n)* 1 +1 +2 (.|\n)* 1 +2 +2 .* MiB\nresult +out\/bench\.json\n/);
    const written = result('out/bench.json');
    expect(written).toMatchObject({ config, process: 'TINY', host: { node: process.version } });
    expect(written).toMatchObject({ failures: [], options: { passed: ['--max-events', '30'] } });
    expect(written.points).toMatchObject([
      { threads: 1, streams: 1, runs: 2, scaling: 1, efficiency: 1 },
      { threads: 1, streams: 2, runs: 2 },
    ]);
    const each = written.runs as readonly Readonly<Record<string, number>>[];
    expect(each.map(({ events }) => events)).toEqual([30, 30, 30, 30]);
    // A Node process holds more than this and less than that; what was read is bytes.
    for (const { peakRssBytes } of each) {
      expect(peakRssBytes).toBeGreaterThan(2 ** 24);
      expect(peakRssBytes).toBeLessThan(2 ** 32);
    }
    expect(readFileSync(`${folder.path}/out/bench.svg`, 'utf8')).toContain('1 thread');
  });

  it('shows the error of a child and ends with its status', async () => {
    const { status, out, err } = await bench([config, '-p', 'fail=true', '--json', 'failed.json']);
    expect(status).toBe(66);
    expect(out).toBe('result      failed.json\n');
    expect(err).toMatch(/^1 thread, 1 EDM stream: run 1 failed with status 66\n {2}Fatal: StdExc/);
    expect(err).toContain('no luck');
    expect(result('failed.json')).toMatchObject({
      runs: [],
      failures: [{ threads: 1, streams: 1, repeat: 1, status: 66 }],
    });
  });

  it.each([
    [['--threads', '1,x'], 88, "--threads: 'x' is not an integer from 0 to 1024"],
    [['--streams', ''], 88, '--streams: the list is empty'],
    [['-p', 'nope=1'], 73, 'nope: no such parameter'],
    [['--svg', 'plain/a.svg'], 97, 'cannot write plain/a.svg'],
  ])('refuses %j before anything runs', async (args, expected, message) => {
    folder.write('plain', '');
    const { status, out, err } = await bench([config, ...args]);
    expect({ status, out }).toEqual({ status: expected, out: '' });
    expect(err).toContain(message);
    expect(err).not.toContain('run 1');
  });

  const waiting = async (): Promise<string> => {
    const file = `${folder.path}/pid`;
    const pid = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    await expect.poll(pid, { timeout: 20_000 }).not.toBe('');
    return pid();
  };

  it('ends at a second signal at once, and its child with it', async () => {
    let pid = '';
    const args = [config, '--threads', '1,2', '--streams', '1', '-p', 'wait=true'];
    const { status, err } = await bench(args, async (kill, written) => {
      pid = await waiting();
      expect(runs(pid)).toBe(true);
      kill('SIGTERM');
      await expect.poll(written, { timeout: 20_000 }).toContain('SIGTERM: ending');
      kill('SIGTERM');
    });
    expect(err).toContain('2 threads, 1 EDM stream: left out');
    expect(status).toBe(143);
    await expect.poll(() => runs(pid)).toBe(false);
  });
});

describe('with other children', () => {
  const context = (terminal = recordingTerminal()) => ({
    terminal,
    installation: runningInstallation(),
    framework: () => import('../../actors/index.ts'),
  });
  const environment = (outcome: (args: readonly string[]) => ChildOutcome): BenchEnvironment => ({
    startChild: (args) => ({ ended: Promise.resolve(outcome(args)), kill: () => undefined }),
    host: { cpus: 4, model: 'none', node: 'v0' },
    now: () => 0,
    watchSignals: () => ({ received: undefined, stop: () => undefined }),
  });
  const line = (eventsPerSecond: number) => processedLine(sampleReport({ eventsPerSecond }));
  const given = { param: [], set: [], quiet: true };

  it('scales over threads, without those that failed', async () => {
    const terminal = recordingTerminal();
    const children = environment((args) => {
      const threads = Number(args[3]);
      return threads === 2
        ? { status: 74, out: '', err: 'Fatal: two\n', peakRssBytes: undefined }
        : { status: 0, out: line(100 * threads), err: '', peakRssBytes: undefined };
    });
    const options = { ...given, threads: '1,2,4', json: `${folder.path}/scaled.json` };
    const status = await benchCommand(config, options, context(terminal), children);
    expect(status).toBe(74);
    expect(terminal.stderr()).toContain('2 threads, 2 EDM streams: run 1 failed with status 74');
    expect(terminal.stdout()).toMatch(/ 4 +4 +3 +400 +400–400 +4\.00 +100\.0 % /);
    expect(result('scaled.json')).toMatchObject({ generatedAt: '1970-01-01T00:00:00.000Z' });
  });

  it('fails when a child only says that it did well', async () => {
    const children = environment(() => ({ status: 0, out: '', err: '', peakRssBytes: 1 }));
    expect(await benchCommand(config, given, context(), children)).toBe(1);
  });

  it('prints what there is when a signal comes', async () => {
    const terminal = recordingTerminal();
    const whole = { status: 0, out: line(5), err: '', peakRssBytes: 1 };
    let started = 0;
    let interrupt = (): void => undefined;
    let received: 'SIGINT' | undefined;
    const children: BenchEnvironment = {
      ...environment(() => whole),
      startChild: () => {
        started += 1;
        if (started === 1) return { ended: Promise.resolve(whole), kill: () => undefined };
        let kill: () => void = () => undefined;
        const ended = new Promise<ChildOutcome>((resolve) => {
          kill = () => {
            resolve({ ...whole, status: 40 });
          };
        });
        queueMicrotask(interrupt);
        return { ended, kill };
      },
      watchSignals(drain) {
        interrupt = () => {
          received = 'SIGINT';
          drain('SIGINT');
        };
        return {
          get received() {
            return received;
          },
          stop: () => undefined,
        };
      },
    };
    const options = { ...given, svg: `${folder.path}/early.svg` };
    expect(await benchCommand(config, options, context(terminal), children)).toBe(40);
    expect(started).toBe(2);
    expect(terminal.stdout()).toMatch(/ 1 +1 +1 +5\.00 /);
    expect(terminal.stderr()).toMatch(
      /SIGINT: ending(.|\n)*CaughtSignal(.|\n)*SIGINT ended the scan/,
    );
    expect(existsSync(`${folder.path}/early.svg`)).toBe(true);
  });
});
