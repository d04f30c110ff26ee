/** The GPU device actor alone. Proves where each message leads from each state, and what is remembered. */
import { describe, expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { gpuDeviceMachine, type GpuDeviceMessage } from '../../../actors/gpu/gpu-device.machine.ts';

const opened: GpuDeviceMessage = {
  type: 'OPENED',
  backend: 'cuda',
  devices: [{ index: 0, name: 'x', memoryBytes: 1, freeBytes: 1, driver: 'y' }],
  refused: [{ kind: 'tfjs-node-gpu', reason: 'absent', remedy: '' }],
};
const refused: GpuDeviceMessage = { type: 'REFUSED', reason: 'none here' };
const failed: GpuDeviceMessage = { type: 'FAILED', reason: 'full' };
const recovered: GpuDeviceMessage = { type: 'RECOVERED' };
const lost: GpuDeviceMessage = { type: 'LOST', reason: 'gone' };
const close: GpuDeviceMessage = { type: 'CLOSE' };

function after(...messages: readonly GpuDeviceMessage[]) {
  let [snapshot] = initialTransition(gpuDeviceMachine);
  for (const message of messages) [snapshot] = transition(gpuDeviceMachine, snapshot, message);
  return snapshot;
}

describe('the GPU device', () => {
  const paths = {
    probing: [],
    ready: [opened],
    degraded: [opened, failed],
    lost: [opened, lost],
    absent: [refused],
    closed: [opened, close],
  } as const;
  const expected: Readonly<Record<keyof typeof paths, readonly string[]>> = {
    // after OPENED, REFUSED, FAILED, RECOVERED, LOST, CLOSE
    probing: ['ready', 'absent', 'probing', 'probing', 'probing', 'closed'],
    ready: ['ready', 'ready', 'degraded', 'ready', 'lost', 'closed'],
    degraded: ['degraded', 'degraded', 'degraded', 'ready', 'lost', 'closed'],
    lost: ['lost', 'lost', 'lost', 'lost', 'lost', 'closed'],
    absent: ['absent', 'absent', 'absent', 'absent', 'absent', 'closed'],
    closed: ['closed', 'closed', 'closed', 'closed', 'closed', 'closed'],
  };
  const all = [opened, refused, failed, recovered, lost, close];
  it.each(Object.keys(paths) as (keyof typeof paths)[])('in %s', (state) => {
    expect(after(...paths[state]).value).toBe(state);
    const reached = all.map((message) => after(...paths[state], message).value);
    expect(reached).toEqual(expected[state]);
  });

  it('knows its backend, how much has failed, and what last', () => {
    expect(after(opened, failed, failed).context).toMatchObject({
      backend: 'cuda',
      devices: [{ name: 'x' }],
      refused: [{ reason: 'absent' }],
      failures: 2,
      reason: 'full',
    });
    expect(after(opened, lost).context.reason).toBe('gone');
    expect(after(refused).context.reason).toBe('none here');
  });
});
