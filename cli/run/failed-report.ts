import type { ErrorReport, JobReport } from '../../actors/index.ts';
import { asEdmeshError, noTransitions } from '../../edm/index.ts';

/** What was thrown, as a report lists it. The stack traces of its causes come after its own. */
export function errorReport(thrown: unknown, fatal = true): ErrorReport {
  const error = asEdmeshError(thrown);
  const stacks: string[] = [];
  for (let at: unknown = error; at instanceof Error && stacks.length < 8; at = at.cause) {
    stacks.push(at.stack ?? String(at));
  }
  const { code, category, exitCode, message, contexts, fields } = error;
  return {
    code,
    category,
    exitCode,
    message,
    contexts: [...contexts],
    fields,
    fatal,
    stack: stacks.join('\ncaused by '),
  };
}

/** The report of a job that never came to be. */
export function failedReport(
  thrown: unknown,
  known: { readonly process?: string; readonly version: string },
): JobReport {
  const error = errorReport(thrown);
  return {
    process: known.process ?? '',
    configurationHash: '',
    version: known.version,
    exitCode: error.exitCode,
    events: 0,
    wallSeconds: 0,
    cpuSeconds: 0,
    eventsPerSecond: 0,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    threads: 1,
    streams: 0,
    transitions: noTransitions(),
    modules: {},
    paths: {},
    endPaths: {},
    errors: [error],
    errorCount: 1,
  };
}

/** A report with one more error, which decides about the exit code where the job itself ended well. */
export function withError(report: JobReport, thrown: unknown): JobReport {
  const error = errorReport(thrown);
  return {
    ...report,
    exitCode: report.exitCode === 0 ? error.exitCode : report.exitCode,
    errors: [...report.errors, error],
    errorCount: report.errorCount + 1,
  };
}
