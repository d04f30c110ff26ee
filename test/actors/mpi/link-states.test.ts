/**
 * The end of either side at every state of their link: it is killed, loses its server for good, or is asked to stop, just
 * before it sends what leads to the next state. Whatever happens, both jobs end, the other one by a typed error that says
 * why, or as if interrupted, or with all of its events; and no event is only half done.
 */
import { describe, expect, it } from 'vitest';
import { EdmeshError } from '../../../edm/index.ts';
import type { JobReport } from '../../../actors/index.ts';
import { runSimulated, type Published } from './mesh-jobs.ts';
import { echoLocal, echoRemote } from './mesh-modules.ts';

/** Just before an endpoint sends a frame of this kind, or its hello. */
interface Moment {
  readonly state: string;
  readonly who: 'LOCAL' | 'REMOTE';
  readonly kind: Published['kinds'][number] | 'hello' | 'hb';
  /** Which message of this kind. */
  readonly time?: number;
}

const moments: readonly Moment[] = [
  { state: 'alone', who: 'LOCAL', kind: 'hello' },
  { state: 'alone', who: 'REMOTE', kind: 'hello' },
  { state: 'joining', who: 'LOCAL', kind: 'connect' },
  { state: 'joining', who: 'REMOTE', kind: 'accept' },
  { state: 'ready, before the first run', who: 'LOCAL', kind: 'beginRun' },
  { state: 'ready, before the first event', who: 'LOCAL', kind: 'event' },
  { state: 'ready, within the first event', who: 'LOCAL', kind: 'products' },
  { state: 'ready, within the first event', who: 'REMOTE', kind: 'products' },
  { state: 'ready, behind the first event', who: 'REMOTE', kind: 'eventDone' },
  { state: 'ready, within the events', who: 'LOCAL', kind: 'event', time: 7 },
  { state: 'ready, within the events', who: 'REMOTE', kind: 'products', time: 7 },
  { state: 'ready, behind a block', who: 'LOCAL', kind: 'endLumi', time: 2 },
  { state: 'ready, behind a run', who: 'LOCAL', kind: 'endRun' },
  { state: 'ready, behind the last run', who: 'LOCAL', kind: 'endRun', time: 3 },
  { state: 'ready, silent', who: 'LOCAL', kind: 'hb', time: 2 },
  { state: 'ready, silent', who: 'REMOTE', kind: 'hb', time: 2 },
  { state: 'draining', who: 'LOCAL', kind: 'disconnect' },
  { state: 'draining', who: 'REMOTE', kind: 'left' },
];

type Ending = 'is killed' | 'loses its server' | 'is stopped';

/** Runs both processes; at the moment one of them ends that way. */
async function runUntil({ who, kind, time = 1 }: Moment, ending: Ending): Promise<JobReport[]> {
  let times = 0;
  const seen: string[] = [];
  let stop: () => void = () => undefined;
  let later: (delayMs: number, act: () => void) => void = () => undefined;
  const reports = await runSimulated(
    [
      { template: echoLocal(), options: { streams: 2 } },
      { template: echoRemote(), options: { streams: 2 } },
    ],
    {
      heartbeatMs: 50,
      published({ endpoint, subject, kinds, channel }) {
        const last = subject.split('.').at(2);
        const isHere = kinds.some((each) => each === kind) || last === kind;
        if (endpoint !== who || !isHere || ++times !== time) return;
        seen.push(kind);
        const lose = () => {
          channel.fail(new EdmeshError('EDMESH_CONNECTION', 'the server is gone'));
        };
        if (ending === 'is stopped') stop();
        else if (ending === 'loses its server') lose();
        else {
          channel.disconnect();
          // What is dead is not heard of again; here, something has to end it.
          later(10_000, lose);
        }
      },
    },
    ({ jobs }, environment) => {
      stop = () => jobs[who === 'LOCAL' ? 0 : 1]?.stop();
      later = environment.after;
    },
  );
  if (seen.length === 0) throw new Error(`${who} never comes to ${kind}`);
  return reports;
}

const codes = (report: JobReport | undefined) => [
  ...new Set(report?.errors.filter(({ fatal }) => fatal).map(({ code }) => code)),
];

describe.each(moments)('$who in state $state, before $kind', (moment) => {
  it.each(['is killed', 'loses its server'] as const)('%s', async (ending) => {
    const [local, remote] = await runUntil(moment, ending);
    const [dead, other] = moment.who === 'LOCAL' ? [local, remote] : [remote, local];
    const allowed = ['EDMESH_PEER_LOST', 'EDMESH_CONNECTION', 'EDMESH_PEER_FAILED'];
    for (const code of [...codes(dead), ...codes(other)]) expect(allowed).toContain(code);
    // Who has said all there was to say has done its part.
    expect(moment.kind === 'left' ? [0, 8036] : [8036]).toContain(dead?.exitCode);
    // Nothing is lost where the other side had done all there was to do.
    if (other?.exitCode === 0) expect(other.events).toBe(30);
    else expect(other?.exitCode).toBe(8036);
  });

  it('is stopped', async () => {
    const [local, remote] = await runUntil(moment, 'is stopped');
    const early = moment.state === 'alone' || moment.state === 'joining';
    for (const report of [local, remote]) {
      expect(['', 'EDMESH_INTERRUPTED', 'EDMESH_PEER_FAILED']).toContain(
        report?.errors[0]?.code ?? '',
      );
      if (!early) expect([0, 9000]).toContain(report?.exitCode);
    }
    if (!early) expect(remote?.events).toBe(local?.events);
    expect(remote?.modules.doubled?.run ?? 0).toBe(remote?.events);
    expect(local?.modules.checked?.run ?? 0).toBe(local?.events);
  });
});
