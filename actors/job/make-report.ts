import {
  configurationHash,
  JobDigest,
  registryKey,
  transitionNames,
  type ModuleType,
  type ProcessDefinition,
  type TransitionCounts,
} from '../../edm/index.ts';
import type { TrafficCounts } from '../../transport/index.ts';
import { mergedGpuReports } from '../gpu/index.ts';
import type { JobErrors } from './job-errors.ts';
import type { JobOptions } from './job-options.ts';
import type { LaneResult, ModuleFigures } from '../lane/lane-handle.ts';
import { addSummary } from '../lane/lane-result.ts';
import type { JobReport, ModuleReport, PathReport } from './report.ts';
import { version } from '../version.ts';

/** What a report is made of; a job that failed early lacks some of it. */
export interface ReportParts {
  readonly definition: ProcessDefinition;
  readonly options: JobOptions;
  /** What each lane has counted and gathered. */
  readonly results: readonly LaneResult[];
  readonly events: number;
  /** What went over the links to other processes, where there are any. */
  readonly transport: TrafficCounts | undefined;
  /** Counts of the global transitions. */
  readonly transitions: TransitionCounts;
  readonly errors: JobErrors;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/** Makes the report of a job. */
export function makeReport(parts: ReportParts): JobReport {
  const { definition, options, results, events, errors, wallSeconds, cpuSeconds } = parts;
  const summaries = mergedSummaries(parts);
  const gpu = mergedGpuReports(results.flatMap((result) => result.gpu ?? []));
  const counts = {
    process: definition.data.name,
    configurationHash: configurationHash(definition.data),
    version,
    exitCode: errors.exitCode,
    events,
    wallSeconds,
    cpuSeconds,
    eventsPerSecond: wallSeconds > 0 ? events / wallSeconds : 0,
    peakRssBytes: parts.peakRssBytes,
    threads: options.threads,
    streams: options.streams,
    transitions: transitionCounts(parts),
    modules: moduleReports(parts, summaries),
    ...pathReports(parts),
    errors: errors.listed,
    errorCount: errors.count,
    ...(parts.transport === undefined ? {} : { transport: parts.transport }),
    ...(gpu === undefined ? {} : { gpu }),
  };
  if (!options.digest || results.length === 0) return counts;
  const digest = new JobDigest();
  for (const result of results) digest.merge(result.digest);
  return { ...counts, digest: digest.total(), digests: digest.byLabel() };
}

function transitionCounts({ transitions, results, events }: ReportParts): TransitionCounts {
  const counts = { ...transitions, event: events };
  for (const result of results) {
    for (const name of transitionNames) counts[name] += result.transitions[name];
  }
  return counts;
}

/** Partial summaries of all lanes combined; what goes wrong there is an error of the job. */
function mergedSummaries({ definition, results, errors }: ReportParts): Map<string, unknown> {
  const summaries = new Map<string, unknown>();
  for (const [label, partial] of results.flatMap((result) => result.summaries)) {
    const type = definition.data.modules[label]?.type ?? '';
    const module = definition.types.get(registryKey('module', type)) as ModuleType | undefined;
    try {
      addSummary(summaries, label, partial, module?.reduceSummary);
    } catch (error) {
      errors.fail(error, `module ${label}`, 'endJob');
    }
  }
  return summaries;
}

function moduleReports(
  { definition, results, options }: ReportParts,
  summaries: ReadonlyMap<string, unknown>,
): Record<string, ModuleReport> {
  const entries = Object.entries(definition.data.modules).map(([label, { type }]) => {
    const total = (name: keyof ModuleFigures) =>
      results.reduce((sum, { modules }) => sum + (modules[label]?.[name] ?? 0), 0);
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

function pathReports({ definition, results }: ReportParts): Pick<JobReport, 'paths' | 'endPaths'> {
  const names = Object.keys(definition.data.paths);
  const report = (number: number): PathReport => {
    const total = (name: keyof PathReport) =>
      results.reduce((sum, { paths }) => sum + (paths[number]?.[name] ?? 0), 0);
    return {
      run: total('run'),
      pass: total('pass'),
      fail: total('fail'),
      exception: total('exception'),
    };
  };
  const all = (these: readonly string[], first: number) =>
    Object.fromEntries(these.map((name, index) => [name, report(first + index)]));
  const endPaths = Object.keys(definition.data.endPaths);
  return { paths: all(names, 0), endPaths: all(endPaths, names.length) };
}
