import type { BenchRun } from './bench-scan.ts';
import type { Combination } from './bench-settings.ts';

/** A combination, measured. */
export interface BenchPoint extends Combination {
  /** How many runs it is made of. */
  readonly runs: number;
  /** Throughput. */
  readonly eventsPerSecond: Spread;
  /** Median throughput over that of the first combination; `null` where that one processed nothing. */
  readonly scaling: number | null;
  /** Scaling over threads, both against the first combination: 1 is ideal. */
  readonly efficiency: number | null;
  /** Median. */
  readonly cpuPercentPerThread: number;
  /** The largest of all runs; `null` where none could measure it. */
  readonly peakRssBytes: number | null;
}

/** Where the values of repeated runs lie. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The runs of a scan by combination: fewest threads first, then fewest EDM streams. */
export function benchPoints(runs: readonly BenchRun[]): BenchPoint[] {
  const groups = new Map<string, BenchRun[]>();
  const sorted = runs.toSorted((a, b) => a.threads - b.threads || a.streams - b.streams);
  for (const run of sorted) {
    const key = `${run.threads} ${run.streams}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const measured = [...groups.values()].flatMap((group) => {
    const [run] = group;
    return run === undefined ? [] : [{ run, group, eventsPerSecond: throughputOf(group) }];
  });
  const first = measured[0];
  return measured.map(({ run, group, eventsPerSecond }) => {
    const { threads, streams } = run;
    const base = first?.eventsPerSecond.median ?? 0;
    const scaling = base > 0 ? eventsPerSecond.median / base : null;
    const times = threads / (first?.run.threads ?? 1);
    const memory = group.flatMap(({ peakRssBytes }) => peakRssBytes ?? []);
    return {
      threads,
      streams,
      runs: group.length,
      eventsPerSecond,
      scaling,
      efficiency: scaling === null ? null : scaling / times,
      cpuPercentPerThread: spreadOf(group.map((each) => each.cpuPercentPerThread)).median,
      peakRssBytes: memory.length === 0 ? null : Math.max(...memory),
    };
  });
}

function throughputOf(group: readonly BenchRun[]): Spread {
  return spreadOf(group.map(({ eventsPerSecond }) => eventsPerSecond));
}

/** The median of values, of which there must be one at least, and their ends. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}
