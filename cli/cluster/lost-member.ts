import type { JobReport } from '../../actors/index.ts';
import { EdmeshError, exitStatusOf } from '../../edm/index.ts';
import type { MemberOutcome } from './cluster-member.ts';
import type { PlannedMember } from './cluster-plan.ts';
import { failedReport, withError } from '../run/failed-report.ts';
import { interrupted } from '../run/job-view.ts';
import type { EndSignal } from '../signals.ts';

/** What the command itself did to the processes. */
export interface ClusterEffects {
  /** The signal that it passed on. */
  readonly signal?: EndSignal;
  /** Why it killed those that were left: what comes after the word. */
  readonly killed?: string;
  /** The second signal, for which it did so. */
  readonly abortedBy?: EndSignal;
}

/**
 * The report of a process, however it ended: its own, or one that says that it was lost. A status that is not that of its
 * report, as of one that crashed on its way out, is an error too.
 */
export function memberReport(
  { name, settings: { job } }: PlannedMember,
  outcome: MemberOutcome,
  effects: ClusterEffects,
  version: string,
): JobReport {
  const { report, status } = outcome;
  if (report !== undefined) {
    const isAsReported = status === exitStatusOf(report.exitCode) || effects.killed !== undefined;
    return isAsReported ? report : withError(report, lost(name, outcome));
  }
  const wasEnded = outcome.signal !== null && outcome.signal === effects.signal;
  const error =
    effects.killed !== undefined && outcome.signal === 'SIGKILL'
      ? new EdmeshError('EDMESH_INTERRUPTED', `process ${name} was killed ${effects.killed}`)
      : wasEnded
        ? interrupted(effects.signal ?? '')
        : lost(name, outcome);
  const { threads, streams } = job;
  return { ...failedReport(error, { process: name, version }), peakRssBytes: 0, threads, streams };
}

function lost(name: string, { report, status, signal, problem }: MemberOutcome): EdmeshError {
  const how =
    problem ?? (signal === null ? `ended with status ${status ?? ''}` : `ended by ${signal}`);
  const when = report === undefined ? 'before it gave its report' : 'after it gave its report';
  return new EdmeshError('EDMESH_PROCESS_LOST', `process ${name}: ${how} ${when}`, {
    fields: {
      process: name,
      ...(status === null ? {} : { status }),
      ...(signal === null ? {} : { signal }),
    },
  });
}
