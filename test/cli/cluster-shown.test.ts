/** What people see of a cluster: lines with the name of their process, progress, the worst exit code, lost processes. */
import { describe, expect, it } from 'vitest';
import type { JobProgress } from '../../actors/index.ts';
import {
  clusterProgress,
  clusterProgressLine,
  showCluster,
} from '../../cli/cluster/cluster-progress.ts';
import { clusterReport, worstExitCode } from '../../cli/cluster/cluster-report.ts';
import { clusterSummaryText } from '../../cli/cluster/cluster-summary.ts';
import { lineCutter, memberLines } from '../../cli/cluster/member-lines.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { sampleReport } from './sample-report.ts';

describe('lines of a process', () => {
  it('are cut wherever the pieces end', () => {
    const lines: string[] = [];
    const cutter = lineCutter((line) => lines.push(line));
    for (const piece of ['on', 'e\ntwo\n', '\n', 'thr', 'ee']) cutter.push(piece);
    expect(lines).toEqual(['one', 'two', '']);
    cutter.end();
    cutter.end();
    expect(lines).toEqual(['one', 'two', '', 'three']);
  });

  it('are not kept without end', () => {
    const lines: string[] = [];
    const cutter = lineCutter((line) => lines.push(line));
    for (let i = 0; i < 20; i++) cutter.push('x'.repeat(100_000));
    expect(lines.map(({ length }) => length)).toEqual([1_100_000]);
  });

  const log = '{"level":40,"time":0,"msg":"odd","label":"make"}';
  it('have its name, and logs are readable', () => {
    const terminal = recordingTerminal();
    const { out, err } = memberLines('A', 'text', terminal);
    out.push('said\n');
    err.push(`${log}\n{"level":1}\n{"level":\nplain\n`);
    expect(terminal.stdout()).toBe('A| said\n');
    const [first, ...others] = terminal.stderr().split('\n');
    expect(first).toMatch(/^A\| \[[\d:]+\] WARN: odd \{"label":"make"\}$/);
    expect(others).toEqual(['A| {"level":1}', 'A| {"level":', 'A| plain', '']);
  });

  it('are logs with its name', () => {
    const terminal = recordingTerminal();
    const { err } = memberLines('A', 'json', terminal);
    err.push(`${log}\nplain\n`);
    expect(terminal.stderr()).toBe(
      '{"level":40,"time":0,"process":"A","msg":"odd","label":"make"}\n' +
        '{"level":30,"process":"A","msg":"plain"}\n',
    );
  });
});

describe('progress of a cluster', () => {
  const at = (change: Partial<JobProgress>): JobProgress => ({
    ...{ phase: 'running', events: 100, eventsExpected: 400, runningSeconds: 2, ...change },
  });
  const local = { name: 'LOCAL', hasController: false, progress: at({}) };
  const remote = { name: 'REMOTE', hasController: true, progress: at({ events: 90 }) };

  it('counts an event once, and waits for the last process', () => {
    expect(clusterProgress([local, remote])).toEqual(at({}));
    expect(clusterProgress([local, { ...local, name: 'OTHER' }])).toEqual(
      at({ events: 200, eventsExpected: 800 }),
    );
    const waiting = { ...remote, progress: undefined };
    expect(clusterProgress([local, waiting]).phase).toBe('constructing');
    const ended = { ...remote, progress: at({ phase: 'ended' }) };
    expect(clusterProgress([local, ended]).phase).toBe('running');
    const endless = { ...local, progress: at({ eventsExpected: undefined }) };
    expect(clusterProgress([local, endless]).eventsExpected).toBeUndefined();
  });

  it('is one line that fits', () => {
    const members = [local, remote];
    const line = clusterProgressLine(members, undefined, 100);
    expect(line).toMatch(
      / 25 % 100 of 400 events, 50 events\/s, 6\.00 s left \(LOCAL 100, REMOTE 90\)$/,
    );
    expect(line.length).toBeLessThanOrEqual(100);
    expect(clusterProgressLine(members, undefined, 50)).not.toContain('LOCAL');
    expect(clusterProgressLine(members, undefined, 0)).toMatch(/^100 of 400 .*REMOTE 90\)$/);
  });

  it('is drawn on a terminal until it is over', async () => {
    const terminal = recordingTerminal(true);
    const stop = showCluster(() => [local], undefined, terminal, { drawn: 1, plain: 1 });
    while (terminal.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    stop();
    expect(terminal.lines[0]).toContain('(LOCAL 100)');
    expect(terminal.lines.at(-1)).toBe('');
  });
});

describe('the report of a cluster', () => {
  it('has the worst exit code: a failure before an interruption, the highest of failures', () => {
    expect(worstExitCode([])).toBe(0);
    expect(worstExitCode([0, 0])).toBe(0);
    expect(worstExitCode([0, 9000])).toBe(9000);
    expect(worstExitCode([8002, 0, 9000])).toBe(8002);
    expect(worstExitCode([8002, 8901, 7000])).toBe(8901);
  });

  it('counts the events of a follower no second time', () => {
    const report = clusterReport({
      job: 'velo',
      version: '1.2.3',
      reports: [
        { report: sampleReport({ process: 'LOCAL', events: 10 }), hasController: false },
        {
          report: sampleReport({ process: 'REMOTE', events: 9, wallSeconds: 5, streams: 7 }),
          hasController: true,
        },
      ],
    });
    expect(report).toMatchObject({
      ...{ job: 'velo', events: 10, wallSeconds: 5, eventsPerSecond: 2, cpuSeconds: 4 },
      ...{ threads: 2, streams: 2, peakRssBytes: 200 * 2 ** 20, errors: [], errorCount: 0 },
    });
    expect(Object.keys(report.processes)).toEqual(['LOCAL', 'REMOTE']);
    const text = clusterSummaryText(report, [{ what: 'report', file: 'r.json' }]);
    expect(text).toMatch(/^\nvelo: 10 events in 5\.00 s, 2 events\/s\n2 processes with 2 threads/);
    expect(text).toMatch(/LOCAL +10 (.|\n)* REMOTE +9 .* 7 .*well\n(.|\n)*LOCAL:\n\nslow\n/);
    expect(text).toMatch(/report +r\.json\n$/);
  });
});
