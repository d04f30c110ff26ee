import { Replay, type JobReport, type ReplayResult } from '../../actors/index.ts';
import { EdmeshError, exitStatusOf, formatEventId, wrongOption } from '../../edm/index.ts';
import type { CommandContext } from '../command-context.ts';
import { configuredProcess, readConfig } from '../config/configured-process.ts';
import { errorText } from '../error-text.ts';
import { errorReport } from '../run/failed-report.ts';
import { terminalView, type JobView } from '../run/job-view.ts';
import { journalSource, type JournalSource } from './journal-source.ts';
import { eventTable } from './journal-text.ts';
import { processedLine } from '../cluster/machine-lines.ts';
import { jobSettings } from '../mesh/mesh-settings.ts';
import { countText } from '../number-text.ts';
import { optionInteger } from '../option-values.ts';
import { replayPlan } from './replay-plan.ts';
import { replayWish, type ReplayArguments } from './replay-settings.ts';
import { runConfig } from '../run/run-config.ts';
import type { RunArguments } from '../run/run-settings.ts';
import { summaryText } from '../run/summary.ts';
import { writeRunFiles, tellErrors } from '../run/run-files.ts';

/** The status of a replay that differs. */
const differs = 1;

/**
 * `edmesh replay`: runs one process of a job on what a journal holds, and compares what it sends with what it had sent.
 * Returns the exit status: 0 where all is equal, 1 where something differs, that of the job where it fails.
 */
export async function replayCommand(
  configFile: string | undefined,
  given: ReplayArguments,
  context: CommandContext,
): Promise<number> {
  const wish = replayWish(given);
  if (!given.list && configFile === undefined) {
    throw wrongOption('edmesh replay', 'name the config of the process, or --list the events');
  }
  const journal = await journalSource(given);
  try {
    if (configFile === undefined || given.list) {
      await listEvents(journal, given, context);
      return 0;
    }
    return await replayed(configFile, given, context, journal, wish);
  } finally {
    await journal.close();
  }
}

async function listEvents(
  journal: JournalSource,
  { json, process }: ReplayArguments,
  { terminal }: CommandContext,
): Promise<void> {
  const { events: all, processes } = await journal.summary({ events: true });
  const endpoints = processes.find((each) => each.process === process)?.endpoints;
  if (process !== undefined && endpoints === undefined) {
    const known = processes.map((each) => each.process).join(', ');
    throw new EdmeshError(
      'EDMESH_REPLAY_REFUSED',
      `the journal of job ${journal.job} has no process ${process}; it has ${known || 'none'}`,
      { fields: { job: journal.job, process } },
    );
  }
  const events =
    endpoints === undefined
      ? all
      : all.filter(({ from, to }) => endpoints.includes(from) || endpoints.includes(to));
  if (json) terminal.out(`${JSON.stringify(events, undefined, 2)}\n`);
  else terminal.out(events.length === 0 ? 'no events\n' : eventTable(events));
}

async function replayed(
  configFile: string,
  given: ReplayArguments,
  context: CommandContext,
  journal: JournalSource,
  wish: ReturnType<typeof replayWish>,
): Promise<number> {
  const config = await readConfig(configFile, context);
  const definition = configuredProcess(config, {
    ...given,
    histograms: given.histograms.length > 0,
  });
  const { name } = definition.data;
  if (given.process !== undefined && given.process !== name) {
    throw wrongOption('--process', `${configFile} is process ${name}, not ${given.process}`);
  }
  const plan = await replayPlan(journal, definition, wish);
  const { own, selection, processes } = plan;
  const view = failingView(terminalView(context.terminal, given.quiet ?? false));
  const skip = own === undefined ? 0 : own.skip;
  const replay = new Replay({
    ...{ job: journal.job, process: name, processes, offset: skip },
    records: journal.records(),
    hasProducts: journal.mode === 'full',
    ...(selection === undefined ? {} : { selection }),
    ...(given.slots === undefined ? {} : { slots: optionInteger('--slots', given.slots, 1) }),
    defer: (callback) => {
      setImmediate(callback);
    },
    failed: (error) => {
      view.fail(error);
    },
  });
  const { report, sources } = await runConfig({
    read: () => Promise.resolve(config),
    given: argumentsOf(given, own),
    context,
    view,
    meshOf: () => ({ mesh: { connect: replay.connect } }),
    mesh: { ...jobSettings({}, journal.job), server: 'memory' },
    oneThread: true,
  });
  if (report === undefined) return 0;
  const result = await replay.close(report.exitCode === 0);
  const { report: written, files } = await writeRunFiles(report, given, { replay: result });
  tellErrors(written, given, sources, context);
  return tellEnd(written, result, files, given, context, journal);
}

/** The arguments of the run itself. */
function argumentsOf(
  given: ReplayArguments,
  own: { readonly skip: number; readonly take: number } | undefined,
): RunArguments {
  const { param, set, histograms, streams, validation, report, digest } = given;
  const { logLevel, logFormat, quiet, validateOnly, skipEvents = '0' } = given;
  const events =
    own === undefined
      ? {}
      : {
          skipEvents: String(optionInteger('--skip-events', skipEvents, 0) + own.skip),
          maxEvents: String(own.take),
        };
  const all = {
    streams,
    validation,
    report,
    digest,
    logLevel,
    logFormat,
    quiet,
    validateOnly,
    ...events,
  };
  const defined = Object.entries(all).filter(([, value]) => value !== undefined);
  return { param, set, histograms, ...(Object.fromEntries(defined) as Partial<RunArguments>) };
}

/** A view that also ends the job when the replay cannot go on. */
function failingView(view: JobView): JobView & { fail(error: EdmeshError): void } {
  let failed: EdmeshError | undefined;
  let drain: (text: string) => void = () => undefined;
  return {
    ...view,
    watch(callback) {
      const watch = view.watch(callback);
      drain = callback;
      if (failed !== undefined) drain(failed.message);
      return {
        get received() {
          return failed ?? watch.received;
        },
        stop() {
          drain = () => undefined;
          watch.stop();
        },
      };
    },
    fail(error) {
      if (failed !== undefined) return;
      failed = error;
      drain('the replay cannot go on: draining events in flight');
    },
  };
}

function tellEnd(
  report: JobReport,
  result: ReplayResult,
  files: Parameters<typeof summaryText>[1],
  given: ReplayArguments,
  { terminal }: CommandContext,
  journal: JournalSource,
): number {
  const status = exitStatusOf(report.exitCode);
  const { first, different } = result;
  if (report.transitions.beginJob > 0) {
    const isTold = report.exitCode === 0 || report.errors.at(-1)?.code === 'EDMESH_INTERRUPTED';
    if (isTold) terminal.out(processedLine(report));
    if (!given.quiet) terminal.out(summaryText(report, files));
    if (isTold || different > 0) {
      terminal.out((given.quiet ? '' : '\n') + verdict(report, result, journal));
    }
  }
  if (first === undefined) return status;
  const stack = given.logLevel === 'debug';
  terminal.err(
    errorText(errorReport(divergence(result, report.process)), { sources: new Set(), stack }),
  );
  return status === 0 ? differs : status;
}

/** What the replay has found, in one line or two. */
function verdict(report: JobReport, result: ReplayResult, { job, mode }: JournalSource): string {
  const { equal, different, eventsSent, incomplete, notRun, failedThen } = result;
  const events = countText(Math.max(0, report.events - incomplete + notRun), 'event');
  const sent = eventsSent === 0 ? [] : [`${countText(eventsSent, 'event')} sent to followers`];
  const products =
    mode === 'full'
      ? [`${countText(equal, 'product')} equal, ${String(different)} different`]
      : ['products were not recorded: none is compared'];
  const lines = [`Replayed ${events} of job ${job}: ${[...sent, ...products].join(', ')}\n`];
  if (incomplete > 0) {
    lines.push(
      `${countText(incomplete, 'event')} not compared: the journal does not hold all of them\n`,
    );
  }
  if (failedThen !== undefined) lines.push(`Then, ${failedThen}\n`);
  return lines.join('');
}

function divergence({ first, different }: ReplayResult, process: string): EdmeshError {
  const { run, lumi, event, ordinal, sender, instance, branch, column, index, now, then } =
    first ?? {
      ...{ run: 0, lumi: 0, event: 0, ordinal: 0, sender: '', instance: 0, branch: '' },
      ...{ column: '', index: undefined, now: '', then: '' },
    };
  const id = formatEventId({ run, lumi, event });
  const where = [
    `event ${id}, ordinal ${String(ordinal)}`,
    ...(branch === '' ? [] : [branch]),
    ...(sender === '' ? [] : [`sent by ${sender} on instance ${String(instance)}`]),
    ...(column === '' ? [] : [`column ${column}`]),
    ...(index === undefined ? [] : [`index ${String(index)}`]),
  ].join(', ');
  const more = different > 1 ? `; ${countText(different - 1, 'further difference')}` : '';
  return new EdmeshError(
    'EDMESH_REPLAY_DIVERGED',
    `process ${process}: ${where}: ${now} now, ${then} then${more}`,
    {
      fields: {
        ...{ run, lumi, event, ordinal, branch, sender, instance, column, now, then },
        different,
      },
    },
  );
}
