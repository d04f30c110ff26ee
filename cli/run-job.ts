import type { Job, JobReport, LaneHost } from '../actors/index.ts';
import { EdmeshError, type Logger, type ProcessDefinition } from '../edm/index.ts';
import type { Framework } from './command-context.ts';
import { withError } from './failed-report.ts';
import { processingLine } from './machine-lines.ts';
import type { RunSettings } from './run-settings.ts';
import { watchSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';
import type { UncaughtWatch } from './uncaught-errors.ts';

/** What {@link runJob} runs, and where it shows how it goes. */
export interface RunJobInput {
  readonly definition: ProcessDefinition;
  readonly settings: RunSettings;
  readonly framework: Framework;
  /** Where lanes run, if not in this thread. */
  readonly lanes: LaneHost | undefined;
  readonly logger: Logger;
  readonly terminal: Terminal;
  /** Catches what nobody else does, from before the config was read. */
  readonly uncaught: UncaughtWatch;
  /** Shows no progress. */
  readonly quiet: boolean;
}

/**
 * Runs a job to its end, with progress. A signal, or an error that nobody caught, drains it; the report then says so.
 */
export async function runJob(input: RunJobInput): Promise<JobReport> {
  const { definition, settings, framework, lanes, logger, terminal, uncaught, quiet } = input;
  const job = framework.createJob(
    definition,
    lanes === undefined ? settings.job : { ...settings.job, laneHost: lanes },
    framework.nodeEnvironment(logger),
  );
  const signals = watchSignals((signal) => {
    logger.warn(`${signal}: draining events in flight; a second one aborts at once`);
    job.stop();
  });
  uncaught.onFirst(() => {
    logger.error('an error that nobody caught: draining events in flight');
    job.stop();
  });
  const announce = announcer(job, (events) => terminal.out(processingLine(settings.job, events)));
  const hide = quiet ? () => undefined : await progressOf(job, settings, terminal);
  try {
    const report = await job.run();
    announce(report);
    if (signals.received === undefined) return report;
    const error = new EdmeshError('EDMESH_INTERRUPTED', `${signals.received} ended the job early`, {
      fields: { signal: signals.received },
    });
    return withError(report, error);
  } finally {
    hide();
    signals.stop();
  }
}

async function progressOf(job: Job, settings: RunSettings, terminal: Terminal) {
  const { showProgress } = await import('./progress.ts');
  return showProgress(job, settings.job.runForSeconds, terminal);
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
