import type { AnyActorRef } from 'xstate';
import type { EdmeshError, EventPrincipal } from '../../edm/index.ts';
import type { TrafficCounts } from '../../transport/index.ts';
import type { Environment } from '../environment.ts';
import type { LanePlace } from './lane-places.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';

/** A lane as its connection sees it, once its process is constructed. */
export interface ConnectedLane {
  readonly resolved: ResolvedProcess;
  readonly place: LanePlace;
  readonly environment: Environment;
  /** The actor of the lane: actors of the connection are its children. */
  readonly actor: AnyActorRef;
  /** Aborted when the job is to take no more events, also while it waits for the connection to open. */
  readonly stopping: AbortSignal;
  /** Takes an error that ends the job, or one that it survives. Contexts say where it happened, innermost first. */
  fail(error: unknown, ...contexts: readonly string[]): void;
  survive(error: unknown, ...contexts: readonly string[]): void;
  /** Ends the job as a signal does: it takes no more events, drains those in flight, and its report says why. */
  interrupt(error: EdmeshError): void;
}

/**
 * What connects one lane with the other processes of its job. It is made before the process is constructed; modules and
 * source reach it with {@link connectionOf}.
 */
export interface LaneConnection {
  /**
   * Called once: the process is resolved, the module instances exist, a pushed source listens. Events begin in no lane
   * before all are open. What it rejects with fails the job as an error of construction does.
   */
  open(lane: ConnectedLane): Promise<void>;
  /** An EDM stream has claimed an event: its principal has ids, ordinal and block. Must not throw. */
  eventBegun(principal: EventPrincipal): void;
  /** The event has been dealt with, also one that was dropped or could not be read. Must not throw. */
  eventEnded(principal: EventPrincipal): void;
  /** The job has its first error that ends it, from wherever in the process. An `open` that waits is to reject. */
  failed(error: EdmeshError): void;
  /** What has gone over the links of the lane so far. */
  readonly traffic: TrafficCounts;
  /** The job is over, however it went; called once, also where `open` was not or has rejected. */
  close(): Promise<void>;
}

/** Makes the connection of one of the lanes of a process. */
export type MakeConnection = (
  place: LanePlace,
  processName: string,
  lanes: number,
) => LaneConnection;

/** How a process is connected with the other processes of its job. */
export interface MeshOptions {
  /** For lanes in the thread of the process. */
  readonly connect: MakeConnection;
  /** For lanes in other threads: plain data from which the program of the thread makes their connections. */
  readonly thread?: unknown;
}

const connections = new WeakMap<object, LaneConnection>();

/** Says which connection modules and source reach with their context. */
export function setConnection(context: object, connection: LaneConnection | undefined): void {
  if (connection !== undefined) connections.set(context, connection);
}

/**
 * The connection of the lane that a module or source is constructed for, by the context that its `construct` gets. There is
 * none where the process runs without a mesh, where it is only described, and for the source that a process of several
 * lanes constructs for itself.
 */
export function connectionOf(context: object): LaneConnection | undefined {
  return connections.get(context);
}
