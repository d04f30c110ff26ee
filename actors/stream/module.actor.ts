import type { ActorLogic, ActorRefFrom, Snapshot } from 'xstate';
import { moduleStateName, type ModuleStateName } from './module-state.ts';
import type { ModuleWorker } from './module-worker.ts';

/** The message that makes a module run, or go on after its external work. One object serves all. */
export const processEvent = { type: 'module.process' } as const;

/** What a module actor understands; XState adds the second when it stops the actor. */
export type ModuleMessage = typeof processEvent | { readonly type: 'xstate.stop' };

/** A live view of a module actor: it always shows the present state, so it is made once and not once a message. */
export type ModuleSnapshot = Snapshot<undefined> & {
  readonly worker: ModuleWorker;
  readonly moduleLabel: string;
  /** Where the module stands in the event of its EDM stream. */
  readonly value: ModuleStateName;
  /** What went wrong, in state `failed`. */
  readonly failure: unknown;
};

/** The logic of a module actor: one module instance on the events of one EDM stream. Its input is the worker. */
export type ModuleLogic = ActorLogic<ModuleSnapshot, ModuleMessage, ModuleWorker>;

/** A running module actor. */
export type ModuleRef = ActorRefFrom<ModuleLogic>;

/**
 * The logic of all module actors. What the module throws is caught by the worker and becomes its verdict; the actor stays
 * usable. The state is read off the worker when the send has returned.
 */
export const moduleLogic: ModuleLogic = {
  transition(snapshot, message) {
    if (message.type === 'module.process') snapshot.worker.run();
    return snapshot;
  },
  getInitialSnapshot: (_scope, worker) => new LiveModuleSnapshot(worker),
  getPersistedSnapshot: (snapshot) => snapshot,
};

class LiveModuleSnapshot {
  readonly status = 'active';
  readonly output = undefined;
  readonly error = undefined;
  readonly worker: ModuleWorker;

  constructor(worker: ModuleWorker) {
    this.worker = worker;
  }

  get moduleLabel(): string {
    return this.worker.label;
  }

  get value(): ModuleStateName {
    return moduleStateName(this.worker.state);
  }

  get failure(): unknown {
    return this.value === 'failed' ? this.worker.error : undefined;
  }

  /** What inspection shows. */
  toJSON(): object {
    const { status, moduleLabel, value } = this;
    return { status, moduleLabel, value };
  }
}
