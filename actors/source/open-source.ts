import { createActor, fromPromise, type ActorRefFrom, type AnyActorRef } from 'xstate';
import { asEdmeshError, type SourceInstance, type SourceReader } from '../../edm/index.ts';
import { sourceMachine } from './source.machine.ts';

/** A running source actor. */
export type SourceActor = ActorRefFrom<typeof sourceMachine>;

/** Starts the actor of a source below the process actor and opens the input. Rejects with what the source throws. */
export function openSource(
  parent: AnyActorRef,
  source: SourceInstance,
  closeFailed: (error: unknown) => void,
): Promise<{ readonly actor: SourceActor; readonly reader: SourceReader }> {
  return new Promise((resolve, reject) => {
    let open = false;
    const machine = sourceMachine.provide({
      actors: {
        open: fromPromise(async () => source.open()),
        close: fromPromise(async ({ input }) => {
          await input?.close?.();
        }),
      },
      actions: {
        opened: (_, reader) => {
          open = true;
          if (reader !== undefined) resolve({ actor, reader });
        },
        failed: (_, { error }) => {
          if (open) closeFailed(error);
          else reject(asEdmeshError(error));
        },
      },
    });
    const actor = createActor(machine, { parent, id: 'source', systemId: 'source' }).start();
    actor.send({ type: 'OPEN' });
  });
}
