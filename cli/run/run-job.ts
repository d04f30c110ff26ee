import type { Job, JobReport, LaneHost } from '../../actors/index.ts';
import type { Logger, ProcessDefinition } from '../../edm/index.ts';
import { ownOperations } from '../../gpu/index.ts';
import type { Framework } from '../command-context.ts';
import { withError } from './failed-report.ts';
import type { JobView } from './job-view.ts';
import type { MeshOf } from '../mesh/mesh-of.ts';
import type { RunSettings } from './run-settings.ts';
import type { UncaughtWatch } from '../uncaught-errors.ts';

/** What {@link runJob} runs, and who sees how it goes. */
export interface RunJobInput {
  readonly definition: ProcessDefinition;
  /** The config that it came from, as a module. */
  readonly code: string;
  readonly settings: RunSettings;
  readonly framework: Framework;
  /** The folder of the package that runs. */
  readonly packageFolder: string;
  /** Where lanes run, if not in this thread. */
  readonly lanes: LaneHost | undefined;
  readonly logger: Logger;
  readonly view: JobView;
  /** Connects the job with others, where the settings say that there are any. */
  readonly meshOf: MeshOf;
  /** Catches what nobody else does, from before the config was read. */
  readonly uncaught: UncaughtWatch;
}

/**
 * Runs a job to its end. A signal, or an error that nobody caught, drains it; the report then says so.
 */
export async function runJob(input: RunJobInput): Promise<JobReport> {
  const { definition, settings, framework, lanes, logger, view, meshOf, uncaught } = input;
  const own = ownOperations(definition, input.code);
  const installed = { packageFolder: input.packageFolder, environment: process.env, own };
  const options = {
    ...settings.job,
    ...(lanes === undefined ? {} : { laneHost: lanes }),
    ...(settings.mesh === undefined ? {} : meshOf(settings.mesh)),
    ...(settings.gpu === 'off' ? {} : { gpu: framework.gpuOptions(settings.gpu, installed) }),
  };
  const job = framework.createJob(definition, options, framework.nodeEnvironment(logger));
  const early = view.watch((text) => {
    logger.warn(text);
    job.stop();
  });
  uncaught.onFirst(() => {
    logger.error('an error that nobody caught: draining events in flight');
    job.stop();
  });
  const announce = announcer(job, (events) => {
    view.announce(settings.job, events);
  });
  const hide = await view.show(job, settings.job);
  try {
    const report = await job.run();
    announce(report);
    const { received } = early;
    return received === undefined ? report : withError(report, received);
  } finally {
    hide();
    early.stop();
  }
}

/**
 * Says how many events there will be as soon as the job knows: it has to open its source first. The returned function
 * makes up for it at the end of a job that was faster than that.
 */
function announcer(
  job: Job,
  say: (events: number | undefined) => void,
): (report: JobReport) => void {
  let said = false;
  const once = (otherwise?: number): void => {
    const { eventsExpected } = job.progress();
    const known = eventsExpected !== undefined && Number.isFinite(eventsExpected);
    if (!said) say(known ? eventsExpected : otherwise);
    said = true;
    clearInterval(timer);
  };
  const timer = setInterval(() => {
    const { phase } = job.progress();
    if (phase !== 'constructing' && phase !== 'warmingUp') once();
  }, 5);
  timer.unref();
  return ({ events, transitions }) => {
    if (transitions.beginJob > 0) once(events);
    clearInterval(timer);
  };
}
