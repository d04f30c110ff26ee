import type { ErrorReport, JobReport } from '../actors/index.ts';
import { errorReport } from './failed-report.ts';

/** What a cluster reports at its end: what its processes do, and what they make together. */
export interface ClusterReport {
  /** The name of the job. */
  readonly job: string;
  readonly version: string;
  /** The worst exit code of all processes. */
  readonly exitCode: number;
  /** Events of the processes that have no controller; those of a follower are the same ones again. */
  readonly events: number;
  /** Of the process that took longest. */
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly eventsPerSecond: number;
  /** The peaks of all processes together. */
  readonly peakRssBytes: number;
  readonly threads: number;
  /** EDM streams of the processes that have no controller. */
  readonly streams: number;
  /** Errors of the cluster itself; those of a process are in its report. */
  readonly errors: readonly ErrorReport[];
  /** All of them, those of the processes too. */
  readonly errorCount: number;
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
