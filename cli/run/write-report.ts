import type { ErrorReport, JobReport } from '../../actors/index.ts';
import type { ClusterReport } from '../cluster/cluster-report.ts';
import { writeOutput } from '../output-files.ts';

/** The report of a job, or of the jobs of a cluster. */
export type AnyReport = JobReport | ClusterReport;

/**
 * A report as JSON, with the time at which it was made. Stack traces are in it only where asked for. What JSON cannot say
 * comes as near as it can: big integers as text, maps as objects, typed arrays as lists.
 */
export function reportJson(report: AnyReport, generatedAt: Date, stacks: boolean): string {
  const shown = stacks ? report : withoutStacks(report);
  const whole = { ...shown, generatedAt: generatedAt.toISOString() };
  return `${JSON.stringify(whole, plainer, 2)}\n`;
}

/** Writes the report of a job or of a cluster. Throws `EDMESH_FILE_WRITE`. */
export async function writeReport(
  file: string,
  report: AnyReport,
  options: { readonly stacks: boolean },
): Promise<void> {
  await writeOutput(file, reportJson(report, new Date(), options.stacks));
}

/** A copy of a value with nothing in it but what JSON can say. */
export function plainJson(value: object): object {
  return JSON.parse(JSON.stringify(value, plainer)) as object;
}

function withoutStacks(report: AnyReport): object {
  const errors = stackless(report.errors);
  if (!('processes' in report)) return { ...report, errors };
  const processes = Object.entries(report.processes).map(([name, each]) => [
    name,
    { ...each, errors: stackless(each.errors) },
  ]);
  return { ...report, errors, processes: Object.fromEntries(processes) as object };
}

function stackless(errors: readonly ErrorReport[]): Omit<ErrorReport, 'stack'>[] {
  return errors.map(({ stack: _stack, ...error }) => error);
}

function plainer(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...(value as ReadonlySet<unknown>)];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<unknown>);
  }
  return value;
}
