/**
 * Threads of lanes that fail on their own. Proves that a job on threads which end before or after they are given a lane
 * ends with that error and never hangs, and that no thread is left when the host is closed.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { eventSource } from 'edmesh/testing';
import { WorkerLanes } from '../../actors/lane/worker-lanes.ts';
import { adder, eventsOf, runToy } from './toy-job.ts';

const program = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`);
const body = { source: eventSource(eventsOf(4)), modules: { a: adder() }, paths: { p: ['a'] } };

function hostOf(code: string): WorkerLanes {
  const entry = program(code);
  const host = new WorkerLanes({ entry, started: [new Worker(entry), new Worker(entry)] });
  host.use({ code: '', parameters: {} });
  return host;
}

async function runOn(laneHost: WorkerLanes) {
  const report = await runToy(body, { threads: 2, streams: 2, laneHost });
  await laneHost.close();
  return report;
}

it.each([
  ['ends at once', 'process.exit(3)', /its thread ended with status 3/],
  ['throws at once', 'throw new Error("no luck")', /no luck/],
  [
    'ends when it is given a lane',
    `import { parentPort } from 'node:worker_threads';
     parentPort.on('message', () => process.exit(6));`,
    /its thread ended with status 6/,
  ],
])('a thread that %s is a lost lane', async (_what, code, message) => {
  const report = await runOn(hostOf(code));
  expect(report).toMatchObject({ exitCode: 8901, events: 0 });
  expect(report.errors[0]).toMatchObject({ code: 'EDMESH_LANE_LOST', fatal: true });
  expect(report.errors[0]?.message).toMatch(message);
  expect(report.transitions.beginJob).toBe(0);
});

it('a thread that has ended before there is a lane for it is a lost lane', async () => {
  const entry = program('process.exit(3)');
  const started = [new Worker(entry), new Worker(entry)];
  const host = new WorkerLanes({ entry, started });
  host.use({ code: '', parameters: {} });
  await Promise.all(started.map((thread) => once(thread, 'exit')));
  const report = await runOn(host);
  expect(report.errors[0]).toMatchObject({ code: 'EDMESH_LANE_LOST', fatal: true });
  expect(report.errors[0]?.message).toContain('its thread ended with status 3');
});

it('a thread that has ended before there is a host for it is a lost lane', async () => {
  const entry = program('process.exit(3)');
  const started = [new Worker(entry), new Worker(entry)];
  await Promise.all(started.map((thread) => once(thread, 'exit')));
  const host = new WorkerLanes({ entry, started });
  host.use({ code: '', parameters: {} });
  const report = await runOn(host);
  expect(report.errors[0]).toMatchObject({ code: 'EDMESH_LANE_LOST', fatal: true });
  expect(report.errors[0]?.message).toContain('its thread ended before there was a job');
});

it('threads end when the host is closed, whatever they do', async () => {
  const busy = hostOf('for (;;) {}');
  await busy.close();
  const idle = hostOf('setInterval(() => undefined, 1000)');
  await idle.close();
  await idle.close();
});

it('lanes cannot be started before there is a config', async () => {
  const host = new WorkerLanes({ entry: program(''), started: [] });
  const report = await runOn(host);
  expect(report.errors[0]).toMatchObject({ code: 'EDMESH_INTERNAL', fatal: true });
});
