import type { ErrorReport, JobReport } from '../actors/index.ts';
import { EdmeshError, exitStatusOf } from '../edm/index.ts';
import { describeNats } from '../transport/index.ts';
import type { CommandContext } from './command-context.ts';
import { parameterHelp } from './config-parameters.ts';
import { readConfig } from './configured-process.ts';
import { errorText } from './error-text.ts';
import { withError } from './failed-report.ts';
import { terminalView } from './job-view.ts';
import { processedLine } from './machine-lines.ts';
import { meshOf } from './mesh-of.ts';
import type { MeshSettings } from './mesh-settings.ts';
import { runConfig } from './run-config.ts';
import type { RunArguments } from './run-settings.ts';
import { summaryText, type WrittenFile } from './summary.ts';
import { writeFiles } from './written-files.ts';

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
    meshOf: (settings) => {
      tellMesh(settings, given, context);
      return meshOf(settings);
    },
  });
  if (report === undefined) return 0;
  const { report: written, files } = await writeFiles({
    report,
    given,
    ...(report.transitions.beginJob > 0 ? { histograms: report } : {}),
    withError: withFileError,
  });
  tellErrors(written, given, sources, context);
  tellEnd(written, given, files, context);
  return exitStatusOf(written.exitCode);
}

/** Says which job is joined, and how: nothing comes after that until the other processes are there. */
function tellMesh(
  { job, server }: MeshSettings,
  given: RunArguments,
  { terminal }: CommandContext,
): void {
  if (server === 'memory' || given.quiet) return;
  const text = `joining job ${job} at ${describeNats(server)}`;
  terminal.err(
    given.logFormat === 'json' ? `${JSON.stringify({ level: 30, msg: text })}\n` : `${text}\n`,
  );
}

/** The help about the parameters of a config. */
export async function configHelp(configFile: string, context: CommandContext): Promise<string> {
  return parameterHelp(await readConfig(configFile, context));
}

/** A report with the error of a file; what could not even be prepared has been said. */
function withFileError(report: JobReport, thrown: unknown): JobReport {
  const isKnown = report.errors.some(({ fields }) => fields.file === fileOf(thrown));
  return isKnown ? report : withError(report, thrown);
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
