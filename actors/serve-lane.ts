import type { MessagePort } from 'node:worker_threads';
import { createActor } from 'xstate';
import { errorToData, withContext, type ProcessDefinition } from '../edm/index.ts';
import type { Environment } from './environment.ts';
import { EventBoard } from './event-board.ts';
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
  /** Calls back for errors that nobody caught, until it is told to stop. */
  readonly onUncaught: (callback: (error: unknown) => void) => () => void;
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
  const lane = laneOf(order, reports, thread);
  port.on('message', ({ id, call, args }: CallMessage) => {
    lane
      .then((ready): unknown => {
        const calls: Readonly<Record<CallMessage['call'], (...all: never[]) => unknown>> = ready;
        return calls[call](...(args as never[]));
      })
      .then((value) => {
        if (id !== -1) send({ kind: 'answer', id, value });
      })
      .catch((error: unknown) => {
        if (id === -1) reports.failed(withContext(error, where));
        else send({ kind: 'refusal', id, error: errorToData(notSent(error)) });
      });
  });
  port.on('close', stopWatching);
}

async function laneOf(
  order: LaneOrder,
  reports: LaneReports,
  thread: LaneThread,
): Promise<LaneRun> {
  const { place, options, warmUp, boardMemory } = order;
  const { index, streams } = place;
  const id = `lane${String(index)}`;
  const actor = createActor(laneMachine, { id, systemId: id, input: { index, streams } }).start();
  return new LaneRun({
    place,
    definition: await thread.definition(order),
    options,
    warmUp,
    environment: thread.environment(reports.log),
    board: new EventBoard(boardMemory),
    reports,
    actor,
  });
}
