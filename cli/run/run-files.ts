import type { ErrorReport, JobReport } from '../../actors/index.ts';
import { EdmeshError } from '../../edm/index.ts';
import type { CommandContext } from '../command-context.ts';
import { errorText } from '../error-text.ts';
import { withError } from './failed-report.ts';
import type { RunArguments } from './run-settings.ts';
import type { WrittenFile } from './summary.ts';
import { writeFiles } from './written-files.ts';

/** Writes histograms, then the report of a job, to which `more` is added. What cannot be written is an error in it. */
export function writeRunFiles(
  report: JobReport,
  given: Pick<RunArguments, 'histograms' | 'report' | 'logLevel'>,
  more: object = {},
): Promise<{ readonly report: JobReport; readonly files: readonly WrittenFile[] }> {
  return writeFiles<JobReport>({
    report: { ...report, ...more },
    given,
    ...(report.transitions.beginJob > 0 ? { histograms: report } : {}),
    withError: withFileError,
  });
}

/** A report with the error of a file; what could not even be prepared has been said. */
function withFileError(report: JobReport, thrown: unknown): JobReport {
  const isKnown = report.errors.some(({ fields }) => fields.file === fileOf(thrown));
  return isKnown ? report : withError(report, thrown);
}

function fileOf(thrown: unknown): unknown {
  return thrown instanceof EdmeshError ? thrown.fields.file : undefined;
}

/** Says what has ended a job. */
export function tellErrors(
  report: JobReport,
  given: Pick<RunArguments, 'logLevel' | 'logFormat'>,
  sources: ReadonlySet<string>,
  context: CommandContext,
): void {
  const options = { sources, stack: given.logLevel === 'debug' };
  const say = (error: ErrorReport): void => {
    const { stack, ...plain } = error;
    const json = options.stack ? { ...plain, stack } : plain;
    const text =
      given.logFormat === 'json'
        ? `${JSON.stringify({ level: 50, ...json, msg: error.message })}\n`
        : errorText(error, options);
    context.terminal.err(text);
  };
  for (const error of report.errors.filter(({ fatal }) => fatal)) say(error);
}
