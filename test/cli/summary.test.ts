/** What people and scripts read: summary, machine-read lines, progress, errors. */
import { describe, expect, it } from 'vitest';
import type { JobProgress } from '../../actors/index.ts';
import { errorText } from '../../cli/error-text.ts';
import { errorReport, failedReport, withError } from '../../cli/run/failed-report.ts';
import { processedLine, processingLine } from '../../cli/cluster/machine-lines.ts';
import { bytesText, durationText, numberText, percentText } from '../../cli/number-text.ts';
import { progressLine, showProgress } from '../../cli/run/progress.ts';
import { summaryLines } from '../../cli/run/summary-lines.ts';
import { summaryText } from '../../cli/run/summary.ts';
import { defaultJobOptions } from '../../actors/index.ts';
import { EdmeshError, withContext } from '../../edm/index.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { moduleReport, sampleHistogram, sampleReport } from './sample-report.ts';

describe('the summary', () => {
  it('shows modules by time, paths, summaries and files', () => {
    const files = [{ what: 'report', file: 'out/report.json' }];
    const text = summaryText(sampleReport({ digest: 'abc' }), files);
    expect(text).toContain('TEST: 12,345 events in 2.50 s, 4,938 events/s');
    expect(text).toContain('2 EDM streams in 1 thread, CPU usage per thread 80.0 %');
    expect(text.indexOf('slow ')).toBeLessThan(text.indexOf('fast '));
    expect(text).toMatch(/slow +SlowType +10 +9 +1 +0 +98\.8 +9,880 +98\.8 %/);
    expect(text).toMatch(/main +path +10 +9 +1 +0/);
    expect(text).toMatch(/velo +91\.0 % {2}\(91 of 100\)/);
    expect(text).toMatch(/ghosts +13 {2}\(6\.5 % of tracks\)/);
    expect(text).toMatch(/plots\.mass +▃█ ▃ +8 entries/);
    expect(text).toMatch(/digest +abc\nreport +out\/report\.json\n$/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('says in one line what went to other processes and came from them', () => {
    const transport = { framesSent: 1, bytesSent: 120, framesReceived: 4_000, bytesReceived: 3e7 };
    const lines = summaryText(sampleReport({ transport }), []).split('\n');
    expect(lines).toContain('transport: 1 frame sent (120 bytes), 4,000 received (29 MiB)');
    const gpuProducts = { cuda: 3_000, wasm: 1 };
    const mixed = summaryText(sampleReport({ transport: { ...transport, gpuProducts } }), []);
    expect(mixed).toContain('(29 MiB), 3,000 products made by cuda, 1 product made by wasm\n');
    expect(summaryText(sampleReport(), [])).not.toContain('transport');
    expect([1023, 1024, 9e6, 2e7, 3e9].map(bytesText)).toEqual([
      '1,023 bytes',
      '1 KiB',
      '8.6 MiB',
      '19 MiB',
      '2.8 GiB',
    ]);
  });

  it('says in one line what GPU was used and how', () => {
    const counters = {
      ...{ liveBlocks: 0, liveBytes: 0, requestedBytes: 0, cachedBlocks: 3, cachedBytes: 768 },
      ...{ retiringBlocks: 0, retiringBytes: 0, hits: 1_995, misses: 5, flushes: 0 },
    };
    const device = { index: 0, name: 'Card', memoryBytes: 2 ** 30, freeBytes: 1, driver: 'CUDA' };
    const gpu = {
      ...{ backend: 'cuda', devices: [device, device], refused: [], state: 'ready' },
      ...{ operations: {}, fallbacks: 0, bytesUp: 1, bytesDown: 1, queues: 1 },
      allocator: { device: counters, host: counters },
    };
    const linesOf = (change: Partial<typeof gpu>) =>
      summaryText(sampleReport({ gpu: { ...gpu, ...change } }), []).split('\n');
    const line = 'gpu: cuda on Card, 99.8 % of 2,000 allocations from the cache';
    expect(linesOf({})).toContain(line);
    expect(linesOf({ state: 'lost', fallbacks: 7 })).toContain(
      `${line}, lost at the end, 7 works done on the host`,
    );
    expect(summaryText(sampleReport(), [])).not.toContain('gpu');
  });

  it('leaves times out where they were not measured', () => {
    const modules = { a: moduleReport('A', null, null) };
    expect(summaryText(sampleReport({ modules }), [])).not.toContain('µs');
  });

  it('shortens long summaries', () => {
    const summary = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`run${i}`, i]));
    const modules = { a: moduleReport('A', null, summary) };
    expect(summaryText(sampleReport({ modules }), [])).toContain('… and 16 more');
  });

  it('takes any kind of summary', () => {
    expect(summaryLines(null)).toEqual([]);
    expect(summaryLines(5)).toEqual([{ name: '', text: '5' }]);
    expect(summaryLines({ list: [1, 2.5, 'x'], flag: true, map: new Map([['k', 1]]) })).toEqual([
      { name: 'list', text: '1, 2.5, x' },
      { name: 'flag', text: 'true' },
      { name: 'map.k', text: '1' },
    ]);
    expect(summaryLines({ h: sampleHistogram() })[0]?.text).toMatch(/8 entries, mean 3\.4 GeV$/);
    expect(summaryLines({ found: 0, total: 0 })[0]?.text).toBe('0  (– of total)');
  });

  it('writes numbers for people', () => {
    expect([1234567, 0.123456, 91.18756, 12345.678, 1e-7, Number.NaN].map(numberText)).toEqual([
      '1,234,567',
      '0.1235',
      '91.19',
      '12,346',
      '1.000e-7',
      'NaN',
    ]);
    expect([percentText(1, 3), percentText(99_999, 100_000), percentText(5, 5)]).toEqual([
      '33.3 %',
      '99.999 %',
      '100.0 %',
    ]);
    expect([0.5, 12.34, 247, 7500].map(durationText)).toEqual([
      '0.50 s',
      '12.3 s',
      '4 min 07 s',
      '2 h 05 min',
    ]);
  });
});

describe('the machine-read lines', () => {
  // The expression of pixeltrack-standalone's run-scan.py.
  const scan = new RegExp(
    'Processed (?<events>\\d+) events in (?<time>\\S+) seconds, throughput (?<throughput>\\S+) ' +
      'events/s, CPU usage per thread: (?<cpu>\\d+(.\\d+)?)%',
  );

  it('say what will be done', () => {
    expect(processingLine({ ...defaultJobOptions, threads: 2, streams: 4 }, 500)).toBe(
      'Processing 500 events, with 4 concurrent events and 2 threads.\n',
    );
    expect(processingLine({ ...defaultJobOptions, warmupEvents: 7 }, undefined)).toBe(
      'Processing events until the source ends, after 7 events of warm up, with 1 concurrent events and 1 threads.\n',
    );
    expect(processingLine({ ...defaultJobOptions, maxEvents: 9 }, undefined)).toMatch(
      /^Processing 9 events, with/,
    );
    expect(processingLine({ ...defaultJobOptions, runForSeconds: 2.5 }, undefined)).toContain(
      'Processing for about 2.5 seconds, with',
    );
  });

  it('say what was done', () => {
    const { events, time, throughput, cpu } =
      scan.exec(processedLine(sampleReport()))?.groups ?? {};
    expect([events, time, throughput, cpu].map(Number)).toEqual([12_345, 2.5, 4938, 80]);
    const nothing = sampleReport({ events: 0, wallSeconds: 0, eventsPerSecond: 0, cpuSeconds: 0 });
    expect(processedLine(nothing)).toMatch(scan);
  });
});

describe('progress', () => {
  const progress: JobProgress = {
    phase: 'running',
    events: 250,
    eventsExpected: 1000,
    runningSeconds: 5,
  };

  it('shows events, events/s and time left', () => {
    expect(progressLine(progress, undefined, 0)).toBe(
      '250 of 1,000 events, 50 events/s, 15.0 s left',
    );
    expect(progressLine(progress, undefined, 80)).toMatch(/^█+░+ {2}25 % 250 of/);
    expect(progressLine({ ...progress, eventsExpected: undefined }, undefined, 80)).toBe(
      '250 events, 50 events/s',
    );
    expect(progressLine(progress, 20, 0)).toBe('250 events, 50 events/s, 15.0 s left');
    expect(progressLine({ ...progress, phase: 'draining' }, undefined, 0)).toMatch(/draining$/);
    for (const columns of [10, 40, 80, 200]) {
      const line = progressLine(progress, undefined, columns);
      if (columns >= 80) expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  it('is drawn on a terminal and written line by line elsewhere', async () => {
    const intervals = { drawn: 5, plain: 5 };
    for (const interactive of [true, false]) {
      const terminal = recordingTerminal(interactive);
      const stop = showProgress({ progress: () => progress }, undefined, terminal, intervals);
      await new Promise((resolve) => setTimeout(resolve, 40));
      stop();
      if (interactive) expect(terminal.lines.at(-1)).toBe('');
      expect(interactive ? terminal.lines[0] : terminal.stderr()).toContain('250 of 1,000 events');
      expect(interactive ? terminal.stderr() : terminal.lines.join()).toBe('');
    }
  });
});

describe('errors', () => {
  it('are a block of category, message and contexts, without stack', () => {
    const error = withContext(
      new EdmeshError('EDMESH_FILE_READ', 'a.mdf: truncated'),
      'module m',
      'event 1:1:1',
    );
    const options = { sources: new Set<string>(), stack: false };
    expect(errorText(errorReport(error), options)).toBe(
      'Fatal: FileReadError (exit code 8021, EDMESH_FILE_READ)\n  a.mdf: truncated\n  in module m\n  in event 1:1:1\n',
    );
    expect(errorText(errorReport(error), { ...options, stack: true })).toContain('summary.test.ts');
  });

  it('lead to the line of the config', () => {
    const report = {
      ...errorReport(new Error('x')),
      stack: 'Error: x\n    at f (/c/a.ts:3:9)\n    at g (/d/b.ts:1:1)',
    };
    const text = errorText(report, { sources: new Set(['/d/b.ts']), stack: false });
    expect(text).toMatch(/ {2}at \/d\/b\.ts:1:1\n$/);
  });

  it('make a report of a job that never came to be', () => {
    const report = failedReport(new EdmeshError('EDMESH_CONFIG_INVALID', 'no'), { version: '1' });
    expect(report).toMatchObject({ exitCode: 7002, events: 0, errorCount: 1, process: '' });
  });

  it('decide about the exit code only where the job ended well', () => {
    const late = new EdmeshError('EDMESH_INTERRUPTED', 'SIGINT');
    expect(withError(sampleReport(), late).exitCode).toBe(9000);
    expect(withError(sampleReport({ exitCode: 8021 }), late).exitCode).toBe(8021);
  });
});
