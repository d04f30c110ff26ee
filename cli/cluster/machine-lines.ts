import type { JobOptions, JobReport } from '../../actors/index.ts';

/**
 * The first machine-read line of pixeltrack-standalone. Where nobody knows how many events there are (`events` is
 * `undefined`, as for a table that is read in pieces), it names no number that `Processing (\d+) events` could take for
 * one; the second line has it.
 */
export function processingLine(options: JobOptions, events: number | undefined): string {
  const { threads, streams, maxEvents, warmupEvents, runForSeconds } = options;
  const known = events ?? (maxEvents < 0 ? undefined : maxEvents);
  const count = known === undefined ? 'events until the source ends' : `${known} events`;
  const what = runForSeconds === undefined ? count : `for about ${runForSeconds} seconds`;
  const warmup = warmupEvents > 0 ? ` after ${warmupEvents} events of warm up,` : '';
  return `Processing ${what},${warmup} with ${streams} concurrent events and ${threads} threads.\n`;
}

/** The second one: scripts read the number of events, the seconds and the throughput from it. */
export function processedLine(
  report: Pick<JobReport, 'events' | 'wallSeconds' | 'eventsPerSecond' | 'cpuSeconds' | 'threads'>,
): string {
  const { events, wallSeconds, eventsPerSecond, cpuSeconds, threads } = report;
  const usage = wallSeconds > 0 ? (100 * cpuSeconds) / wallSeconds / Math.max(1, threads) : 0;
  const throughput = Number(eventsPerSecond.toPrecision(6));
  return (
    `Processed ${events} events in ${wallSeconds.toExponential(6)} seconds, ` +
    `throughput ${throughput} events/s, CPU usage per thread: ${usage.toFixed(1)}%\n`
  );
}

/** What the second line says. */
export interface ProcessedLine {
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly cpuPercentPerThread: number;
}

/** Reads the second line back: the last one in what a job wrote, `undefined` where there is none. */
export function readProcessedLine(output: string): ProcessedLine | undefined {
  const lines = output.matchAll(
    /^Processed (\d+) events in (\S+) seconds, throughput (\S+) events\/s, CPU usage per thread: (\S+)%$/gm,
  );
  const values = [...lines].at(-1)?.slice(1).map(Number);
  if (!values?.every(Number.isFinite)) return undefined;
  const [events = 0, seconds = 0, eventsPerSecond = 0, cpuPercentPerThread = 0] = values;
  return { events, seconds, eventsPerSecond, cpuPercentPerThread };
}
