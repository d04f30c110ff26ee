import { assign, fromPromise, setup } from 'xstate';
import type { LumiBlock, RunBlock } from '../source/blocks.ts';

/** A transition that an EDM stream takes through all its modules. */
export type StreamTransition =
  | { readonly name: 'beginStream' | 'endStream' }
  | { readonly name: 'streamBeginRun' | 'streamEndRun'; readonly block: RunBlock }
  | { readonly name: 'streamBeginLumi' | 'streamEndLumi'; readonly block: LumiBlock };

/** What an EDM stream is told. */
export type StreamEvent =
  /** Take up events. */
  | { readonly type: 'START' }
  /** The claimed event is in this block. */
  | { readonly type: 'NEEDS_LUMI'; readonly block: LumiBlock }
  /** A run or block has begun; it may be the one that is waited for. */
  | { readonly type: 'BLOCK_BEGUN' }
  /** The source has gone on from a block; an EDM stream without an event leaves it. */
  | { readonly type: 'LUMI_CLOSED'; readonly block: LumiBlock }
  /** There are no more events: leave everything and end. */
  | { readonly type: 'FINISH' }
  /** Every EDM stream is out of everything, and every run has ended. */
  | { readonly type: 'END' };

/** What an EDM stream remembers. */
export interface StreamContext {
  readonly run: RunBlock | undefined;
  readonly lumi: LumiBlock | undefined;
  /** The block of the claimed event. */
  readonly target: LumiBlock | undefined;
  readonly finishing: boolean;
}

/**
 * The life of an EDM stream: from begin stream through runs and luminosity blocks to end stream. Events are taken care of
 * by its event processor, which runs in all states between. Effects are provided from outside.
 */
export const edmStreamMachine = setup({
  types: { context: {} as StreamContext, events: {} as StreamEvent },
  actors: {
    transition: fromPromise<void, StreamTransition>(() => Promise.resolve()),
  },
  actions: {
    /** The EDM stream is ready for its first event. */
    begun: () => undefined,
    /** The EDM stream is in the block of the claimed event. */
    entered: (_, _lumi: LumiBlock | undefined) => undefined,
    /** The EDM stream has left a luminosity block. */
    leftLumi: (_, _lumi: LumiBlock | undefined) => undefined,
    /** The EDM stream has left a run. */
    leftRun: (_, _run: RunBlock | undefined) => undefined,
    /** The claimed event will not be processed. */
    dropClaimed: () => undefined,
    /** The EDM stream is out of every run, for good. */
    finished: () => undefined,
    /** The EDM stream has ended. */
    ended: () => undefined,
  },
  guards: {
    finishing: ({ context }) => context.finishing,
    targetOpen: ({ context }) => context.target?.state === 'open',
    targetRunOpen: ({ context }) => context.target?.run.state === 'open',
    /** A run is left for another one, when it is over, or for good. */
    elsewhere: ({ context: { finishing, target, run } }) =>
      finishing || (target === undefined ? run?.closed === true : target.run !== run),
    /** The block is over and no event of it is in hand. */
    idleIn: ({ context }, block: LumiBlock | undefined) => block === context.lumi,
  },
}).createMachine({
  id: 'edmStream',
  context: { run: undefined, lumi: undefined, target: undefined, finishing: false },
  initial: 'idle',
  on: {
    NEEDS_LUMI: { actions: assign({ target: ({ event }) => event.block }) },
    FINISH: { actions: assign({ finishing: true }) },
  },
  states: {
    idle: { on: { START: 'beginStream' } },
    beginStream: {
      invoke: { src: 'transition', input: { name: 'beginStream' }, onDone: 'outsideRun' },
      exit: 'begun',
    },
    outsideRun: {
      always: [
        { guard: 'finishing', target: 'finished' },
        { guard: 'targetRunOpen', target: 'streamBeginRun' },
      ],
      on: { BLOCK_BEGUN: [{ guard: 'targetRunOpen', target: 'streamBeginRun' }] },
    },
    streamBeginRun: {
      entry: assign({ run: ({ context }) => context.target?.run }),
      invoke: {
        src: 'transition',
        input: ({ context }) => ({ name: 'streamBeginRun', block: context.run as RunBlock }),
        onDone: 'inRun',
      },
    },
    inRun: {
      always: [
        { guard: 'elsewhere', target: 'streamEndRun' },
        { guard: 'targetOpen', target: 'streamBeginLumi' },
      ],
      on: {
        BLOCK_BEGUN: [{ guard: 'targetOpen', target: 'streamBeginLumi' }],
        LUMI_CLOSED: [{ guard: 'elsewhere', target: 'streamEndRun' }],
      },
    },
    streamBeginLumi: {
      entry: assign({ lumi: ({ context }) => context.target }),
      invoke: {
        src: 'transition',
        input: ({ context }) => ({ name: 'streamBeginLumi', block: context.lumi as LumiBlock }),
        onDone: {
          target: 'inLumi',
          actions: [
            assign({ target: undefined }),
            { type: 'entered', params: ({ context }) => context.lumi },
          ],
        },
      },
    },
    inLumi: {
      always: [
        { guard: 'finishing', target: 'streamEndLumi' },
        { guard: ({ context }) => context.target !== undefined, target: 'streamEndLumi' },
      ],
      on: {
        LUMI_CLOSED: {
          guard: { type: 'idleIn', params: ({ event }) => event.block },
          target: 'streamEndLumi',
        },
      },
    },
    streamEndLumi: {
      invoke: {
        src: 'transition',
        input: ({ context }) => ({ name: 'streamEndLumi', block: context.lumi as LumiBlock }),
        onDone: {
          target: 'inRun',
          actions: [
            { type: 'leftLumi', params: ({ context }) => context.lumi },
            assign({ lumi: undefined }),
          ],
        },
      },
    },
    streamEndRun: {
      invoke: {
        src: 'transition',
        input: ({ context }) => ({ name: 'streamEndRun', block: context.run as RunBlock }),
        onDone: {
          target: 'outsideRun',
          actions: [
            { type: 'leftRun', params: ({ context }) => context.run },
            assign({ run: undefined }),
          ],
        },
      },
    },
    finished: { entry: ['dropClaimed', 'finished'], on: { END: 'endStream' } },
    endStream: {
      invoke: { src: 'transition', input: { name: 'endStream' }, onDone: 'done' },
    },
    done: { type: 'final', entry: 'ended' },
  },
});
