import type { BenchResult } from '../../cli/bench/bench-result.ts';
import { benchPoints } from '../../cli/bench/bench-points.ts';
import type { BenchRun } from '../../cli/bench/bench-scan.ts';

/** Runs of a combination with these throughputs. */
export function sampleRuns(
  threads: number,
  streams: number,
  rates: readonly number[],
  change: Partial<BenchRun> = {},
): BenchRun[] {
  return rates.map((eventsPerSecond, i) => ({
    threads,
    streams,
    repeat: i + 1,
    events: 100,
    seconds: 100 / eventsPerSecond,
    eventsPerSecond,
    cpuPercentPerThread: 90 + i,
    peakRssBytes: (100 + i) * 2 ** 20,
    ...change,
  }));
}

/** The result of a scan with these runs. */
export function sampleResult(runs: readonly BenchRun[]): BenchResult {
  return {
    version: '0.0.0',
    generatedAt: new Date(0),
    config: '/tmp/test.config.ts',
    process: 'TEST',
    host: { cpus: 4, model: 'Model & Sons', node: 'v20.0.0' },
    options: { repeat: 3, eventsPerStream: null, passed: [] },
    runs,
    failures: [],
    points: benchPoints(runs),
  };
}
