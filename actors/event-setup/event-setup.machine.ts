import { assign, fromPromise, setup } from 'xstate';
import type { ConditionsStore, SetupInstant } from './conditions.ts';

/** A question for the event setup, and who wants the answer. */
export interface SetupRequest {
  readonly instant: SetupInstant;
  readonly resolve: (products: readonly unknown[]) => void;
  readonly reject: (error: unknown) => void;
}

/** What an event setup actor is told. */
export type SetupMessage =
  { readonly type: 'OPEN' } | { readonly type: 'RESOLVE'; readonly request: SetupRequest };

/** What an event setup actor remembers. */
export interface SetupActorContext {
  readonly store: ConditionsStore | undefined;
  readonly request: SetupRequest | undefined;
  /** The transition that the present products are valid for. */
  readonly instant: SetupInstant | undefined;
}

/** The event setup: opens its producers, then resolves one transition after the other. Effects are provided from outside. */
export const eventSetupMachine = setup({
  types: { context: {} as SetupActorContext, events: {} as SetupMessage },
  actors: {
    open: fromPromise<ConditionsStore>(() => Promise.reject(new Error('no event setup provided'))),
    resolve: fromPromise<
      readonly unknown[],
      { readonly store: ConditionsStore | undefined; readonly instant: SetupInstant | undefined }
    >(({ input: { store, instant } }) =>
      store === undefined || instant === undefined ? Promise.resolve([]) : store.at(instant),
    ),
  },
  actions: {
    opened: () => undefined,
    failed: (_, _params: { readonly error: unknown }) => undefined,
    answer: ({ context }, products: readonly unknown[]) => context.request?.resolve(products),
    refuse: ({ context }, params: { readonly error: unknown }) =>
      context.request?.reject(params.error),
  },
}).createMachine({
  id: 'eventSetup',
  context: { store: undefined, request: undefined, instant: undefined },
  initial: 'closed',
  states: {
    closed: { on: { OPEN: 'opening' } },
    opening: {
      invoke: {
        src: 'open',
        onDone: {
          target: 'ready',
          actions: [assign({ store: ({ event }) => event.output }), 'opened'],
        },
        onError: {
          target: 'failed',
          actions: { type: 'failed', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    ready: {
      on: {
        RESOLVE: {
          target: 'resolving',
          actions: assign({
            request: ({ event }) => event.request,
            instant: ({ event }) => event.request.instant,
          }),
        },
      },
    },
    resolving: {
      invoke: {
        src: 'resolve',
        input: ({ context }) => ({ store: context.store, instant: context.instant }),
        onDone: {
          target: 'ready',
          actions: { type: 'answer', params: ({ event }) => event.output },
        },
        onError: {
          target: 'ready',
          actions: { type: 'refuse', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    failed: {},
  },
});
