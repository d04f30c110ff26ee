import { wrongOption } from '../../edm/index.ts';
import { countText } from '../number-text.ts';
import { optionInteger, optionIntegers, optionSeconds, threadsMax } from '../option-values.ts';

/** The options of `edmesh bench` as the command line gives them. */
export interface BenchArguments {
  readonly param: readonly string[];
  readonly set: readonly string[];
  readonly threads?: string;
  readonly streams?: string;
  readonly repeat?: string;
  readonly maxEvents?: string;
  readonly eventsPerStream?: string;
  readonly runFor?: string;
  readonly skipEvents?: string;
  readonly warmupEvents?: string;
  readonly empty?: boolean;
  readonly json?: string;
  readonly svg?: string;
  readonly quiet?: boolean;
}

/** A number of threads and a number of EDM streams that are measured together. */
export interface Combination {
  readonly threads: number;
  readonly streams: number;
}

/** The options of `edmesh bench`, read and checked. */
export interface BenchSettings {
  /** What is measured: fewest threads first, then fewest EDM streams. */
  readonly combinations: readonly Combination[];
  /** Combinations of the lists that have fewer EDM streams than threads. */
  readonly skipped: readonly Combination[];
  /** How often each combination runs. */
  readonly repeat: number;
  /** Events of a run for each of its EDM streams; `undefined` where all runs have the same events. */
  readonly eventsPerStream: number | undefined;
  /** Options that every run is given as they are. */
  readonly passed: readonly string[];
}

/**
 * Reads the options of `edmesh bench`; `cores` is what 0 threads stand for, 0 EDM streams stand for as many as threads.
 * Throws `EDMESH_COMMAND_LINE` that names the option.
 */
export function benchSettings(given: BenchArguments, cores: number): BenchSettings {
  const lengths = [
    ['--max-events', given.maxEvents],
    ['--events-per-stream', given.eventsPerStream],
    ['--run-for', given.runFor],
  ].flatMap(([option = '', text]) => (text === undefined ? [] : [option]));
  if (lengths[0] !== undefined && lengths[1] !== undefined) {
    throw wrongOption(lengths[1], `it excludes ${lengths[0]}; give one of the two`);
  }
  const threads = optionIntegers('--threads', given.threads ?? '1', 0, threadsMax);
  const streams = optionIntegers('--streams', given.streams ?? '0', 0);
  const all = ascending(threads.map((count) => count || cores)).flatMap((count) =>
    ascending(streams.map((each) => each || count)).map((each) => ({
      threads: count,
      streams: each,
    })),
  );
  const combinations = all.filter(isMeasured);
  if (combinations.length === 0) {
    throw wrongOption('--streams', 'no combination has as many EDM streams as threads; raise it');
  }
  const { eventsPerStream, repeat } = given;
  return {
    combinations,
    skipped: all.filter((each) => !isMeasured(each)),
    repeat: optionInteger('--repeat', repeat ?? '3', 1),
    eventsPerStream:
      eventsPerStream === undefined
        ? undefined
        : optionInteger('--events-per-stream', eventsPerStream, 1),
    passed: passedOptions(given),
  };
}

/** The arguments of the `edmesh` that runs one combination. */
export function runArguments(
  config: string,
  { eventsPerStream, passed }: BenchSettings,
  { threads, streams }: Combination,
): string[] {
  const events =
    eventsPerStream === undefined ? [] : ['--max-events', String(eventsPerStream * streams)];
  const lanes = ['--threads', String(threads), '--streams', String(streams)];
  return ['run', config, ...lanes, '--quiet', ...events, ...passed];
}

/** A combination for people: `1 thread, 4 EDM streams`. */
export function combinationText({ threads, streams }: Combination): string {
  return `${countText(threads, 'thread')}, ${countText(streams, 'EDM stream')}`;
}

function passedOptions(given: BenchArguments): string[] {
  const integer = (option: string, text: string | undefined, min: number): string[] =>
    text === undefined ? [] : [option, String(optionInteger(option, text, min))];
  const { runFor } = given;
  return [
    ...integer('--max-events', given.maxEvents, -1),
    ...(runFor === undefined ? [] : ['--run-for', String(optionSeconds('--run-for', runFor))]),
    ...integer('--skip-events', given.skipEvents, 0),
    ...integer('--warmup-events', given.warmupEvents, 0),
    ...(given.empty ? ['--empty'] : []),
    ...given.param.flatMap((text) => ['-p', text]),
    ...given.set.flatMap((text) => ['--set', text]),
  ];
}

function isMeasured({ threads, streams }: Combination): boolean {
  return streams >= threads;
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
