import { configurationHash, noTransitions, type ProcessDefinition } from '../edm/index.ts';
import type { JobAssembly } from './job-assembly.ts';
import type { JobErrors } from './job-errors.ts';
import type { JobOptions } from './job-options.ts';
import type { JobReport, ModuleReport, PathReport } from './report.ts';
import type { ResolvedProcess } from './resolve.ts';
import { version } from './version.ts';

/** Clock readings around the events of a job. */
export interface RunFigures {
  beganMs: number;
  endedMs: number;
  cpuBegan: number;
  cpuEnded: number;
}

/** Clock readings of a job that has no events. */
export function noFigures(): RunFigures {
  return { beganMs: 0, endedMs: 0, cpuBegan: 0, cpuEnded: 0 };
}

/** What a report is made of; a job that failed early lacks some of it. */
export interface ReportParts {
  readonly definition: ProcessDefinition;
  readonly options: JobOptions;
  readonly resolved: ResolvedProcess | undefined;
  readonly assembly: JobAssembly | undefined;
  readonly errors: JobErrors;
  readonly figures: RunFigures;
  readonly summaries: ReadonlyMap<string, unknown>;
  readonly peakRssBytes: number;
}

/** Makes the report of a job. */
export function makeReport(parts: ReportParts): JobReport {
  const { definition, options, assembly, errors, figures } = parts;
  const streams = assembly?.streams ?? [];
  const events = streams.reduce((sum, { counters }) => sum + counters.events, 0);
  const wallSeconds = Math.max(0, figures.endedMs - figures.beganMs) / 1000;
  const digest = assembly?.digest;
  return {
    process: definition.data.name,
    configurationHash: configurationHash(definition.data),
    version,
    exitCode: errors.fatal?.exitCode ?? 0,
    events,
    wallSeconds,
    cpuSeconds: Math.max(0, figures.cpuEnded - figures.cpuBegan),
    eventsPerSecond: wallSeconds > 0 ? events / wallSeconds : 0,
    peakRssBytes: parts.peakRssBytes,
    threads: 1,
    streams: options.streams,
    transitions: { ...(assembly?.transitions ?? noTransitions()), event: events },
    modules: moduleReports(parts),
    ...pathReports(parts),
    errors: errors.listed,
    errorCount: errors.count,
    ...(digest === undefined ? {} : { digest: digest.total(), digests: digest.byLabel() }),
  };
}

function moduleReports(parts: ReportParts): Record<string, ModuleReport> {
  const { definition, resolved, assembly, options, summaries } = parts;
  const entries = Object.entries(definition.data.modules).map(([label, { type }]) => {
    const node = resolved?.plan.labels.indexOf(label) ?? -1;
    const total = (name: 'run' | 'rejected' | 'failed' | 'wallMs') =>
      assembly?.streams.reduce((sum, { counters }) => sum + (counters[name][node] ?? 0), 0) ?? 0;
    const [run, rejected, failed] = [total('run'), total('rejected'), total('failed')];
    const report: ModuleReport = {
      type,
      run,
      passed: run - rejected - failed,
      rejected,
      failed,
      wallMs: options.timing ? total('wallMs') : null,
      summary: summaries.get(label) ?? null,
    };
    return [label, report] as const;
  });
  return Object.fromEntries(entries);
}

function pathReports({ definition, assembly }: ReportParts): Pick<JobReport, 'paths' | 'endPaths'> {
  const { paths, endPaths } = definition.data;
  const names = Object.keys(paths);
  const report = (number: number): PathReport => {
    const total = (name: keyof PathReport) =>
      assembly?.streams.reduce(
        (sum, { schedule }) => sum + (schedule.pathCounts[number]?.[name] ?? 0),
        0,
      ) ?? 0;
    return {
      run: total('run'),
      pass: total('pass'),
      fail: total('fail'),
      exception: total('exception'),
    };
  };
  const all = (these: readonly string[], first: number) =>
    Object.fromEntries(these.map((name, index) => [name, report(first + index)]));
  return { paths: all(names, 0), endPaths: all(Object.keys(endPaths), names.length) };
}
