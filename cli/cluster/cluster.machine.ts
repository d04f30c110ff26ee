import { assign, setup } from 'xstate';
import type { EndSignal } from '../signals.ts';

/** What the supervision of a cluster is told. */
export type ClusterMessage =
  /** The job of a process has begun. */
  | { readonly type: 'BEGUN'; readonly name: string }
  /** A process is gone. `failed`: with an error of its own, not because it was asked to end. */
  | { readonly type: 'GONE'; readonly name: string; readonly failed: boolean }
  /** Somebody wants the cluster to end. */
  | { readonly type: 'SIGNAL'; readonly signal: EndSignal };

interface ClusterState {
  /** Processes whose job has not begun. */
  readonly waiting: ReadonlySet<string>;
  /** Processes that are not gone. */
  readonly alive: ReadonlySet<string>;
}

function without(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  return new Set([...names].filter((each) => each !== name));
}

/** What becomes of a process that is gone: it may be the last one, or have failed. */
function goneOr(whenFailed?: 'failing' | 'stopping') {
  const isLast = { guard: 'isLast', target: '#cluster.ended', actions: 'strikeOff' } as const;
  const failed = { guard: 'hasFailed', target: whenFailed, actions: 'strikeOff' } as const;
  const other = { actions: 'strikeOff' } as const;
  return whenFailed === undefined ? [isLast, other] : [isLast, failed, other];
}

/**
 * The life of the processes of a cluster. A signal is passed on once and lets all of them drain; a second one kills. When
 * one fails, the others have a while to hear of it from each other; then they are asked to drain, and in the end killed.
 * It ends when no process is left, and never before. Effects and the delays `grace` and `limit` are provided from outside.
 */
export const clusterMachine = setup({
  types: {
    context: {} as ClusterState,
    input: {} as { readonly names: readonly string[] },
    events: {} as ClusterMessage,
  },
  actions: {
    startAll: () => undefined,
    /** Every job has begun. */
    allBegun: () => undefined,
    passSignalOn: () => undefined,
    askToDrain: () => undefined,
    killAll: () => undefined,
    strikeOff: assign(({ context, event }) =>
      event.type === 'GONE'
        ? {
            waiting: without(context.waiting, event.name),
            alive: without(context.alive, event.name),
          }
        : {},
    ),
    strikeWaiting: assign(({ context, event }) =>
      event.type === 'BEGUN' ? { waiting: without(context.waiting, event.name) } : {},
    ),
  },
  guards: {
    isLast: ({ context, event }) =>
      event.type === 'GONE' && context.alive.size === 1 && context.alive.has(event.name),
    hasFailed: ({ event }) => event.type === 'GONE' && event.failed,
    noneWaiting: ({ context }) => context.waiting.size === 0,
  },
  delays: { grace: 1000, limit: 10_000 },
}).createMachine({
  id: 'cluster',
  context: ({ input }) => ({ waiting: new Set(input.names), alive: new Set(input.names) }),
  entry: 'startAll',
  initial: 'starting',
  on: {
    BEGUN: { actions: 'strikeWaiting' },
    GONE: goneOr(),
  },
  states: {
    starting: {
      always: { guard: 'noneWaiting', target: 'running', actions: 'allBegun' },
      on: {
        GONE: goneOr('failing'),
        SIGNAL: { target: 'draining', actions: 'passSignalOn' },
      },
    },
    running: {
      on: {
        GONE: goneOr('failing'),
        SIGNAL: { target: 'draining', actions: 'passSignalOn' },
      },
    },
    failing: {
      after: { grace: { target: 'stopping', actions: 'askToDrain' } },
      on: { SIGNAL: { target: 'stopping', actions: 'passSignalOn' } },
    },
    draining: { on: { GONE: goneOr('stopping'), SIGNAL: 'killing' } },
    stopping: { after: { limit: 'killing' }, on: { SIGNAL: 'killing' } },
    killing: { entry: 'killAll' },
    ended: { type: 'final' },
  },
});
