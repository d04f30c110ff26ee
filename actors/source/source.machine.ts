import { assign, fromPromise, setup } from 'xstate';
import type { SourceReader } from '../../edm/index.ts';

/** What a source actor is told. */
export type SourceMessage =
  | { readonly type: 'OPEN' }
  /** The source has come to a new luminosity block. */
  | { readonly type: 'AT'; readonly run: number; readonly lumi: number }
  | { readonly type: 'EXHAUSTED' }
  | { readonly type: 'CLOSE' };

/** What a source actor remembers. */
export interface SourceActorContext {
  readonly reader: SourceReader | undefined;
  readonly run: number | undefined;
  readonly lumi: number | undefined;
  readonly error: unknown;
}

/** The life of a source: closed, opening, open, within a run and lumi, exhausted. Effects are provided from outside. */
export const sourceMachine = setup({
  types: { context: {} as SourceActorContext, events: {} as SourceMessage },
  actors: {
    open: fromPromise<SourceReader>(() => Promise.reject(new Error('no source provided'))),
    close: fromPromise<void, SourceReader | undefined>(() => Promise.resolve()),
  },
  actions: {
    opened: (_, _reader: SourceReader | undefined) => undefined,
    failed: (_, _params: { readonly error: unknown }) => undefined,
    closed: () => undefined,
  },
}).createMachine({
  id: 'source',
  context: { reader: undefined, run: undefined, lumi: undefined, error: undefined },
  initial: 'closed',
  states: {
    closed: { on: { OPEN: 'opening' } },
    opening: {
      invoke: {
        src: 'open',
        onDone: {
          target: 'open',
          actions: [
            assign({ reader: ({ event }) => event.output }),
            { type: 'opened', params: ({ event }) => event.output },
          ],
        },
        onError: {
          target: 'failed',
          actions: [
            assign({ error: ({ event }) => event.error }),
            { type: 'failed', params: ({ event }) => ({ error: event.error }) },
          ],
        },
      },
    },
    open: {
      initial: 'atBegin',
      on: {
        AT: {
          target: '.inLumi',
          actions: assign({ run: ({ event }) => event.run, lumi: ({ event }) => event.lumi }),
        },
        EXHAUSTED: 'exhausted',
        CLOSE: 'closing',
      },
      states: { atBegin: {}, inLumi: {} },
    },
    exhausted: { on: { CLOSE: 'closing' } },
    closing: {
      invoke: {
        src: 'close',
        input: ({ context }) => context.reader,
        onDone: { target: 'done' },
        onError: {
          target: 'done',
          actions: { type: 'failed', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    failed: { on: { CLOSE: 'done' } },
    done: { type: 'final', entry: 'closed' },
  },
});
