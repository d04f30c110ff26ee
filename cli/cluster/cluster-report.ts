import type { JobReport } from '../../actors/index.ts';
import { errorReport } from '../run/failed-report.ts';
import type { HistogramsOf } from '../histogram-files.ts';

/**
 * What a cluster reports at its end: what its processes do, and what they make together. Events and EDM streams are those
 * of the processes that have no controller, the exit code is the worst, the time that of the process that took longest;
 * CPU time, memory, threads and errors are added up. `errors` are those of the cluster itself.
 */
export interface ClusterReport extends Pick<
  JobReport,
  | 'version'
  | 'exitCode'
  | 'events'
  | 'wallSeconds'
  | 'cpuSeconds'
  | 'eventsPerSecond'
  | 'peakRssBytes'
  | 'threads'
  | 'streams'
  | 'errors'
  | 'errorCount'
> {
  /** The name of the job. */
  readonly job: string;
  /** The report of each process, by its name. */
  readonly processes: Readonly<Record<string, JobReport>>;
}

/** What {@link clusterReport} merges. */
export interface ClusterParts {
  readonly job: string;
  readonly version: string;
  readonly reports: readonly { readonly report: JobReport; readonly hasController: boolean }[];
}

/** Merges the reports of processes. */
export function clusterReport({ job, version, reports }: ClusterParts): ClusterReport {
  const all = reports.map(({ report }) => report);
  const first = reports.flatMap(({ report, hasController }) => (hasController ? [] : [report]));
  const wallSeconds = Math.max(0, ...all.map((report) => report.wallSeconds));
  const events = sum(first, (report) => report.events);
  return {
    job,
    version,
    exitCode: worstExitCode(all.map(({ exitCode }) => exitCode)),
    events,
    wallSeconds,
    cpuSeconds: sum(all, (report) => report.cpuSeconds),
    eventsPerSecond: wallSeconds > 0 ? events / wallSeconds : 0,
    peakRssBytes: sum(all, (report) => report.peakRssBytes),
    threads: sum(all, (report) => report.threads),
    streams: sum(first.length === 0 ? all : first, (report) => report.streams),
    errors: [],
    errorCount: sum(all, (report) => report.errorCount),
    processes: Object.fromEntries(all.map((report) => [report.process, report])),
  };
}

/** A report with an error of the cluster itself. */
export function withClusterError(report: ClusterReport, thrown: unknown): ClusterReport {
  const error = errorReport(thrown);
  return {
    ...report,
    exitCode: worstExitCode([report.exitCode, error.exitCode]),
    errors: [...report.errors, error],
    errorCount: report.errorCount + 1,
  };
}

/** The histograms of all processes; a module has the name of its process before its label. */
export function histogramsOf({ job, events, processes }: ClusterReport): HistogramsOf {
  const named = Object.entries(processes).flatMap(([name, { modules }]) =>
    Object.entries(modules).map(([label, module]) => [`${name}/${label}`, module] as const),
  );
  return { process: job, events, modules: Object.fromEntries(named) };
}

/** What somebody asked for is better than any failure. */
const interruptedCode = 9000;

/** The worst of several exit codes: a failure before an interruption, and the highest number of two failures. */
export function worstExitCode(exitCodes: readonly number[]): number {
  const failures = exitCodes.filter((code) => code !== interruptedCode);
  return Math.max(0, ...failures) || Math.max(0, ...exitCodes);
}

function sum(reports: readonly JobReport[], value: (report: JobReport) => number): number {
  return reports.reduce((total, report) => total + value(report), 0);
}
