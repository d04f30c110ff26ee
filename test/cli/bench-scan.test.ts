/** A scan with children that a test makes up: order, failures, interruption, and what is shown meanwhile. */
import { describe, expect, it } from 'vitest';
import { scanProgressLine, showScan } from '../../cli/bench/bench-progress.ts';
import type { ChildOutcome, StartChild } from '../../cli/bench/bench-run.ts';
import { startScan, type ScanInput } from '../../cli/bench/bench-scan.ts';
import { processedLine } from '../../cli/cluster/machine-lines.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { sampleReport } from './sample-report.ts';
import { sampleRuns } from './sample-runs.ts';

const good: ChildOutcome = {
  status: 0,
  out: `noise\n${processedLine(sampleReport())}`,
  err: '',
  peakRssBytes: 5,
};
const bad = (err = 'Fatal: no luck\n'): ChildOutcome => ({ ...good, status: 66, out: '', err });

/** Children that end at once, as the function says for their arguments. */
const children = (outcome: (args: string) => ChildOutcome): StartChild & { started: string[] } => {
  const started: string[] = [];
  const start: StartChild = (args) => {
    started.push(args.join(' '));
    return { ended: Promise.resolve(outcome(args.join(' '))), kill: () => undefined };
  };
  return Object.assign(start, { started });
};

const silent = { began: () => undefined, ended: () => undefined };
const scan = (startChild: StartChild, change: Partial<ScanInput> = {}) =>
  startScan({
    combinations: [1, 2, 3].map((streams) => ({ threads: 1, streams })),
    repeat: 2,
    runArguments: ({ threads, streams }) => [`${threads}:${streams}`],
    startChild,
    observer: silent,
    ...change,
  });

describe('a scan', () => {
  it('lets combinations take turns', async () => {
    const start = children(() => good);
    const { runs, failures } = await scan(start).ended;
    expect(start.started).toEqual(['1:1', '1:2', '1:3', '1:1', '1:2', '1:3']);
    expect(failures).toEqual([]);
    expect(runs.map(({ streams, repeat }) => [streams, repeat])).toEqual([
      ...[1, 2, 3].map((streams) => [streams, 1]),
      ...[1, 2, 3].map((streams) => [streams, 2]),
    ]);
    expect(runs[0]).toEqual({
      ...{ threads: 1, streams: 1, repeat: 1, events: 12_345, seconds: 2.5 },
      ...{ eventsPerSecond: 4938, cpuPercentPerThread: 80, peakRssBytes: 5 },
    });
  });

  it('gives a combination up that failed, and goes on with the others', async () => {
    const start = children((args) => (args === '1:2' ? bad() : good));
    const totals: number[] = [];
    const observer = {
      ...silent,
      began: (_: unknown, __: number, total: number) => void totals.push(total),
    };
    const { runs, failures } = await scan(start, { observer }).ended;
    expect(start.started).toEqual(['1:1', '1:2', '1:3', '1:1', '1:3']);
    expect(totals).toEqual([6, 6, 5, 5, 5]);
    expect(runs).toHaveLength(4);
    expect(failures).toEqual([
      { threads: 1, streams: 2, repeat: 1, status: 66, text: 'Fatal: no luck\n' },
    ]);
  });

  it('does not believe a child without its line', async () => {
    const { runs, failures } = await scan(children(() => ({ ...good, out: 'bye\n' }))).ended;
    expect(runs).toEqual([]);
    expect(failures).toHaveLength(3);
    expect(failures[0]).toMatchObject({ status: 0 });
    expect(failures[0]?.text).toContain('without the line "Processed');
  });

  it('ends when it is stopped, without the run under way', async () => {
    const killed: string[] = [];
    const start = children(() => good);
    const stopping: StartChild = (args) => {
      if (start.started.length < 2) return start(args);
      let end: (outcome: ChildOutcome) => void = () => undefined;
      const ended = new Promise<ChildOutcome>((resolve) => {
        end = resolve;
      });
      queueMicrotask(() => {
        under.stop('SIGINT');
      });
      const kill = (signal: string): void => {
        killed.push(signal);
        end({ ...bad(), status: 40 });
      };
      return { ended, kill };
    };
    const under = scan(stopping);
    const { runs, failures } = await under.ended;
    expect(killed).toEqual(['SIGINT']);
    expect(runs).toHaveLength(2);
    expect(failures).toEqual([]);
  });
});

describe('progress of a scan', () => {
  const run = { threads: 2, streams: 4, repeat: 1 };

  it('is a line with a bar and the time left', () => {
    const progress = { run, done: 3, total: 12, seconds: 16, doneSeconds: 15 };
    expect(scanProgressLine(progress, 100)).toMatch(
      /^█+░+ +25 % 3 of 12 runs, 2 threads, 4 EDM streams, 44\.0 s left$/,
    );
    expect(scanProgressLine({ ...progress, seconds: 99 }, 30)).toMatch(/, 0\.00 s left$/);
    const first = { run, done: 0, total: 12, seconds: 1, doneSeconds: 0 };
    expect(scanProgressLine(first, 0)).toBe('0 of 12 runs, 2 threads, 4 EDM streams');
  });

  it('is drawn on a terminal and removed', () => {
    const terminal = recordingTerminal(true);
    const shown = showScan(terminal, () => 0, false);
    shown.began(run, 0, 2);
    shown.ended(sampleRuns(2, 4, [5])[0] ?? { ...run, status: 1, text: '' });
    shown.stop();
    expect(terminal.lines[0]).toContain('0 of 2 runs');
    expect(terminal.lines.at(-1)).toBe('');
    expect(terminal.stderr()).toBe('');
  });

  it('is plain lines elsewhere, with errors in full once', () => {
    const terminal = recordingTerminal();
    const shown = showScan(terminal, () => 0, false);
    const failure = { ...run, status: 66, text: 'Fatal: a\n  no luck\n' };
    for (const each of sampleRuns(1, 1, [2000])) {
      shown.began(each, 0, 3);
      shown.ended(each);
    }
    shown.ended(failure);
    shown.ended({ ...failure, streams: 8 });
    shown.stop();
    expect(terminal.stderr()).toBe(
      'run 1 of 3: 1 thread, 1 EDM stream: 2,000 events/s\n' +
        '2 threads, 4 EDM streams: run 1 failed with status 66\n  Fatal: a\n    no luck\n' +
        '2 threads, 8 EDM streams: run 1 failed with status 66, with the same error\n',
    );
  });

  it('is silent about all but failures where it should be', () => {
    const terminal = recordingTerminal(true);
    const shown = showScan(terminal, () => 0, true);
    shown.began(run, 0, 1);
    for (const each of sampleRuns(1, 1, [2000])) shown.ended(each);
    expect(terminal.stderr()).toBe('');
    shown.ended({ ...run, status: 1, text: 'Fatal: a\n' });
    shown.stop();
    expect(terminal.stderr()).toContain('Fatal: a');
    expect(terminal.lines).toEqual([]);
  });
});
