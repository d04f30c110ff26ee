import type { JobReport, ModuleReport } from '../../actors/index.ts';
import { createHistogram, fillHistogram, noTransitions, type Histogram } from '../../edm/index.ts';

/** A histogram with entries in and outside its axis. */
export function sampleHistogram(title = 'mass', unit = 'GeV'): Histogram {
  const histogram = createHistogram(title, { bins: 4, low: 0, high: 8, unit });
  for (const value of [-1, 0.5, 2.5, 3, 3.5, 7, 9, 10]) fillHistogram(histogram, value);
  return histogram;
}

/** What became of a module that ran 10 times. */
export function moduleReport(type: string, wallMs: number | null, summary: unknown): ModuleReport {
  return { type, run: 10, passed: 9, rejected: 1, failed: 0, wallMs, summary };
}

/** The report of a job that ended well. */
export function sampleReport(change: Partial<JobReport> = {}): JobReport {
  return {
    process: 'TEST',
    configurationHash: '0'.repeat(32),
    version: '0.0.0',
    exitCode: 0,
    events: 12_345,
    wallSeconds: 2.5,
    cpuSeconds: 2,
    eventsPerSecond: 4938,
    peakRssBytes: 100 * 2 ** 20,
    threads: 1,
    streams: 2,
    transitions: { ...noTransitions(), beginJob: 1, event: 12_345, endJob: 1 },
    modules: {
      fast: moduleReport('FastType', 1.25, null),
      slow: moduleReport('SlowType', 98.75, {
        tracks: 200,
        ghosts: 13,
        velo: { found: 91, total: 100 },
        plots: { mass: sampleHistogram() },
      }),
    },
    paths: { main: { run: 10, pass: 9, fail: 1, exception: 0 } },
    endPaths: { end: { run: 10, pass: 10, fail: 0, exception: 0 } },
    errors: [],
    errorCount: 0,
    ...change,
  };
}
