import { setup } from 'xstate';

/** What a link is told. */
export type LinkMessage =
  /** Both sides agree on their contract, and the follower has offered its slots. */
  | { readonly type: 'JOINED' }
  /** The partner has been heard of. */
  | { readonly type: 'HEARD' }
  /** It has missed a heartbeat. */
  | { readonly type: 'SILENT' }
  /** It has been silent for too long, or has said that it failed. */
  | { readonly type: 'LOST' }
  /** No further event will be sent. */
  | { readonly type: 'DRAIN' }
  /** The partner has left as it should, or this process is over. */
  | { readonly type: 'LEFT' };

/** The life of a link between a controller and a follower, as each of the two sees it. */
export const linkMachine = setup({ types: { events: {} as LinkMessage } }).createMachine({
  id: 'link',
  initial: 'joining',
  on: { LOST: '.lost', LEFT: '.left' },
  states: {
    joining: { on: { JOINED: 'ready' } },
    ready: { on: { SILENT: 'suspect', DRAIN: 'draining' } },
    suspect: { on: { HEARD: 'ready', DRAIN: 'draining' } },
    draining: {},
    lost: { type: 'final' },
    left: { type: 'final' },
  },
});
