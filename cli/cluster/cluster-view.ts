import type { ErrorReport, JobProgress, JobReport } from '../../actors/index.ts';
import type { PlannedMember } from './cluster-plan.ts';
import { showCluster, type MemberProgress } from './cluster-progress.ts';
import type { ClusterObserver } from './cluster-run.ts';
import { errorText } from '../error-text.ts';
import { memberReport } from './lost-member.ts';
import { processingLine } from './machine-lines.ts';
import { memberLines, prefixed } from './member-lines.ts';
import type { RunSettings } from '../run/run-settings.ts';
import type { Terminal } from '../terminal.ts';

/** How a cluster is shown. */
export interface ClusterViewInput {
  readonly members: readonly PlannedMember[];
  readonly shared: RunSettings;
  readonly terminal: Terminal;
  readonly version: string;
  readonly quiet: boolean;
}

/** A cluster on the terminal of the command. */
export interface ClusterView {
  readonly observer: ClusterObserver;
  /** The report of each process that is gone. */
  readonly reports: ReadonlyMap<string, JobReport>;
  stop(): void;
}

/** Shows a cluster: logs as they come, one progress line, the errors of a process when it is gone. */
export function clusterView(input: ClusterViewInput): ClusterView {
  const { members, shared, terminal, version, quiet } = input;
  const lines = new Map(
    members.map(({ name }) => [name, memberLines(name, shared.logFormat, terminal)]),
  );
  const progresses = new Map<string, JobProgress>();
  const expected = new Map<string, number | undefined>();
  const reports = new Map<string, JobReport>();
  const stop = quiet
    ? () => undefined
    : showCluster(() => standing(members, progresses), shared.job.runForSeconds, terminal);
  return {
    reports,
    stop,
    observer: {
      member({ name }) {
        const sinks = lines.get(name);
        return {
          announced: (events) => expected.set(name, events),
          progressed: (progress) => progresses.set(name, progress),
          wrote: (where, text) => sinks?.[where].push(text),
        };
      },
      allBegun() {
        terminal.out(processingText(members, shared, expected));
      },
      gone(member, outcome, effects) {
        const { name } = member;
        const report = memberReport(member, outcome, effects, version);
        const sinks = lines.get(name);
        for (const sink of [sinks?.out, sinks?.err]) sink?.end();
        reports.set(name, report);
        progresses.set(name, endOf(report));
        const stack = member.settings.logLevel === 'debug';
        for (const error of report.errors.filter(({ fatal }) => fatal)) {
          terminal.err(memberErrorText(error, member, shared.logFormat === 'json', stack));
        }
      },
      said(text) {
        const log = JSON.stringify({ level: 40, msg: text });
        terminal.err(shared.logFormat === 'json' ? `${log}\n` : `${text}\n`);
      },
    },
  };
}

function standing(
  members: readonly PlannedMember[],
  progresses: ReadonlyMap<string, JobProgress>,
): MemberProgress[] {
  return members.map(({ name, hasController }) => ({
    name,
    hasController,
    progress: progresses.get(name),
  }));
}

function endOf({ events, wallSeconds }: JobReport): JobProgress {
  return { phase: 'ended', events, eventsExpected: events, runningSeconds: wallSeconds };
}

/** The first machine-read line, for all processes together. */
function processingText(
  members: readonly PlannedMember[],
  shared: RunSettings,
  expected: ReadonlyMap<string, number | undefined>,
): string {
  const counted = members.filter(({ hasController }) => !hasController);
  const first = counted.length === 0 ? members : counted;
  const events = first.reduce<number | undefined>((total, { name }) => {
    const each = expected.get(name);
    return total === undefined || each === undefined ? undefined : total + each;
  }, 0);
  const sum = (of: readonly PlannedMember[], option: 'threads' | 'streams') =>
    of.reduce((total, { settings }) => total + settings.job[option], 0);
  const options = { threads: sum(members, 'threads'), streams: sum(first, 'streams') };
  return processingLine({ ...shared.job, ...options }, events);
}

function memberErrorText(
  error: ErrorReport,
  { name, config }: PlannedMember,
  json: boolean,
  withStack: boolean,
): string {
  if (!json) return prefixed(name, errorText(error, { sources: config.sources, stack: withStack }));
  const { stack, ...plain } = error;
  const shown = withStack ? { ...plain, stack } : plain;
  return `${JSON.stringify({ level: 50, process: name, ...shown, msg: error.message })}\n`;
}
