import type { Row } from './rows.ts';

/** Figures of the same work with one lane and with two, round by round. */
export interface Pair {
  readonly one: readonly number[];
  readonly two: readonly number[];
}

/** A job with one lane and with two: events a second, and peak memory in bytes. */
export interface JobPair {
  readonly rate: Pair;
  readonly memory: Pair;
}

/** Everything that the suite about lanes measures. */
export interface LaneFigures {
  /** VELO events in JSON; `undefined` where there are none. */
  readonly json: JobPair | undefined;
  readonly demo: JobPair;
  readonly chain: Pair;
  /** Events a second of the chain behind a source that is read in order, with two lanes. */
  readonly streamed: readonly number[];
  /** Wall time of a job that does nothing, in milliseconds. */
  readonly startup: Pair;
  /** Rounds a second of a loop in plain threads: what this machine gives a second thread. */
  readonly arithmetic: Pair;
  /** Events a second of the demo's algorithms in plain threads. */
  readonly plainDemo: Pair;
}

/** Rows with their bars, and the figures that they are to be seen beside. */
export function laneRows(figures: LaneFigures): Row[] {
  const { json, demo, chain, streamed, startup, arithmetic, plainDemo } = figures;
  return [
    ...(json === undefined ? [] : scaling('velo JSON', json.rate, 1.85)),
    ...scaling('demo', demo.rate, 1.85),
    ...scaling('chain20', chain, 1.7, 300_000),
    atLeast('chain20 streamed, 2 lanes', fastest(streamed), 'events/s', 150_000),
    ...(json === undefined ? [] : [secondLaneMemory('velo JSON', json.memory)]),
    secondLaneMemory('demo', demo.memory),
    {
      name: 'start-up of a second lane',
      value: Math.min(...startup.two) - Math.min(...startup.one),
      unit: 'ms',
      bar: 150,
    },
    ...inThreads('demo without framework', 'events/s', plainDemo),
    ...inThreads('plain loop', 'rounds/s', arithmetic),
    { name: 'rounds of each measurement', value: streamed.length, unit: '', bar: null },
  ];
}

/** What the machine gives a second thread without lanes: with lanes it can hardly be more. */
function inThreads(name: string, unit: string, { one, two }: Pair): Row[] {
  const [best, bestOfTwo] = [fastest(one), fastest(two)];
  return [
    atLeast(`${name}, 1 thread`, best, unit, null),
    atLeast(`${name}, 2 threads`, bestOfTwo, unit, null),
    atLeast(`two threads over one, ${name}`, bestOfTwo / best, '×', null),
  ];
}

/** The best of each counts, since noise only ever adds. */
function scaling(
  name: string,
  { one, two }: Pair,
  bar: number | null,
  barOfOne: number | null = null,
): Row[] {
  return [
    atLeast(`${name}, 1 lane`, fastest(one), 'events/s', barOfOne),
    atLeast(`${name}, 2 lanes`, fastest(two), 'events/s', null),
    atLeast(`${name}, 2 lanes over 1`, fastest(two) / fastest(one), '×', bar),
  ];
}

/** Memory has no best: a process that collects garbage late only looks worse. So the median of each counts. */
function secondLaneMemory(job: string, { one, two }: Pair): Row {
  const bytes = median(two) - median(one);
  return { name: `memory of a second lane, ${job}`, value: bytes / 1e6, unit: 'MB', bar: 60 };
}

function atLeast(name: string, value: number, unit: string, bar: number | null): Row {
  return { name, value, unit, bar, moreIsBetter: true };
}

function fastest(rates: readonly number[]): number {
  return Math.max(...rates);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const below = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  const above = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return (below + above) / 2;
}
