import { EdmeshError, type ProcessDefinition } from '../../edm/index.ts';
import type { Environment } from '../environment.ts';
import type { JobOptions } from './job-options.ts';
import { JobRun } from './job-run.ts';
import type { JobProgress, JobReport } from './report.ts';

/** A job: one process definition, run once. */
export interface Job {
  /** Runs the job. Never rejects: a failure is in the report, with its exit code. Call once. */
  run(): Promise<JobReport>;
  /** Takes no more events, drains those in flight, ends as usual. */
  stop(): void;
  /** Where the job stands; cheap enough to ask ten times a second. */
  progress(): JobProgress;
}

/** Makes a job. Throws `EDMESH_COMMAND_LINE` for options out of range. */
export function createJob(
  definition: ProcessDefinition,
  options: JobOptions,
  environment: Environment,
): Job {
  checkOptions(options);
  const { warmupEvents } = options;
  let run: JobRun | undefined;
  let stopped = false;
  return {
    async run() {
      if (warmupEvents > 0) {
        run = new JobRun(definition, warmUpOptions(options), environment, true);
        const report = await run.run();
        if (report.exitCode !== 0) return report;
      }
      run = new JobRun(definition, options, environment, false);
      const report = run.run();
      if (stopped) run.stop();
      return report;
    },
    stop() {
      stopped = true;
      run?.stop();
    },
    progress() {
      return (
        run?.progress() ?? {
          phase: 'constructing',
          events: 0,
          eventsExpected: undefined,
          runningSeconds: 0,
        }
      );
    },
  };
}

/** The same job for the warm-up events alone, by their number, without anything measured. */
function warmUpOptions(options: JobOptions): JobOptions {
  const { threads, streams, skipEvents, warmupEvents, laneHost, gpu } = options;
  return {
    threads,
    streams,
    skipEvents,
    warmupEvents: 0,
    maxEvents: warmupEvents,
    digest: false,
    timing: false,
    ...(laneHost === undefined ? {} : { laneHost }),
    ...(gpu === undefined ? {} : { gpu }),
  };
}

function checkOptions(options: JobOptions): void {
  const integers = {
    threads: 1,
    streams: 1,
    maxEvents: -1,
    skipEvents: 0,
    warmupEvents: 0,
  } as const;
  for (const [name, least] of Object.entries(integers)) {
    const value = options[name as keyof typeof integers];
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new EdmeshError(
      'EDMESH_COMMAND_LINE',
      `option ${name} is ${String(value)}; it must be an integer from ${String(least)} on`,
      { fields: { option: name } },
    );
  }
  const { runForSeconds, maxEvents, threads, laneHost, onEvent, mesh, warmupEvents } = options;
  if (mesh !== undefined && warmupEvents > 0) {
    throw new EdmeshError(
      'EDMESH_COMMAND_LINE',
      `option warmupEvents is ${String(warmupEvents)}; a process that is connected with others has no warm-up events`,
      { fields: { option: 'warmupEvents' } },
    );
  }
  if (onEvent !== undefined && threads > 1 && laneHost?.threads === true) {
    throw new EdmeshError(
      'EDMESH_COMMAND_LINE',
      'option onEvent sees products of this thread alone; leave laneHost out, or use one thread',
      { fields: { option: 'onEvent' } },
    );
  }
  if (runForSeconds !== undefined && !(runForSeconds > 0)) {
    throw new EdmeshError(
      'EDMESH_COMMAND_LINE',
      `option runForSeconds is ${String(runForSeconds)}; it must be positive`,
    );
  }
  if (runForSeconds !== undefined && maxEvents >= 0) {
    throw new EdmeshError(
      'EDMESH_COMMAND_LINE',
      'options runForSeconds and maxEvents exclude each other',
    );
  }
}
