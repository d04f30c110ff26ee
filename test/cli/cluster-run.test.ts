/** The supervision of a cluster, with processes that the test plays. */
import { describe, expect, it } from 'vitest';
import type { MemberOutcome } from '../../cli/cluster/cluster-member.ts';
import type { PlannedMember } from '../../cli/cluster/cluster-plan.ts';
import { runCluster } from '../../cli/cluster/cluster-run.ts';
import type { ClusterEffects } from '../../cli/cluster/lost-member.ts';
import type { EndSignal } from '../../cli/signals.ts';

/** Runs one process that a signal ends; `heard` is when the command itself hears of it. */
async function endedBy(signal: EndSignal, heard: 'later' | 'never'): Promise<ClusterEffects> {
  let send: (signal: EndSignal) => void = () => undefined;
  const told: ClusterEffects[] = [];
  const outcome: MemberOutcome = { report: undefined, status: null, signal };
  await runCluster({
    members: [{ name: 'A' } as PlannedMember],
    startMember: () => ({
      ended: new Promise((resolve) => {
        resolve(outcome);
        if (heard === 'later')
          setImmediate(() => {
            send(signal);
          });
      }),
      signal: () => undefined,
      drain: () => undefined,
      kill: () => undefined,
    }),
    observer: {
      member: () => ({
        announced: () => undefined,
        progressed: () => undefined,
        wrote: () => undefined,
      }),
      allBegun: () => undefined,
      gone: (_member, _outcome, effects) => told.push({ ...effects }),
      said: () => undefined,
    },
    watchSignals: (drain) => {
      send = drain;
      return { received: undefined, stop: () => undefined };
    },
    limitMs: 1000,
  });
  return told[0] ?? {};
}

describe('a process that a signal has ended', () => {
  it('was ended by the signal of the terminal, though the command hears of that later', async () => {
    expect(await endedBy('SIGINT', 'later')).toEqual({ signal: 'SIGINT' });
  });

  it('was ended by somebody else where the command hears of none', async () => {
    expect(await endedBy('SIGTERM', 'never')).toEqual({});
  });
});
