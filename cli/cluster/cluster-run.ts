import { setTimeout as pause } from 'node:timers/promises';
import { createActor } from 'xstate';
import { exitStatusOf } from '../../edm/index.ts';
import type {
  MemberObserver,
  MemberOutcome,
  RunningMember,
  StartMember,
} from './cluster-member.ts';
import type { PlannedMember } from './cluster-plan.ts';
import { clusterMachine } from './cluster.machine.ts';
import { interrupted } from '../run/job-view.ts';
import type { ClusterEffects } from './lost-member.ts';
import { isEndSignal, type EndSignal, type watchSignals } from '../signals.ts';

/** A terminal sends its signal to all processes: one may be gone before the command itself has heard of it. */
const ownSignalMs = 100;

/** Is told how a cluster goes. */
export interface ClusterObserver {
  /** What one process does goes here. */
  member(member: PlannedMember): MemberObserver;
  /** The job of every process has begun. */
  allBegun(): void;
  /** A process is gone. */
  gone(member: PlannedMember, outcome: MemberOutcome, effects: ClusterEffects): void;
  /** The cluster ends early. */
  said(text: string): void;
}

/** What {@link runCluster} runs, and who sees how it goes. */
export interface ClusterRun {
  readonly members: readonly PlannedMember[];
  readonly startMember: StartMember;
  readonly observer: ClusterObserver;
  readonly watchSignals: typeof watchSignals;
  /** How long the others may drain when one has failed. */
  readonly limitMs: number;
}

/** Runs processes until none is left; tells what it did to them. */
export async function runCluster(run: ClusterRun): Promise<ClusterEffects> {
  const { members, observer, startMember } = run;
  const running = new Map<string, RunningMember>();
  const effects: { -readonly [K in keyof ClusterEffects]: ClusterEffects[K] } = {};
  let failed = '';
  const start = (member: PlannedMember): void => {
    const { name } = member;
    const seen = observer.member(member);
    const started = startMember(member, {
      ...seen,
      announced(events) {
        seen.announced(events);
        actor.send({ type: 'BEGUN', name });
      },
    });
    running.set(name, started);
    void started.ended.then(async (outcome) => {
      running.delete(name);
      if (isEndSignal(outcome.signal) && effects.signal === undefined) await pause(ownSignalMs);
      observer.gone(member, outcome, effects);
      const isFailure = hasFailed(outcome, effects.signal);
      if (isFailure) failed ||= name;
      actor.send({ type: 'GONE', name, failed: isFailure });
    });
  };
  const machine = clusterMachine.provide({
    delays: { limit: run.limitMs },
    actions: {
      startAll: () => {
        for (const member of members) start(member);
      },
      allBegun: () => {
        observer.allBegun();
      },
      passSignalOn: ({ event }) => {
        if (event.type !== 'SIGNAL') return;
        effects.signal = event.signal;
        observer.said(`${event.signal}: all processes drain; a second one ends them at once`);
        for (const member of running.values()) member.signal(event.signal);
      },
      askToDrain: () => {
        const why = `process ${failed} failed`;
        observer.said(`${why}: the others drain`);
        for (const member of running.values()) member.drain(why);
      },
      killAll: ({ event }) => {
        if (event.type === 'SIGNAL') effects.abortedBy = event.signal;
        effects.killed =
          event.type === 'SIGNAL'
            ? `by a second ${event.signal}`
            : 'since it did not drain in time';
        for (const member of running.values()) member.kill();
      },
    },
  });
  const actor = createActor(machine, { input: { names: members.map(({ name }) => name) } });
  const ended = new Promise<void>((resolve) => {
    actor.subscribe({ complete: resolve });
  });
  const pass = (signal: EndSignal): void => {
    actor.send({ type: 'SIGNAL', signal });
  };
  const signals = run.watchSignals(pass, pass);
  actor.start();
  await ended;
  signals.stop();
  return effects;
}

/** Whether a process ended with an error of its own. */
function hasFailed(
  { report, status, signal }: MemberOutcome,
  passedOn: string | undefined,
): boolean {
  if (report === undefined) return signal === null || signal !== passedOn;
  const { exitCode } = report;
  return exitCode !== 0 && exitCode !== interrupted('').exitCode
    ? true
    : status !== exitStatusOf(exitCode);
}
