/**
 * Signs of life, on a simulated clock: a partner that is silent is suspect after a missed heartbeat, and lost after the
 * limit, not before; one that comes back in time is as it was.
 */
import { describe, expect, it } from 'vitest';
import type { AnyActorRef, InspectionEvent, Snapshot } from 'xstate';
import { MPIController, MPIReceiver, MPISource, type JobReport } from '../../../actors/index.ts';
import { simulatedEnvironment, type SimulatedEnvironment } from '../../../actors/testing/index.ts';
import { defineAnalyzer, defineProcess } from '../../../edm/index.ts';
import { EmptySource } from '../../../io/index.ts';
import { startMesh, type RunningMesh } from './mesh-jobs.ts';

/** An event of which takes as long as a test lets it. */
function slow(held: (() => void)[]) {
  return defineAnalyzer({
    type: 'Slow',
    description: 'takes as long as a test lets it',
    construct: () => ({
      acquire: (_event, _setup, holder) =>
        void held.push(() => {
          holder.done();
        }),
      analyze: () => undefined,
    }),
  })();
}

interface Scene extends RunningMesh {
  readonly environment: SimulatedEnvironment;
  /** By how much the clock is ahead of the timers. */
  readonly late: { ms: number };
  /** The states that the link of each process has come through, by name of the process. */
  readonly states: Readonly<Record<string, string[]>>;
  readonly finish: () => Promise<JobReport[]>;
}

/** Two processes in the middle of an event that takes its time. */
async function inAnEvent(): Promise<Scene> {
  const environment = simulatedEnvironment();
  const late = { ms: 0 };
  const held: (() => void)[] = [];
  const states: Record<string, string[]> = { LOCAL: [], REMOTE: [] };
  const inspect = (name: string) => ({
    inspect(inspected: InspectionEvent) {
      if (inspected.type !== '@xstate.snapshot') return;
      const { id } = inspected.actorRef as AnyActorRef;
      if (!id.startsWith('link')) return;
      const { value } = inspected.snapshot as { value: string } & Snapshot<unknown>;
      if (states[name]?.at(-1) !== value) states[name]?.push(value);
    },
  });
  const options = { eventTimeoutMs: 0 };
  const local = defineProcess({
    name: 'LOCAL',
    source: EmptySource({ events: 1 }),
    modules: { controller: MPIController({ followers: ['REMOTE'] }), slow: slow(held) },
    paths: { p: ['controller', 'slow'] },
    options,
  });
  const remote = defineProcess({
    name: 'REMOTE',
    source: MPISource({ controller: 'LOCAL' }),
    modules: { slow: slow(held) },
    paths: { p: ['slow'] },
    options,
  });
  const mesh = startMesh(
    [
      { template: local, options: inspect('LOCAL') },
      { template: remote, options: inspect('REMOTE') },
    ],
    { environment: { ...environment, now: () => environment.now() + late.ms } },
  );
  while (held.length < 2) await environment.advance(1);
  return {
    ...mesh,
    environment,
    late,
    states,
    async finish() {
      for (const done of held) done();
      let reports: JobReport[] | undefined;
      void mesh.reports.then((all) => {
        reports = all;
      });
      for (let turns = 0; reports === undefined && turns < 300; turns++) {
        await environment.advance(100);
      }
      return reports ?? [];
    },
  };
}

describe('a partner that falls silent', () => {
  it('is lost after the limit, on both sides', async () => {
    const { environment, channels, states, finish } = await inAnEvent();
    await environment.advance(30_000);
    expect(states).toEqual({ LOCAL: ['joining', 'ready'], REMOTE: ['joining', 'ready'] });
    channels.get('REMOTE')?.disconnect();
    await environment.advance(4000);
    expect(states.LOCAL).toEqual(['joining', 'ready', 'suspect']);
    await environment.advance(3000);
    expect(states).toEqual({
      LOCAL: ['joining', 'ready', 'suspect', 'lost'],
      REMOTE: ['joining', 'ready', 'suspect', 'lost'],
    });
    channels.get('REMOTE')?.fail(new Error('gone') as never);
    const reports = await finish();
    for (const [at, name] of ['REMOTE', 'LOCAL'].entries()) {
      expect(reports[at]).toMatchObject({
        exitCode: 8036,
        errors: [{ code: 'EDMESH_PEER_LOST', fields: { process: name, endpoint: name } }],
      });
      expect(reports[at]?.errors[0]?.message).toMatch(/has been silent for [56]\d\d\d ms/);
    }
  });

  it('and comes back in time is as it was', async () => {
    const { environment, channels, states, finish } = await inAnEvent();
    channels.get('REMOTE')?.disconnect();
    await environment.advance(4000);
    channels.get('REMOTE')?.reconnect();
    await environment.advance(10_000);
    expect(states.LOCAL).toEqual(['joining', 'ready', 'suspect', 'ready']);
    const reports = await finish();
    expect(reports.map(({ exitCode, events }) => [exitCode, events])).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(states.LOCAL?.slice(4)).toEqual(['draining', 'left']);
  });

  it('only because this process was busy for long is not lost', async () => {
    const { environment, late, states, finish } = await inAnEvent();
    // All timers are late by a minute, as after a long computation; what was sent meanwhile has not been looked at.
    late.ms = 60_000;
    await environment.advance(3000);
    expect(states.LOCAL).not.toContain('lost');
    expect((await finish()).map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  });
});

describe('partners that never come', () => {
  it('are named when the time is up', async () => {
    const environment = simulatedEnvironment();
    const local = defineProcess({
      name: 'LOCAL',
      source: EmptySource({ events: 1 }),
      modules: { controller: MPIController({ followers: ['REMOTE', 'OTHER'] }) },
      paths: { p: ['controller'] },
    });
    const remote = defineProcess({
      name: 'FOLLOWS',
      source: MPISource({ controller: 'NOBODY' }),
      modules: { receiver: MPIReceiver({ instance: 1, products: [] }) },
      paths: { p: ['receiver'] },
    });
    const mesh = startMesh([{ template: local }, { template: remote }], { environment });
    let reports: JobReport[] | undefined;
    void mesh.reports.then((all) => {
      reports = all;
    });
    await environment.advance(19_000);
    expect(reports).toBeUndefined();
    for (let turns = 0; reports === undefined && turns < 50; turns++)
      await environment.advance(100);
    expect(reports).toMatchObject([
      { exitCode: 8036, errors: [{ fields: { processes: ['REMOTE', 'OTHER'] } }] },
      { exitCode: 8036, errors: [{ fields: { processes: ['NOBODY'] } }] },
    ]);
    expect(reports?.[0]?.errors[0]?.message).toBe(
      'REMOTE, OTHER did not join job test within 20000 ms; start it',
    );
  });
});
