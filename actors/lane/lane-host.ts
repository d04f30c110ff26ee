import { createActor, type ActorRefFrom, type AnyActorRef } from 'xstate';
import type { ProcessDefinition } from '../../edm/index.ts';
import type { Environment } from '../environment.ts';
import { EventBoard } from '../stream/event-board.ts';
import type { LaneOptions } from './lane-assembly.ts';
import type { LaneHandle, LaneReports } from './lane-handle.ts';
import type { LanePlace } from './lane-places.ts';
import { laneMachine } from './lane.machine.ts';
import { LaneRun } from './lane-run.ts';

/** A running lane actor. */
export type LaneActor = ActorRefFrom<typeof laneMachine>;

/** A lane that a process has started, with its actor and its board. */
export interface StartedLane {
  readonly place: LanePlace;
  readonly handle: LaneHandle;
  readonly actor: LaneActor;
  readonly board: EventBoard;
}

/** What a lane is started with. */
export interface LaneStart {
  readonly place: LanePlace;
  readonly definition: ProcessDefinition;
  readonly options: LaneOptions;
  readonly warmUp: boolean;
  readonly environment: Environment;
  /** Memory of its board, shared where the lane has a thread of its own. */
  readonly boardMemory: ArrayBufferLike;
  readonly reports: LaneReports;
  readonly actor: AnyActorRef;
}

/** Where lanes run. A host may keep threads from one job to the next, such as from the warm-up to what counts. */
export interface LaneHost {
  /** Whether lanes run in threads of their own. */
  readonly threads: boolean;
  /** Starts a lane. `lost` is called when its thread dies before it was closed. */
  start(lane: LaneStart, lost: (reason: string) => void): LaneHandle;
  /** There will be no other job: ends what runs lanes. */
  close(): Promise<void>;
}

/** Runs every lane in this thread: several lanes take turns. */
export const thisThread: LaneHost = {
  threads: false,
  start: ({ boardMemory, ...parts }) =>
    new LaneRun({ ...parts, board: new EventBoard(boardMemory) }),
  close: () => Promise.resolve(),
};

/** Starts a lane and its actor, below the actor of the process. */
export function startLane(
  host: LaneHost,
  parent: AnyActorRef,
  start: Omit<LaneStart, 'actor' | 'boardMemory'>,
  lost: (reason: string) => void,
): StartedLane {
  const { place } = start;
  const id = `lane${String(place.index)}`;
  const { index, streams } = place;
  const actor = createActor(laneMachine, { parent, id, systemId: id, input: { index, streams } });
  actor.start();
  const bytes = EventBoard.bytes(streams.length);
  const boardMemory = host.threads ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  const handle = host.start({ ...start, boardMemory, actor }, lost);
  return { place, handle, actor, board: new EventBoard(boardMemory) };
}
