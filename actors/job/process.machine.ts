import { fromPromise, setup, type StateValueFrom } from 'xstate';
import type { JobProgress } from './report.ts';

/** What a process is told. */
export type ProcessMessage =
  /** Take no more events, drain what is in flight, end as usual. */
  | { readonly type: 'STOP' }
  /** Something that ends the job has happened. */
  | { readonly type: 'FATAL' }
  /** Every EDM stream has ended, and every run and lumi. */
  | { readonly type: 'STREAMS_ENDED' };

/** The life of a process. Effects are provided from outside; none of them rejects, failures are told by `hasFailed`. */
export const processMachine = setup({
  types: { events: {} as ProcessMessage },
  actors: {
    /** Constructs modules, opens the source and the event setup. */
    construct: fromPromise(() => Promise.resolve()),
    beginJob: fromPromise(() => Promise.resolve()),
    endJob: fromPromise(() => Promise.resolve()),
  },
  actions: {
    startStreams: () => undefined,
    /** Hand out no more events. */
    stopClaims: () => undefined,
    /** Give up events that have not come to their modules yet. */
    cancelWaiting: () => undefined,
    streamsEnded: () => undefined,
  },
  guards: {
    hasFailed: () => false,
    /** Whether there is anything for `endJob` to end. */
    isConstructed: () => true,
  },
}).createMachine({
  id: 'process',
  initial: 'constructing',
  states: {
    constructing: {
      invoke: {
        src: 'construct',
        onDone: [{ guard: 'isConstructed', target: 'constructed' }, { target: 'failed' }],
      },
    },
    constructed: { always: [{ guard: 'hasFailed', target: 'endJob' }, { target: 'beginJob' }] },
    beginJob: {
      invoke: {
        src: 'beginJob',
        onDone: [{ guard: 'hasFailed', target: 'endJob' }, { target: 'running' }],
      },
    },
    running: {
      entry: 'startStreams',
      on: {
        STOP: 'draining',
        FATAL: { target: 'draining', actions: 'cancelWaiting' },
        STREAMS_ENDED: 'endJob',
      },
      exit: 'stopClaims',
    },
    draining: {
      on: { FATAL: { actions: 'cancelWaiting' }, STREAMS_ENDED: 'endJob' },
    },
    endJob: {
      entry: 'streamsEnded',
      invoke: {
        src: 'endJob',
        onDone: [{ guard: 'hasFailed', target: 'failed' }, { target: 'done' }],
      },
    },
    done: { type: 'final' },
    failed: { type: 'final' },
  },
});

/** Where a job stands in a state of its process, as its progress tells it. */
export function phaseOf(
  state: StateValueFrom<typeof processMachine>,
  isWarmUp: boolean,
): JobProgress['phase'] {
  const hasBegun = state !== 'constructing' && state !== 'constructed' && state !== 'beginJob';
  if (isWarmUp && hasBegun) return 'warmingUp';
  switch (state) {
    case 'constructing':
    case 'constructed':
    case 'beginJob':
      return 'constructing';
    case 'running':
      return 'running';
    case 'draining':
      return 'draining';
    case 'endJob':
      return 'ending';
    case 'done':
    case 'failed':
      return 'ended';
  }
}
