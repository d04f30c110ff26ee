import {
  createActor,
  type ActorLogic,
  type ActorRefFrom,
  type AnyEventObject,
  type Snapshot,
} from 'xstate';

type ProbeLogic = ActorLogic<Snapshot<undefined>, AnyEventObject>;

/** An actor that records what it is sent. */
export interface Probe {
  readonly ref: ActorRefFrom<ProbeLogic>;
  /** Messages so far, oldest first. */
  readonly messages: readonly AnyEventObject[];
  /** Resolves when there are as many messages. */
  received(count: number): Promise<void>;
}

/** Starts an actor that records what it is sent, to stand in for a neighbour. */
export function createProbe(id = 'probe'): Probe {
  const messages: AnyEventObject[] = [];
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  const logic: ProbeLogic = {
    transition(snapshot, message) {
      messages.push(message);
      for (const each of waiting) {
        if (messages.length < each.count) continue;
        waiting.delete(each);
        each.resolve();
      }
      return snapshot;
    },
    getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
    getPersistedSnapshot: (snapshot) => snapshot,
  };
  return {
    ref: createActor(logic, { id }).start(),
    messages,
    received(count) {
      if (messages.length >= count) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.add({ count, resolve });
      });
    },
  };
}
