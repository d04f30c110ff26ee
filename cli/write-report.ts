import type { JobReport } from '../actors/index.ts';
import { writeOutput } from './output-files.ts';

/**
 * The report as JSON, with the time at which it was made. Stack traces are in it only where asked for. What JSON cannot
 * say comes as near as it can: big integers as text, maps as objects, typed arrays as lists.
 */
export function reportJson(report: JobReport, generatedAt: Date, stacks: boolean): string {
  const errors = report.errors.map(({ stack, ...error }) => (stacks ? { ...error, stack } : error));
  const whole = { ...report, errors, generatedAt: generatedAt.toISOString() };
  return `${JSON.stringify(whole, plainer, 2)}\n`;
}

/** Writes the report of a job. Throws `EDMESH_FILE_WRITE`. */
export async function writeReport(
  file: string,
  report: JobReport,
  options: { readonly stacks: boolean },
): Promise<void> {
  await writeOutput(file, reportJson(report, new Date(), options.stacks));
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
