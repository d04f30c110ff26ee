import type { MessagePort } from 'node:worker_threads';
import { createActor } from 'xstate';
import { EdmeshError, errorToData, withContext, type ProcessDefinition } from '../../edm/index.ts';
import { ownOperations, type OpenGpu, type OwnOperations } from '../../gpu/index.ts';
import type { Environment } from '../environment.ts';
import { EventBoard } from '../stream/event-board.ts';
import type { GpuOptions } from '../gpu/index.ts';
import type { MakeConnection, MeshOptions } from './lane-connection.ts';
import type { LaneReports } from './lane-handle.ts';
import { laneMachine } from './lane.machine.ts';
import { LaneRun } from './lane-run.ts';
import {
  notSent,
  sentReports,
  type CallMessage,
  type LaneOrder,
  type LaneWire,
} from './lane-wire.ts';

/** What the thread of a lane brings with it. */
export interface LaneThread {
  /** The process that the order is about. */
  readonly definition: (order: LaneOrder) => Promise<ProcessDefinition>;
  /** The environment of this thread; what is logged goes to the process. */
  readonly environment: (log: LaneReports['log']) => Environment;
  /** Makes connections with other processes from what the order says; left out: lanes of this thread have none. */
  readonly connect?: (thread: unknown) => MakeConnection;
  /** Opens the GPU of a lane from what the order says; left out: lanes of this thread have none. */
  readonly openGpu?: (thread: unknown, own: OwnOperations | undefined) => OpenGpu;
  /** Calls back for errors that nobody caught, until it is told to stop. */
  readonly onUncaught: (callback: (error: unknown) => void) => () => void;
  /** The job of the lane is over: the thread is to wait for another order. */
  readonly laneEnded: () => void;
}

/**
 * Runs a lane in this thread as its process says over a port. The lane has an actor system of its own, whose root is the
 * actor of the lane.
 */
export function serveLane(order: LaneOrder, port: MessagePort, thread: LaneThread): void {
  const send = (message: LaneWire): void => {
    port.postMessage(message);
  };
  const reports = sentReports((report) => {
    send({ kind: 'report', report });
  });
  const where = `lane ${String(order.place.index)}`;
  const stopWatching = thread.onUncaught((error) => {
    reports.failed(withContext(error, where));
  });
  const environment = thread.environment(reports.log);
  const lane = laneOf(order, reports, environment, thread);
  const asked = new Set<number>();
  let running: LaneRun | undefined;
  // Where the event loop runs dry, the port alone keeps the thread alive: what waits then is either a message of the
  // process, or something that can never come.
  port.unref();
  const stopListening = environment.onIdle(() => {
    port.ref();
    const error = nothingLeft(where);
    if (running?.abandonWork(error) === true) return;
    for (const id of asked) send({ kind: 'refusal', id, error: errorToData(error) });
    asked.clear();
  });
  port.on('message', ({ id, call, args }: CallMessage) => {
    port.unref();
    if (id !== -1) asked.add(id);
    lane
      .then((ready): unknown => {
        running = ready;
        const calls: Readonly<Record<CallMessage['call'], (...all: never[]) => unknown>> = ready;
        return calls[call](...(args as never[]));
      })
      .then((value) => {
        if (asked.delete(id)) send({ kind: 'answer', id, value });
      })
      .catch((error: unknown) => {
        if (asked.delete(id)) send({ kind: 'refusal', id, error: errorToData(notSent(error)) });
        // Where there is no lane, the process was told so when it had it constructed.
        else if (running !== undefined) reports.failed(withContext(error, where));
      });
  });
  port.on('close', () => {
    stopListening();
    stopWatching();
    thread.laneEnded();
  });
}

function nothingLeft(where: string): EdmeshError {
  return new EdmeshError(
    'EDMESH_HOLDER_ABANDONED',
    `${where} waits for a promise that nothing can settle any more: of external work, event setup or a transition`,
  );
}

async function laneOf(
  order: LaneOrder,
  reports: LaneReports,
  environment: Environment,
  thread: LaneThread,
): Promise<LaneRun> {
  const { place, options, mesh, gpu, warmUp, boardMemory } = order;
  const { index, streams } = place;
  const id = `lane${String(index)}`;
  const definition = await thread.definition(order);
  const actor = createActor(laneMachine, { id, systemId: id, input: { index, streams } }).start();
  return new LaneRun({
    place,
    definition,
    options: {
      ...options,
      ...(mesh === undefined ? {} : { mesh: meshOf(mesh, thread) }),
      ...(gpu === undefined ? {} : { gpu: gpuOptionsOf(order, definition, thread) }),
    },
    warmUp,
    environment,
    board: new EventBoard(boardMemory),
    reports,
    actor,
  });
}

function meshOf(mesh: NonNullable<LaneOrder['mesh']>, { connect }: LaneThread): MeshOptions {
  if (connect !== undefined) return { connect: connect(mesh.thread) };
  throw new EdmeshError('EDMESH_INTERNAL', 'the thread of the lane cannot connect with others');
}

function gpuOptionsOf(
  { gpu, config }: LaneOrder,
  definition: ProcessDefinition,
  { openGpu }: LaneThread,
): GpuOptions {
  if (openGpu !== undefined) {
    return { open: openGpu(gpu?.thread, ownOperations(definition, config.code)) };
  }
  throw new EdmeshError('EDMESH_INTERNAL', 'the thread of the lane cannot open GPUs');
}
