import {
  asEdmeshError,
  EdmeshError,
  errorFromData,
  errorToData,
  type ErrorData,
  type ProcessData,
} from '../../edm/index.ts';
import type { GpuOptions } from '../gpu/index.ts';
import type { LaneOptions } from './lane-assembly.ts';
import type { MeshOptions } from './lane-connection.ts';
import type { LaneHandle, LaneReports } from './lane-handle.ts';
import type { LanePlace } from './lane-places.ts';

/** A config that every thread can read. */
export interface ConfigModule {
  /** Its JavaScript, an ES module whose default export is the process template. */
  readonly code: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What a thread needs to run a lane; it comes with the port for everything else. */
export interface LaneOrder {
  readonly kind: 'lane';
  readonly place: LanePlace;
  /** The config of the process, as a module that a thread can import, and the parameters of the config. */
  readonly config: ConfigModule;
  readonly data: ProcessData;
  readonly options: Pick<LaneOptions, 'digest' | 'timing'>;
  /** From what the thread makes the connection of its lane with other processes; left out: it has none. */
  readonly mesh?: Pick<MeshOptions, 'thread'>;
  /** From what the thread opens the GPU of its lane; left out: it has none. */
  readonly gpu?: Pick<GpuOptions, 'thread'>;
  readonly warmUp: boolean;
  readonly boardMemory: SharedArrayBuffer;
}

/** The calls that a process makes to a lane in another thread. */
export type LaneCall = Exclude<keyof LaneHandle, 'index' | 'actor' | 'abandon'>;

/** What goes to a lane. `id` -1: no answer is expected. */
export interface CallMessage {
  readonly kind: 'call';
  readonly id: number;
  readonly call: LaneCall;
  readonly args: readonly unknown[];
}

/** What comes from a lane. */
export type LaneWire =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: ErrorData }
  | { readonly kind: 'report'; readonly report: LaneReport };

/** A report of a lane with its arguments. */
export type LaneReport = {
  readonly [K in keyof LaneReports]: {
    readonly name: K;
    readonly args: Sent<Parameters<LaneReports[K]>>;
  };
}[keyof LaneReports];

/** Arguments as they are sent: errors as plain data. */
type Sent<T extends readonly unknown[]> = {
  readonly [I in keyof T]: T[I] extends EdmeshError ? ErrorData : T[I];
};

/** Reports that go over a port. */
export function sentReports(send: (report: LaneReport) => void): LaneReports {
  /** Where products cannot go to another thread, the report goes without them, and the job fails. */
  const attempt = (report: LaneReport, without: LaneReport): void => {
    try {
      send(report);
    } catch (error) {
      send({ name: 'failed', args: [errorToData(notSent(error))] });
      send(without);
    }
  };
  return {
    found: (...args) => {
      send({ name: 'found', args });
    },
    lumiLeft: (number, events, partials) => {
      attempt(
        { name: 'lumiLeft', args: [number, events, partials] },
        { name: 'lumiLeft', args: [number, events, []] },
      );
    },
    runLeft: (number, partials) => {
      attempt(
        { name: 'runLeft', args: [number, partials] },
        { name: 'runLeft', args: [number, []] },
      );
    },
    dropped: (...args) => {
      send({ name: 'dropped', args });
    },
    batchWanted: () => {
      send({ name: 'batchWanted', args: [] });
    },
    inputEnded: (...args) => {
      send({ name: 'inputEnded', args });
    },
    streamsFinished: () => {
      send({ name: 'streamsFinished', args: [] });
    },
    failed: (error) => {
      send({ name: 'failed', args: [errorToData(error)] });
    },
    survived: (error) => {
      send({ name: 'survived', args: [errorToData(error)] });
    },
    interrupted: (error) => {
      send({ name: 'interrupted', args: [errorToData(error)] });
    },
    log: (...args) => {
      send({ name: 'log', args });
    },
  };
}

/** Hands a report that came over a port to whom it is meant for. */
export function receiveReport(report: LaneReport, reports: LaneReports): void {
  switch (report.name) {
    case 'found':
      reports.found(...report.args);
      return;
    case 'lumiLeft':
      reports.lumiLeft(...report.args);
      return;
    case 'runLeft':
      reports.runLeft(...report.args);
      return;
    case 'dropped':
      reports.dropped(...report.args);
      return;
    case 'batchWanted':
      reports.batchWanted();
      return;
    case 'inputEnded':
      reports.inputEnded(...report.args);
      return;
    case 'streamsFinished':
      reports.streamsFinished();
      return;
    case 'failed':
      reports.failed(errorFromData(report.args[0]));
      return;
    case 'survived':
      reports.survived(errorFromData(report.args[0]));
      return;
    case 'interrupted':
      reports.interrupted(errorFromData(report.args[0]));
      return;
    case 'log':
      reports.log(...(report.args as Parameters<LaneReports['log']>));
      return;
  }
}

/** What was thrown as an error; what structured clone cannot copy is told as a product that cannot go to another lane. */
export function notSent(thrown: unknown): EdmeshError {
  if (!(thrown instanceof Error) || thrown.name !== 'DataCloneError') return asEdmeshError(thrown);
  return new EdmeshError(
    'EDMESH_PRODUCT_INVALID',
    `a product cannot go to another lane: ${thrown.message}; serialised products are plain data`,
    { cause: thrown },
  );
}
