import { assign, setup } from 'xstate';
import type { BackendKind, BackendRefusal, DeviceInfo } from '../../gpu/index.ts';

/** What a GPU device actor is told. */
export type GpuDeviceMessage =
  /** A backend was chosen, with its devices; others were refused. */
  | {
      readonly type: 'OPENED';
      readonly backend: BackendKind;
      readonly devices: readonly DeviceInfo[];
      readonly refused: readonly BackendRefusal[];
    }
  /** There is no backend. */
  | { readonly type: 'REFUSED'; readonly reason: string }
  /** Work on the device failed and was done on the host. */
  | { readonly type: 'FAILED'; readonly reason: string }
  /** Since the last failure, many works have gone well. */
  | { readonly type: 'RECOVERED' }
  /** The device can no longer be used. */
  | { readonly type: 'LOST'; readonly reason: string }
  | { readonly type: 'CLOSE' };

/** What a GPU device actor knows. */
export interface GpuDeviceContext {
  readonly backend: BackendKind | undefined;
  readonly devices: readonly DeviceInfo[];
  readonly refused: readonly BackendRefusal[];
  /** Works that failed on the device. */
  readonly failures: number;
  /** What went wrong last. */
  readonly reason: string | undefined;
}

/**
 * The life of the GPU of a lane. In `ready` and `degraded` work goes to the device, in `degraded` some of it has failed
 * lately and was done on the host; in `lost` and `absent` all of it is.
 */
export const gpuDeviceMachine = setup({
  types: { context: {} as GpuDeviceContext, events: {} as GpuDeviceMessage },
  actions: {
    open: assign(({ event }) => {
      if (event.type !== 'OPENED') return {};
      const { backend, devices, refused } = event;
      return { backend, devices, refused };
    }),
    note: assign(({ context, event }) => {
      if (event.type === 'REFUSED' || event.type === 'LOST') return { reason: event.reason };
      if (event.type !== 'FAILED') return {};
      return { reason: event.reason, failures: context.failures + 1 };
    }),
  },
}).createMachine({
  id: 'gpu',
  context: { backend: undefined, devices: [], refused: [], failures: 0, reason: undefined },
  initial: 'probing',
  on: { CLOSE: '.closed' },
  states: {
    probing: {
      on: {
        OPENED: { target: 'ready', actions: 'open' },
        REFUSED: { target: 'absent', actions: 'note' },
      },
    },
    ready: {
      on: {
        FAILED: { target: 'degraded', actions: 'note' },
        LOST: { target: 'lost', actions: 'note' },
      },
    },
    degraded: {
      on: {
        FAILED: { actions: 'note' },
        RECOVERED: 'ready',
        LOST: { target: 'lost', actions: 'note' },
      },
    },
    lost: {},
    absent: {},
    closed: {},
  },
});
