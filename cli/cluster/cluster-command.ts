import { constants } from 'node:os';
import { exitStatusOf } from '../../edm/index.ts';
import type { StartMember } from './cluster-member.ts';
import { clusterPlan, definedOf, type PlannedMember } from './cluster-plan.ts';
import { clusterJournal, journalFileOf } from './cluster-journal.ts';
import {
  clusterReport,
  histogramsOf,
  withClusterError,
  type ClusterReport,
} from './cluster-report.ts';
import { runCluster } from './cluster-run.ts';
import {
  clusterSettings,
  type ClusterArguments,
  type ClusterSettings,
} from './cluster-settings.ts';
import { clusterSummaryText } from './cluster-summary.ts';
import { clusterView } from './cluster-view.ts';
import type { CommandContext } from '../command-context.ts';
import { readConfig } from '../config/configured-process.ts';
import { errorText } from '../error-text.ts';
import { inProcessMembers } from './in-process-members.ts';
import { versionOf } from '../installation.ts';
import { interrupted } from '../run/job-view.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { processedLine } from './machine-lines.ts';
import { checkAllThere } from '../mesh/mesh-layout.ts';
import { memberProcesses } from './member-process.ts';
import type { NatsServer } from '../nats-server.ts';
import { prepareOutput } from '../output-files.ts';
import { runSettings, type RunArguments } from '../run/run-settings.ts';
import { holdingSignals, watchSignals } from '../signals.ts';
import type { WrittenFile } from '../run/summary.ts';
import { validate } from '../config/validate-config.ts';
import { writeFiles } from '../run/written-files.ts';

/** When one process fails, the others may drain for so long after they know of it. */
const drainMs = 5000;

/** The largest message of a server that a cluster starts: products up to this size go in one piece. */
const serverPayloadBytes = 8 * 1024 * 1024;

/** A server that a cluster has started for itself. */
export type ClusterServer = Pick<NatsServer, 'url' | 'stop'>;

/** Where a cluster runs: how its processes and its server are started, and how people end it. */
export interface ClusterEnvironment {
  /** Each process as an OS process of its own. */
  readonly startMember: StartMember;
  /** Left out where processes do without a server. Throws what `edmesh cluster` says then. */
  readonly startServer?: (options: {
    /** Whether it is to keep a journal. */
    readonly jetStream: boolean;
  }) => Promise<ClusterServer>;
  readonly watchSignals: typeof watchSignals;
  readonly holdingSignals: typeof holdingSignals;
}

/**
 * `edmesh cluster`: runs all processes of a job on this machine and shows them as one. Returns the exit status, that of
 * the worst process. Throws what is wrong with the options, a config or the files before anything runs.
 */
export async function clusterCommand(
  configFiles: readonly string[],
  given: ClusterArguments,
  context: CommandContext,
  environment = thisMachine(context),
): Promise<number> {
  const { terminal } = context;
  const settings = clusterSettings(given);
  const outputs = [...(given.report === undefined ? [] : [given.report]), ...given.histograms];
  await Promise.all(outputs.map(prepareOutput));
  const configs: LoadedConfig[] = [];
  // One after the other: the compiler is one for all, and ends after each.
  for (const file of configFiles) configs.push(await readConfig(file, context));
  const members = clusterPlan(configs, given, settings);
  // Others may join over a server that is there.
  if (given.nats === undefined) checkAllThere(members.map(({ definition }) => definition.data));
  for (const { warnings } of configs) {
    for (const warning of warnings) terminal.err(`warning: ${warning}\n`);
  }
  const journalFile = await journalFileOf(settings.mesh, given);
  if (given.validateOnly) return await validated(members, context);
  const planned = { given, settings, members, journalFile };
  return environment.holdingSignals(() => runPlanned(planned, context, environment));
}

/** A cluster of which everything is known that can be known before it runs. */
interface PlannedCluster {
  readonly given: ClusterArguments;
  readonly settings: ClusterSettings;
  readonly members: readonly PlannedMember[];
  readonly journalFile: string | undefined;
}

/** Runs a cluster, writes its files and says how it went. Returns the exit status. */
async function runPlanned(
  { given, settings, members, journalFile }: PlannedCluster,
  context: CommandContext,
  environment: ClusterEnvironment,
): Promise<number> {
  const { terminal, installation } = context;
  const version = versionOf(installation);
  const quiet = given.quiet ?? false;
  const server = await serverFor(given, settings, environment);
  const view = clusterView({ members, shared: settings.shared, terminal, version, quiet });
  const startMember = given.inProcess
    ? inProcessMembers(context, settings.mesh)
    : environment.startMember;
  const run = () =>
    runCluster({
      members: members.map((member) => connected(member, given, settings.mesh, server?.url)),
      startMember,
      observer: view.observer,
      watchSignals: environment.watchSignals,
      limitMs: settings.mesh.peerTimeoutMs + drainMs,
    }).finally(() => {
      view.stop();
    });
  const journal = clusterJournal(given, settings.mesh, server, journalFile);
  const around = { terminal, quiet, watchSignals: environment.watchSignals };
  const effects = await (journal?.around(run, around) ?? run()).finally(() => {
    view.stop();
    return server?.stop();
  });
  const reports = members.flatMap(({ name, hasController }) => {
    const report = view.reports.get(name);
    return report === undefined ? [] : [{ report, hasController }];
  });
  const merged = clusterReport({ job: settings.mesh.job, version, reports });
  const whole = journal?.error === undefined ? merged : withClusterError(merged, journal.error);
  const { report, files } = await writeFiles({
    report: whole,
    given,
    histograms: histogramsOf(merged),
    withError: withClusterError,
  });
  tellEnd(report, [...(journal?.files ?? []), ...files], given, context);
  const { abortedBy } = effects;
  return abortedBy === undefined
    ? exitStatusOf(report.exitCode)
    : 128 + constants.signals[abortedBy];
}

/** The server that the processes need and nobody has named. It ends with this process. */
async function serverFor(
  { nats, inProcess }: ClusterArguments,
  { mesh }: ClusterSettings,
  { startServer }: ClusterEnvironment,
): Promise<ClusterServer | undefined> {
  if (nats !== undefined || inProcess || startServer === undefined) return undefined;
  return await startServer({ jetStream: mesh.journal !== undefined });
}

/** A process that knows the server which was started for it, and the journal that was made. */
function connected(
  member: PlannedMember,
  given: ClusterArguments,
  { job, journal }: ClusterSettings['mesh'],
  nats: string | undefined,
): PlannedMember {
  const recorded = journal === undefined ? {} : { journal: journal.mode, journalMade: true };
  if (nats === undefined) return withArguments(member, recorded);
  const { heartbeat, peerTimeout, joinTimeout, slots } = given;
  return withArguments(member, {
    ...definedOf({ heartbeat, peerTimeout, joinTimeout, slots }),
    ...recorded,
    nats,
    job,
  });
}

function withArguments(member: PlannedMember, more: Partial<RunArguments>): PlannedMember {
  const args = { ...member.given, ...more };
  return { ...member, given: args, settings: runSettings(args) };
}

/** Checks every process and runs none. Returns the exit status. */
async function validated(
  members: readonly PlannedMember[],
  context: CommandContext,
): Promise<number> {
  for (const { config, definition } of members) await validate(config, definition, context);
  return 0;
}

/** Says how it went: the errors of the cluster itself, the second machine-read line, the summary. */
function tellEnd(
  report: ClusterReport,
  files: readonly WrittenFile[],
  given: ClusterArguments,
  { terminal }: CommandContext,
): void {
  const stack = given.logLevel === 'debug';
  for (const error of report.errors) {
    terminal.err(
      given.logFormat === 'json'
        ? `${JSON.stringify({ level: 50, ...error, stack: stack ? error.stack : undefined, msg: error.message })}\n`
        : errorText(error, { sources: new Set(), stack }),
    );
  }
  const processes = Object.values(report.processes);
  if (processes.every(({ transitions }) => transitions.beginJob === 0)) return;
  if (report.exitCode === 0 || report.exitCode === interrupted('').exitCode) {
    terminal.out(processedLine(report));
  }
  if (!given.quiet) terminal.out(clusterSummaryText(report, files));
}

/** Runs processes of this installation on this machine. */
function thisMachine({ installation }: CommandContext): ClusterEnvironment {
  return {
    startMember: memberProcesses(installation),
    startServer: async ({ jetStream }) => {
      const { startNatsServer } = await import('../nats-server.ts');
      const options = { maxPayloadBytes: serverPayloadBytes, jetStream };
      return await startNatsServer(process.env, options);
    },
    watchSignals,
    holdingSignals,
  };
}
