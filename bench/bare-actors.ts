import { createActor, type ActorLogic, type Snapshot } from 'xstate';

const emptyLogic: ActorLogic<Snapshot<undefined>, { readonly type: 'event' }> = {
  transition: (snapshot) => snapshot,
  getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
  getPersistedSnapshot: (snapshot) => snapshot,
};

const message = { type: 'event' } as const;

/**
 * The floor under a framework whose modules are XState actors: sending one message in turn to started actors whose logic
 * does nothing. Returns a measurement that gives nanoseconds a send.
 */
export function bareActors(count: number): (rounds: number) => number {
  const actors = Array.from({ length: count }, () => createActor(emptyLogic).start());
  return (rounds) => {
    const began = performance.now();
    for (let round = 0; round < rounds; round++) for (const actor of actors) actor.send(message);
    return ((performance.now() - began) * 1e6) / rounds / count;
  };
}
