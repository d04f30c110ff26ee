import type { JobOptions, JobReport } from '../actors/index.ts';

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
export function processedLine(report: JobReport): string {
  const { events, wallSeconds, eventsPerSecond, cpuSeconds, threads } = report;
  const usage = wallSeconds > 0 ? (100 * cpuSeconds) / wallSeconds / Math.max(1, threads) : 0;
  const throughput = Number(eventsPerSecond.toPrecision(6));
  return (
    `Processed ${events} events in ${wallSeconds.toExponential(6)} seconds, ` +
    `throughput ${throughput} events/s, CPU usage per thread: ${usage.toFixed(1)}%\n`
  );
}
