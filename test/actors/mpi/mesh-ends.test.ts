/**
 * How jobs of several processes end together: what one fails with is told to all others once, a follower that is stopped
 * finishes what it was given, and a process that is started twice says so.
 */
import { describe, expect, it } from 'vitest';
import {
  MPIController,
  MPIReceiver,
  MPISender,
  MPISource,
  type JobReport,
} from '../../../actors/index.ts';
import { defineProcess } from '../../../edm/index.ts';
import { deferred } from '../toy-job.ts';
import { runSimulated, type MeshProcess, type Published } from './mesh-jobs.ts';
import { Checked, Count, Doubled, echoLocal, echoRemote, Throwing } from './mesh-modules.ts';

const two = { streams: 2 };

describe('a failure in one hook', () => {
  const hooks = ['beginJob', 'beginRun', 'beginLumi', 'analyze', 'endLumi', 'endRun', 'endJob'];

  it.each(hooks)('%s of the controller ends both', async (throwsIn) => {
    const [local, remote] = await runSimulated([
      { template: echoLocal({ throwsIn }), options: two },
      { template: echoRemote(), options: two },
    ]);
    expect(local?.errors[0]?.message).toBe(`broken in ${throwsIn}`);
    // What fails when all events are done and the follower has left is the controller's alone.
    if (throwsIn === 'endJob') {
      expect(remote).toMatchObject({ exitCode: 0, events: 30 });
      return;
    }
    expect(remote?.errors[0]).toMatchObject({
      code: 'EDMESH_PEER_FAILED',
      message: `process LOCAL has failed: broken in ${throwsIn}`,
      fields: { process: 'LOCAL', code: 'EDMESH_MODULE_EXCEPTION', toldBy: 'LOCAL' },
    });
  });

  it.each(hooks)('%s of the follower ends both', async (throwsIn) => {
    const [local, remote] = await runSimulated([
      { template: echoLocal(), options: two },
      { template: echoRemote({ throwsIn }), options: two },
    ]);
    expect(remote?.errors[0]?.message).toBe(`broken in ${throwsIn}`);
    // What fails when all events are done and the follower has left is the follower's alone.
    if (local?.exitCode === 0) expect([throwsIn, local.events]).toEqual(['endJob', 30]);
    else expect(local?.errors[0]?.code).toBe('EDMESH_PEER_FAILED');
  });

  it('that is there before it can join is a process that does not come', async () => {
    const reports = await runSimulated([
      { template: echoLocal({ throwsIn: 'construct' }) },
      { template: echoRemote() },
    ]);
    expect(reports[0]?.errors[0]?.message).toContain('broken in construct');
    expect(reports[1]?.errors[0]).toMatchObject({
      code: 'EDMESH_PEER_LOST',
      fields: { processes: ['LOCAL'] },
    });
  });
});

/** LOCAL → REMOTE → LAST. */
function chain(throwing: string): MeshProcess[] {
  const hook = (name: string) => ({ hook: name === throwing ? 'analyze' : 'none' });
  const middle = defineProcess({
    name: 'REMOTE',
    source: MPISource({ controller: 'LOCAL' }),
    modules: {
      receiver: MPIReceiver({ instance: 1, products: [{ type: Count }] }),
      next: MPIController({ followers: ['LAST'] }),
      forth: MPISender({ upstream: 'next', instance: 1, products: ['receiver'] }),
      doubled: MPIReceiver({ upstream: 'forth', instance: 2, products: [{ type: Count }] }),
      throwing: Throwing(hook('REMOTE')),
      sender: MPISender({ upstream: 'receiver', instance: 2, products: ['doubled'] }),
    },
    paths: { p: ['receiver', 'next', 'forth', 'throwing', 'doubled', 'sender'] },
  });
  const last = defineProcess({
    name: 'LAST',
    source: MPISource({ controller: 'REMOTE' }),
    modules: {
      receiver: MPIReceiver({ instance: 1, products: [{ type: Count }] }),
      checked: Checked({ of: 'receiver', times: 1 }),
      doubled: Doubled({ of: 'receiver' }),
      throwing: Throwing(hook('LAST')),
      sender: MPISender({ upstream: 'receiver', instance: 2, products: ['doubled'] }),
    },
    paths: { p: ['receiver', 'checked', 'doubled', 'throwing', 'sender'] },
  });
  const first = echoLocal({ throwsIn: throwing === 'LOCAL' ? 'analyze' : 'none' });
  return [first, middle, last].map((template) => ({ template, options: two }));
}

const names = ['LOCAL', 'REMOTE', 'LAST'];

describe('three processes in a chain', () => {
  it('all do all events', async () => {
    const reports = await runSimulated(chain(''));
    expect(reports.map(({ exitCode, events }) => [exitCode, events])).toEqual(
      Array(3).fill([0, 30]),
    );
  });

  it.each(names)('are all told once why %s has failed', async (throwing) => {
    const aborts: string[] = [];
    const reports = await runSimulated(chain(throwing), {
      published({ subject, kinds }: Published) {
        if (kinds.includes('abort')) aborts.push(subject.split('.').slice(2, 4).join(' to '));
      },
    });
    reports.forEach(({ errors: [error] }, at) => {
      if (names[at] === throwing) expect(error?.message).toBe('broken in analyze');
      else {
        expect(error).toMatchObject({
          code: 'EDMESH_PEER_FAILED',
          fields: { process: throwing, reason: 'broken in analyze' },
        });
        expect(error?.message).toMatch(new RegExp(`^process ${throwing} has failed`));
      }
    });
    expect(new Set(aborts).size).toBe(aborts.length);
    expect(aborts).toHaveLength(2);
  });

  it.each(names)('all end when %s is cut off', async (name) => {
    const at = names.indexOf(name);
    const reports = await runSimulated(
      chain(''),
      { heartbeatMs: 50 },
      ({ channels }, environment) => {
        environment.after(300, () => {
          const channel = channels.get(name);
          channel?.disconnect();
          environment.after(10_000, () => channel?.fail(new Error('gone') as never));
        });
      },
    );
    for (const other of [0, 1, 2].filter((each) => each !== at)) {
      const { errors, exitCode, events } = reports[other]!;
      if (exitCode === 0) expect(events).toBe(30);
      else expect(['EDMESH_PEER_LOST', 'EDMESH_PEER_FAILED']).toContain(errors[0]?.code);
    }
  });
});

/** Stops one of the processes when it has sent its fifth product. */
async function stopOne(
  processes: readonly MeshProcess[],
  name: string,
  at: number,
): Promise<JobReport[]> {
  let sent = 0;
  let stop = (): void => undefined;
  return runSimulated(
    processes,
    {
      published({ endpoint, kinds }) {
        const isOne = endpoint.replace(/-\d$/, '') === name;
        if (isOne && kinds.includes('products') && ++sent === 5) stop();
      },
    },
    ({ jobs }) => {
      stop = () => jobs[at]?.stop();
    },
  );
}

describe('a follower that is stopped', () => {
  it.each([
    { lanes: 1, there: 1 },
    { lanes: 2, there: 1 },
    { lanes: 2, there: 2 },
  ])(
    'finishes what it was given, and its controller ends as if interrupted: $lanes and $there lanes',
    async ({ lanes, there }) => {
      const [local, remote] = await stopOne(
        [
          { template: echoLocal({ events: 200 }), options: { streams: 4, threads: lanes } },
          { template: echoRemote(), options: { streams: 4, threads: there } },
        ],
        'REMOTE',
        1,
      );
      expect(remote?.errors).toEqual([]);
      expect(local?.errors).toMatchObject([
        { code: 'EDMESH_INTERRUPTED', fields: { process: 'REMOTE' } },
      ]);
      expect(local?.exitCode).toBe(9000);
      expect(local?.events).toBeGreaterThan(4);
      expect(local?.events).toBeLessThan(200);
      expect(remote?.events).toBe(local?.events);
      expect(local?.modules.checked?.summary).toEqual({ right: local?.events });
    },
  );

  it('leaves the events to another one, where there is one', async () => {
    const followers = ['REMOTE', 'OTHER'];
    const [local, remote, other] = await stopOne(
      [
        { template: echoLocal({ events: 100, followers }), options: { streams: 8 } },
        { template: echoRemote(), options: two },
        { template: echoRemote({ name: 'OTHER' }), options: two },
      ],
      'REMOTE',
      1,
    );
    for (const report of [local, remote, other]) expect(report?.errors).toEqual([]);
    expect(local?.modules.checked?.summary).toEqual({ right: 100 });
    expect(remote?.events).toBeGreaterThan(4);
    expect(remote?.events).toBeLessThan(50);
    expect((remote?.events ?? 0) + (other?.events ?? 0)).toBe(100);
  });

  it('ends a whole chain', async () => {
    const reports = await stopOne(chain(''), 'LAST', 2);
    expect(reports.map(({ errors }) => errors.map(({ code }) => code))).toEqual([
      ['EDMESH_INTERRUPTED'],
      ['EDMESH_INTERRUPTED'],
      [],
    ]);
    const [events = 0] = reports.map((report) => report.events);
    expect(events).toBeLessThan(30);
    expect(reports.map((report) => report.events)).toEqual([events, events, events]);
  });
});

describe('a process that is started twice', () => {
  it.each([
    { twin: 0, lanes: 1 },
    { twin: 1, lanes: 1 },
    { twin: 0, lanes: 2 },
    { twin: 1, lanes: 2 },
  ])('says so, and the first one goes on: $twin with $lanes lanes', async ({ twin, lanes }) => {
    const templates = [echoLocal({ events: 100 }), echoRemote()];
    const threads = { streams: 2, threads: lanes };
    const { promise: starts, resolve: start } = deferred();
    const [first, other, second] = await runSimulated(
      [
        ...templates.map((template) => ({ template, options: two })),
        { template: templates[twin]!, options: threads, starts },
      ],
      {
        published({ kinds }) {
          if (kinds.includes('endLumi')) start();
        },
      },
    );
    expect([first, other].map((report) => report?.exitCode)).toEqual([0, 0]);
    expect([first, other].map((report) => report?.events)).toEqual([100, 100]);
    expect(second).toMatchObject({
      exitCode: 8009,
      errors: [{ code: 'EDMESH_PROCESS_TWICE', fields: { process: ['LOCAL', 'REMOTE'][twin] } }],
    });
  });
});
