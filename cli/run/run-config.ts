import { Worker } from 'node:worker_threads';
import type { JobReport, WorkerLanes } from '../../actors/index.ts';
import type { CommandContext } from '../command-context.ts';
import { configParameters } from '../config/config-parameters.ts';
import { configuredWith } from '../config/configured-process.ts';
import { failedReport, withError } from './failed-report.ts';
import { versionOf } from '../installation.ts';
import type { JobView } from './job-view.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { makeOwnJournal } from '../journal/make-journal.ts';
import type { MeshOf } from '../mesh/mesh-of.ts';
import type { MeshSettings } from '../mesh/mesh-settings.ts';
import { prepareOutput } from '../output-files.ts';
import { runJob } from './run-job.ts';
import { runSettings, type RunArguments, type RunSettings } from './run-settings.ts';
import { watchUncaught, type UncaughtWatch } from '../uncaught-errors.ts';
import { validate } from '../config/validate-config.ts';

/** What {@link runConfig} runs, and who sees how it goes. */
export interface ConfigRun {
  readonly read: () => Promise<LoadedConfig>;
  readonly given: RunArguments;
  readonly context: CommandContext;
  readonly view: JobView;
  readonly meshOf: MeshOf;
  /** The mesh that the job is in, where the arguments do not say so. */
  readonly mesh?: MeshSettings;
  /** Runs all lanes in this thread. */
  readonly oneThread?: boolean;
}

/** How the run of a config ended. */
export interface ConfigOutcome {
  /** `undefined` where the process was only to be checked, and is valid. */
  readonly report: JobReport | undefined;
  /** Files that the config is made of, as far as it came to be read. */
  readonly sources: ReadonlySet<string>;
}

/** What is known about a run so far; what fails early knows little. */
interface RunState {
  process?: string;
  sources: ReadonlySet<string>;
  /** Threads for lanes, from their start on. */
  threads: readonly Worker[];
  lanes?: WorkerLanes;
}

/** Runs the process of a config. Never rejects: what goes wrong is in the report, also before there is a job. */
export async function runConfig(run: ConfigRun): Promise<ConfigOutcome> {
  const state: RunState = { sources: new Set(), threads: [] };
  let report: JobReport | undefined;
  const uncaught = watchUncaught();
  try {
    report = await attempted(run, state, uncaught);
  } catch (thrown) {
    const { process } = state;
    const version = versionOf(run.context.installation);
    report = failedReport(thrown, { version, ...(process === undefined ? {} : { process }) });
  }
  await state.lanes?.close();
  await Promise.all(state.threads.map((thread) => thread.terminate()));
  await uncaught.stop();
  return {
    report: report && uncaught.caught.reduce<JobReport>(withError, report),
    sources: state.sources,
  };
}

/** Runs the job, or only checks it, which gives no report. */
async function attempted(
  run: ConfigRun,
  state: RunState,
  uncaught: UncaughtWatch,
): Promise<JobReport | undefined> {
  const { given, context, view, meshOf } = run;
  const { mesh } = run;
  const settings = { ...runSettings(given), ...(mesh === undefined ? {} : { mesh }) };
  const outputs = [...(given.report === undefined ? [] : [given.report]), ...given.histograms];
  await Promise.all(outputs.map(prepareOutput));
  const entry = new URL(context.installation.laneThread);
  state.threads = startThreads(threadsOf(settings, run), entry);
  const [config, { createLogger }, framework] = await Promise.all([
    run.read(),
    import('../logger.ts'),
    context.framework(),
  ]);
  const lanes =
    state.threads.length === 0
      ? undefined
      : new framework.WorkerLanes({ entry, started: state.threads });
  if (lanes !== undefined) state.lanes = lanes;
  state.process = config.template.name;
  state.sources = config.sources;
  const logger = createLogger(context.terminal, settings.logLevel, settings.logFormat);
  for (const warning of config.warnings) logger.warn(warning);
  const histograms = given.histograms.length > 0;
  const parameters = configParameters(config, { ...given, histograms });
  const definition = configuredWith(config, parameters, given);
  lanes?.use({ code: config.code, parameters });
  if (given.validateOnly) {
    await validate(config, definition, context);
    return undefined;
  }
  await makeOwnJournal(settings.mesh, definition);
  return await runJob({
    definition,
    code: config.code,
    settings,
    framework,
    packageFolder: context.installation.folder,
    lanes,
    logger,
    view,
    meshOf,
    uncaught,
  });
}

/** How many threads run lanes; none where this one runs them all. */
function threadsOf({ job }: RunSettings, { given, oneThread }: ConfigRun): number {
  const threads = Math.min(job.threads, job.streams);
  return threads === 1 || oneThread === true || given.validateOnly ? 0 : threads;
}

/** Starts the threads of the first lanes, which get ready while framework and config are loaded. */
function startThreads(count: number, entry: URL): Worker[] {
  return Array.from(
    { length: count },
    (_, index) => new Worker(entry, { name: `lane${String(index)}` }),
  );
}
