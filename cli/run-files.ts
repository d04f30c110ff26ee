import type { ErrorReport, JobReport } from '../actors/index.ts';
import { EdmeshError } from '../edm/index.ts';
import type { CommandContext } from './command-context.ts';
import { errorText } from './error-text.ts';
import { withError } from './failed-report.ts';
import type { RunArguments } from './run-settings.ts';
import type { WrittenFile } from './summary.ts';

/** Writes report and histograms; `more` is added to the report. What cannot be written is an error of the job. */
export async function writeRunFiles(
  report: JobReport,
  given: Pick<RunArguments, 'histograms' | 'report' | 'logLevel'>,
  more: object = {},
): Promise<{ readonly report: JobReport; readonly files: readonly WrittenFile[] }> {
  const files: WrittenFile[] = [];
  let final = report;
  const attempt = async (what: string, file: string, write: () => Promise<void>) => {
    try {
      await write();
      files.push({ what, file });
    } catch (thrown) {
      // What could not even be prepared has been said.
      if (!final.errors.some(({ fields }) => fields.file === fileOf(thrown))) {
        final = withError(final, thrown);
      }
    }
  };
  if (report.transitions.beginJob > 0) {
    for (const file of given.histograms) {
      const { writeHistograms } = await import('./histogram-files.ts');
      await attempt('histograms', file, () => writeHistograms(file, report));
    }
  }
  const { report: file } = given;
  if (file !== undefined) {
    const { writeReport } = await import('./write-report.ts');
    const stacks = given.logLevel === 'debug';
    await attempt('report', file, () => writeReport(file, { ...final, ...more }, { stacks }));
  }
  return { report: final, files };
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
