import type { ErrorReport, JobReport, WorkerLanes } from '../actors/index.ts';
import { EdmeshError, exitStatusOf } from '../edm/index.ts';
import type { CommandContext, Framework } from './command-context.ts';
import { configParameters, parameterHelp } from './config-parameters.ts';
import { configuredGraph, configuredWith, readConfig } from './configured-process.ts';
import { errorText } from './error-text.ts';
import { failedReport, withError } from './failed-report.ts';
import { versionOf } from './installation.ts';
import { processedLine } from './machine-lines.ts';
import { prepareOutput } from './output-files.ts';
import { runJob } from './run-job.ts';
import { runSettings, type RunArguments, type RunSettings } from './run-settings.ts';
import { summaryText, type WrittenFile } from './summary.ts';
import { watchUncaught, type UncaughtWatch } from './uncaught-errors.ts';

/** What is known about a run so far; what fails early knows little. */
interface RunState {
  process?: string;
  sources: ReadonlySet<string>;
  lanes?: WorkerLanes | undefined;
}

/** `edmesh run`: runs the process of a config, writes its files, says how it went. Returns the exit status. */
export async function runCommand(
  configFile: string,
  given: RunArguments,
  context: CommandContext,
): Promise<number> {
  const state: RunState = { sources: new Set() };
  let report: JobReport | undefined;
  const uncaught = watchUncaught();
  try {
    report = await attempted(configFile, given, context, state, uncaught);
  } catch (thrown) {
    const { process } = state;
    const version = versionOf(context.installation);
    report = failedReport(thrown, { version, ...(process === undefined ? {} : { process }) });
  }
  await state.lanes?.close();
  await uncaught.stop();
  if (report === undefined) return 0;
  report = uncaught.caught.reduce<JobReport>(withError, report);
  const { report: written, files } = await writeFiles(report, given);
  tellErrors(written, given, state, context);
  tellEnd(written, given, files, context);
  return exitStatusOf(written.exitCode);
}

/** The help about the parameters of a config. */
export async function configHelp(configFile: string, context: CommandContext): Promise<string> {
  return parameterHelp(await readConfig(configFile, context));
}

/** Runs the job, or only checks it, which gives no report. */
async function attempted(
  configFile: string,
  given: RunArguments,
  context: CommandContext,
  state: RunState,
  uncaught: UncaughtWatch,
): Promise<JobReport | undefined> {
  const settings = runSettings(given);
  const outputs = [...(given.report === undefined ? [] : [given.report]), ...given.histograms];
  await Promise.all(outputs.map(prepareOutput));
  const [config, { createLogger }, framework] = await Promise.all([
    readConfig(configFile, context),
    import('./logger.ts'),
    context.framework().then((loaded) => {
      state.lanes = lanesFor(settings, given, loaded, context);
      return loaded;
    }),
  ]);
  state.process = config.template.name;
  state.sources = config.sources;
  const logger = createLogger(context.terminal, settings.logLevel, settings.logFormat);
  for (const warning of config.warnings) logger.warn(warning);
  const histograms = given.histograms.length > 0;
  const parameters = configParameters(config, { ...given, histograms });
  const definition = configuredWith(config, parameters, given);
  state.lanes?.use({ code: config.code, parameters });
  if (given.validateOnly) {
    const graph = await configuredGraph(config, definition, context);
    for (const warning of graph.warnings) context.terminal.out(`warning: ${warning}\n`);
    const count = Object.keys(definition.data.modules).length;
    const modules = count === 1 ? '1 module' : `${count} modules`;
    context.terminal.out(`${config.file}: process ${graph.process} is valid, ${modules}\n`);
    return undefined;
  }
  const { terminal } = context;
  const quiet = given.quiet ?? false;
  const { lanes } = state;
  return await runJob({
    definition,
    settings,
    framework,
    lanes,
    logger,
    terminal,
    uncaught,
    quiet,
  });
}

/** Threads for lanes where there are to be several; they start while the config is being read. */
function lanesFor(
  { job }: RunSettings,
  given: RunArguments,
  framework: Framework,
  context: CommandContext,
): WorkerLanes | undefined {
  const threads = Math.min(job.threads, job.streams);
  if (threads === 1 || given.validateOnly) return undefined;
  return new framework.WorkerLanes({ entry: new URL(context.installation.laneThread), threads });
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
  state: RunState,
  context: CommandContext,
): void {
  const options = { sources: state.sources, stack: given.logLevel === 'debug' };
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
