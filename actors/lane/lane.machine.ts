import { assign, setup } from 'xstate';

/** What a lane actor is told: what its lane has come to. */
export type LaneMessage =
  | { readonly type: 'CONSTRUCTED' }
  | { readonly type: 'BEGIN_JOB' }
  | { readonly type: 'START' }
  /** The lane takes no more events. */
  | { readonly type: 'DRAIN' }
  /** Every EDM stream of the lane has ended. */
  | { readonly type: 'STREAMS_ENDED' }
  | { readonly type: 'END_JOB' }
  | { readonly type: 'DONE' }
  /** The thread of the lane has died. */
  | { readonly type: 'LOST'; readonly reason: string };

/** What a lane actor knows of its lane. */
export interface LaneContext {
  readonly index: number;
  /** The EDM streams of the lane, as they are counted in the job. */
  readonly streams: readonly number[];
  /** Why the lane was lost. */
  readonly reason: string | undefined;
}

/** The life of a lane, one OS thread with its EDM streams, as its process follows it. */
export const laneMachine = setup({
  types: {
    context: {} as LaneContext,
    events: {} as LaneMessage,
    input: {} as Pick<LaneContext, 'index' | 'streams'>,
  },
}).createMachine({
  id: 'lane',
  context: ({ input }) => ({ ...input, reason: undefined }),
  initial: 'constructing',
  on: { LOST: { target: '.lost', actions: assign({ reason: ({ event }) => event.reason }) } },
  states: {
    constructing: { on: { CONSTRUCTED: 'constructed' } },
    constructed: { on: { BEGIN_JOB: 'beginJob', END_JOB: 'endJob', DONE: 'done' } },
    beginJob: { on: { START: 'running', END_JOB: 'endJob' } },
    running: { on: { DRAIN: 'draining', STREAMS_ENDED: 'ended' } },
    draining: { on: { STREAMS_ENDED: 'ended' } },
    ended: { on: { END_JOB: 'endJob' } },
    endJob: { on: { DONE: 'done' } },
    done: { type: 'final' },
    lost: { type: 'final' },
  },
});
