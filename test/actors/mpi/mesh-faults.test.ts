/**
 * Messages that are lost, doubled, overtaken or late, in whole jobs. Whatever happens, a job has the right products for all
 * events, or ends by an error that says on which subject, and which events were in hand; never a silent gap.
 */
import { describe, expect, it } from 'vitest';
import type { JobReport } from '../../../actors/index.ts';
import type { FaultRule } from '../../../transport/testing/faulty-channel.ts';
import { runSimulated, type MeshSurroundings } from './mesh-jobs.ts';
import { echoLocal, echoRemote } from './mesh-modules.ts';

const events = 40;
const eventTimeoutMs = 10_000;

function run(surroundings: MeshSurroundings): Promise<JobReport[]> {
  return runSimulated(
    [
      { template: echoLocal({ events, eventTimeoutMs }), options: { streams: 4 } },
      { template: echoRemote({ eventTimeoutMs }), options: { streams: 3 } },
    ],
    { heartbeatMs: 100, joinTimeoutMs: 5000, ...surroundings },
  );
}

const eventId = /event \d+:\d+:\d+/;
const link = /^edm\.test\.(LOCAL\.REMOTE|REMOTE\.LOCAL)\.[012]$/;

/** What an error of a job is to say, whichever it is. */
function expectTold({ code, message, fields }: JobReport['errors'][number]): void {
  switch (code) {
    case 'EDMESH_FRAME_GAP':
      expect(fields.subject).toMatch(link);
      expect(message).toContain(fields.subject);
      return;
    case 'EDMESH_EVENT_TIMEOUT':
      expect(fields.event).toMatch(eventId);
      expect(message).toMatch(eventId);
      expect(message).toMatch(/waiting for (products on edm\.test\.|a free slot of REMOTE)/);
      return;
    case 'EDMESH_FRAME_INVALID':
      expect(message).toMatch(/edm\.test\.|from (LOCAL|REMOTE)/);
      return;
    default:
      expect(['EDMESH_PEER_FAILED', 'EDMESH_PEER_LOST']).toContain(code);
  }
}

/** How the jobs ended: complete, or with the codes of their first errors. */
function expectSound([local, remote]: readonly JobReport[]): string {
  for (const report of [local, remote]) {
    const [first] = report?.errors ?? [];
    if (report?.exitCode === 0) expect(report.errors).toEqual([]);
    else if (first !== undefined) expectTold(first);
    else throw new Error('an exit code without an error');
    if (report?.exitCode === 0) expect(report.events).toBe(events);
  }
  const right = (local?.modules.checked?.summary as { right: number } | null)?.right ?? 0;
  // No event goes on with less than it should have.
  expect(local?.modules.checked?.failed).toBe(0);
  if (local?.exitCode === 0) expect(right).toBe(events);
  return [local, remote].map((report) => report?.errors[0]?.code ?? 'complete').join(', ');
}

const everything = 'edm.test.>';
const kinds: Readonly<Record<string, readonly FaultRule[]>> = {
  'are late': [{ subject: everything, delayMs: 40 }],
  'are lost now and then': [{ subject: everything, drop: 0.01 }],
  'are often lost': [{ subject: everything, drop: 0.1 }],
  'are doubled': [{ subject: everything, duplicate: 0.05 }],
  'are overtaken': [{ subject: everything, reorder: 0.05, reorderMs: 30 }],
  'with products are lost': [{ subject: 'edm.test.*.*.1', drop: 0.05 }],
  'with products are overtaken': [{ subject: 'edm.test.*.*.2', reorder: 0.2, reorderMs: 5 }],
  'suffer everything': [
    { subject: everything, drop: 0.02, duplicate: 0.02, reorder: 0.05, delayMs: 20 },
  ],
};

describe.each(Object.entries(kinds))('messages that %s', (_, faults) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('leave no gap (seed %s)', async (seed) => {
    expectSound(await run({ faults, seed: 100 * seed }));
  });
});

describe('messages that are only late', () => {
  it.each([1, 2, 3])('do no harm (seed %s)', async (seed) => {
    const faults = [{ subject: everything, delayMs: 40 }];
    expect(expectSound(await run({ faults, seed }))).toBe('complete, complete');
  });
});

describe('a server that is away for a while', () => {
  const times = [3, 9, 20, 45, 70].flatMap((message) =>
    [0, 30, 300].map((apartMs) => ({ message, apartMs })),
  );

  it.each(times)(
    'from message $message on leaves no gap where the second comes back $apartMs ms after the first',
    async ({ message, apartMs }) => {
      let sent = 0;
      let lose = (): void => undefined;
      const reports = await runSimulated(
        [
          { template: echoLocal({ events, eventTimeoutMs }), options: { streams: 4 } },
          { template: echoRemote({ eventTimeoutMs }), options: { streams: 3 } },
        ],
        {
          heartbeatMs: 100,
          published: () => {
            if (++sent === message) lose();
          },
        },
        ({ channels }, environment) => {
          lose = () => {
            const [first, second] =
              message % 2 === 0 ? [...channels.values()].reverse() : channels.values();
            first?.disconnect();
            second?.disconnect();
            environment.after(200, () => first?.reconnect());
            environment.after(200 + apartMs, () => second?.reconnect());
          };
        },
      );
      expectSound(reports);
    },
  );
});

/** Loses one message of a subject, and from then on all heartbeats where that is said. */
function losing(subject: string, time: number, heartbeats: boolean): MeshSurroundings {
  let times = 0;
  return {
    published(message) {
      const isHere = message.subject === subject && ++times === time;
      if (isHere) message.channel.setFaults([{ subject, drop: 1 }]);
      else {
        const lost = heartbeats ? [{ subject: 'edm.test.hb.*', drop: 1 }] : [];
        message.channel.setFaults(lost);
      }
    },
  };
}

describe('one message that is lost', () => {
  it.each([
    ['LOCAL.REMOTE.0', 5],
    ['LOCAL.REMOTE.1', 2],
    ['REMOTE.LOCAL.0', 3],
    ['REMOTE.LOCAL.2', 4],
  ])('on %s is noticed by the next one', async (way, time) => {
    const subject = `edm.test.${way}`;
    const reports = await run(losing(subject, time, false));
    const gap = reports.find(({ errors }) => errors[0]?.code === 'EDMESH_FRAME_GAP');
    expect(gap?.errors[0]?.fields).toMatchObject({ subject });
    expect(gap?.errors[0]?.message).toContain('events in hand: ');
    expectSound(reports);
  });

  it('is noticed by a heartbeat where it was the last one', async () => {
    const subject = 'edm.test.LOCAL.REMOTE.1';
    const reports = await runSimulated(
      [
        { template: echoLocal({ events: 1, eventTimeoutMs: 0 }) },
        { template: echoRemote({ eventTimeoutMs: 0 }) },
      ],
      losing(subject, 1, false),
    );
    expect(reports[1]?.errors[0]).toMatchObject({
      code: 'EDMESH_FRAME_GAP',
      fields: { subject, events: ['1:1:1'] },
    });
    expect(reports[0]?.errors[0]?.code).toBe('EDMESH_PEER_FAILED');
  });

  it('is noticed by the event time-out where no heartbeat comes', async () => {
    const subject = 'edm.test.LOCAL.REMOTE.1';
    const reports = await runSimulated(
      [
        { template: echoLocal({ events: 1, eventTimeoutMs: 20_000 }) },
        { template: echoRemote({ eventTimeoutMs }) },
      ],
      { ...losing(subject, 1, true), peerTimeoutMs: 100_000 },
    );
    expect(reports[1]?.errors[0]).toMatchObject({
      code: 'EDMESH_EVENT_TIMEOUT',
      message: `event 1:1:1 waits longer than 10000 ms, held by receiver, waiting for products on ${subject}`,
      fields: { event: 'event 1:1:1', waitsFor: [`products on ${subject}`] },
    });
  });
});
