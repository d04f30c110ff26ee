import { createActor, fromPromise, type AnyActorRef } from 'xstate';
import { asEdmeshError } from '../../edm/index.ts';
import { ConditionsStore, type SetupInstant } from './conditions.ts';
import type { ConstructedSetup } from '../plan/construction.ts';
import { eventSetupMachine } from './event-setup.machine.ts';

/** Asks the event setup for the products that are valid at a transition. One question at a time. */
export type SetupAt = (instant: SetupInstant) => Promise<readonly unknown[]>;

/** Starts the event setup actor below the process actor. Rejects with what a producer throws when asked for intervals. */
export function openEventSetup(
  parent: AnyActorRef,
  setups: readonly ConstructedSetup[],
): Promise<SetupAt> {
  return new Promise((resolve, reject) => {
    const ask: SetupAt = (instant) =>
      new Promise((answer, refuse) => {
        const refuseWith = (error: unknown) => {
          refuse(asEdmeshError(error));
        };
        const request = { instant, resolve: answer, reject: refuseWith };
        actor.send({ type: 'RESOLVE', request });
      });
    const machine = eventSetupMachine.provide({
      actors: { open: fromPromise(() => ConditionsStore.open(setups)) },
      actions: {
        opened: () => {
          resolve(ask);
        },
        failed: (_, { error }) => {
          reject(asEdmeshError(error));
        },
      },
    });
    const options = { parent, id: 'eventSetup', systemId: 'eventSetup' };
    const actor = createActor(machine, options).start();
    actor.send({ type: 'OPEN' });
  });
}
