import { createActor, type ActorLogic, type Snapshot } from 'xstate';
import type { EventPhase, EventProcessor } from './event-processor.ts';
import { moduleLogic } from './module.actor.ts';
import type { ModuleRunner } from './module-runner.ts';
import type { ModuleWorker } from './module-worker.ts';

/** The message that makes an event processor go on. */
export const stepEvents = { type: 'stream.step' } as const;

/** What an event processor actor understands. */
export type EventProcessorMessage = typeof stepEvents;

/** A live view of an event processor. */
export type EventProcessorSnapshot = Snapshot<undefined> & {
  readonly value: EventPhase;
  /** Run, lumi and event in hand. */
  readonly eventName: string;
};

/** The logic of the per-event part of an EDM stream. */
export type EventProcessorLogic = ActorLogic<EventProcessorSnapshot, EventProcessorMessage>;

/**
 * Makes the logic of the per-event part of an EDM stream. The module actors are its children; the module runner sends to
 * each in its turn.
 */
export function eventProcessorLogic(
  processor: EventProcessor,
  runner: ModuleRunner,
  workers: readonly ModuleWorker[],
): EventProcessorLogic {
  return {
    transition(snapshot, message, scope) {
      const type: string = message.type;
      if (type === stepEvents.type) processor.step();
      else if (type === 'xstate.stop') for (const module of runner.modules) scope.stopChild(module);
      return snapshot;
    },
    getInitialSnapshot: () => ({
      status: 'active',
      output: undefined,
      error: undefined,
      get value() {
        return processor.phase;
      },
      get eventName() {
        return processor.eventName;
      },
    }),
    start(_snapshot, scope) {
      runner.modules = workers.map((worker) =>
        createActor(moduleLogic, { input: worker, parent: scope.self, id: worker.label }).start(),
      );
    },
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}
