import type { ErrorReport, JobReport } from '../actors/index.ts';
import { EdmeshError, exitStatusOf } from '../edm/index.ts';
import type { CommandContext } from './command-context.ts';
import { parameterHelp } from './config-parameters.ts';
import { readConfig } from './configured-process.ts';
import { errorText } from './error-text.ts';
import { withError } from './failed-report.ts';
import { terminalView } from './job-view.ts';
import { processedLine } from './machine-lines.ts';
import { meshOf } from './mesh-of.ts';
import { runConfig } from './run-config.ts';
import type { RunArguments } from './run-settings.ts';
import { summaryText, type WrittenFile } from './summary.ts';

/** `edmesh run`: runs the process of a config, writes its files, says how it went. Returns the exit status. */
export async function runCommand(
  configFile: string,
  given: RunArguments,
  context: CommandContext,
): Promise<number> {
  const { report, sources } = await runConfig({
    read: () => readConfig(configFile, context),
    given,
    context,
    view: terminalView(context.terminal, given.quiet ?? false),
    meshOf,
  });
  if (report === undefined) return 0;
  const { report: written, files } = await writeFiles(report, given);
  tellErrors(written, given, sources, context);
  tellEnd(written, given, files, context);
  return exitStatusOf(written.exitCode);
}

/** The help about the parameters of a config. */
export async function configHelp(configFile: string, context: CommandContext): Promise<string> {
  return parameterHelp(await readConfig(configFile, context));
}

/** Writes report and histograms. What cannot be written is an error of the job. */
async function writeFiles(
  report: JobReport,
  given: RunArguments,
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
    await attempt('report', file, () => writeReport(file, final, { stacks }));
  }
  return { report: final, files };
}

function fileOf(thrown: unknown): unknown {
  return thrown instanceof EdmeshError ? thrown.fields.file : undefined;
}

function tellErrors(
  report: JobReport,
  given: RunArguments,
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

function tellEnd(
  report: JobReport,
  given: RunArguments,
  files: readonly WrittenFile[],
  context: CommandContext,
): void {
  if (report.transitions.beginJob === 0) return;
  if (report.exitCode === 0 || report.errors.at(-1)?.code === 'EDMESH_INTERRUPTED') {
    context.terminal.out(processedLine(report));
  }
  if (!given.quiet) context.terminal.out(summaryText(report, files));
}
