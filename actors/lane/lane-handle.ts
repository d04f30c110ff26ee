import type { MessagePort } from 'node:worker_threads';
import type { AnyActorRef } from 'xstate';
import type {
  EdmeshError,
  ErrorData,
  LogFields,
  SourceReader,
  TransitionCounts,
} from '../../edm/index.ts';
import type { TrafficCounts } from '../../transport/index.ts';
import type { LumiInfo, RunInfo } from '../source/blocks.ts';
import type { ConstructedSetup, ConstructedSource } from '../plan/construction.ts';
import type { EventBatch } from '../source/event-batch.ts';
import type { GpuReport } from '../gpu/index.ts';
import type { PackedProducts } from './packed-products.ts';
import type { PathCounts } from '../plan/plan.ts';
import type { SetupData } from '../event-setup/setup-data.ts';

/** What a lane finds out about its process while it constructs it. */
export interface LaneTraits {
  readonly warnings: readonly string[];
  /** Whether a `one` module acts on lumis or runs: then one is open at a time. */
  readonly oneLumi: boolean;
  readonly oneRun: boolean;
  /** Whether any module acts on the begin of runs or lumis; else lanes begin them without waiting for the first one. */
  readonly actsOnBegin: boolean;
  /** Source and event setup producers, from a lane that is alone, in the thread of its process. */
  readonly instances?: {
    readonly source: ConstructedSource;
    readonly setups: readonly ConstructedSetup[];
  };
}

/** Where a lane gets its events from. */
export type LaneInput =
  /** The source itself, in the thread of the process. */
  | { readonly kind: 'reader'; readonly reader: SourceReader }
  /** An indexed source that every lane opens for itself. */
  | { readonly kind: 'own' }
  /** An indexed source that the process has opened; what it shares. */
  | { readonly kind: 'shared'; readonly shared: unknown }
  /** A source that events are pushed to, which every lane opens for itself. */
  | { readonly kind: 'pushed' }
  /** A sequential source in the process, which hands out batches. */
  | { readonly kind: 'batches' };

/** How many events a lane may claim, and from where. */
export interface ClaimRules {
  readonly input: LaneInput;
  readonly skip: number;
  /** -1: all there are, once. `Infinity`: on and on. */
  readonly maxEvents: number;
  /** Counts the claims of all lanes; left out where there is one lane. */
  readonly counter?: SharedArrayBuffer;
  /** Ports to other lanes: from the first lane to each other one, from each of those to the first. */
  readonly peers: readonly MessagePort[];
}

/** What one module did in one lane. */
export interface ModuleFigures {
  readonly run: number;
  readonly rejected: number;
  readonly failed: number;
  readonly wallMs: number;
}

/** What a lane gives at the end of the job. */
export interface LaneResult {
  readonly modules: Readonly<Record<string, ModuleFigures>>;
  /** Counts of the paths, then of the end paths. */
  readonly paths: readonly Readonly<PathCounts>[];
  readonly transitions: Readonly<TransitionCounts>;
  /** Sums of the digest by module label, where it was asked for. */
  readonly digest: readonly (readonly [label: string, sum: bigint])[];
  /** Partial summaries by module label. */
  readonly summaries: readonly (readonly [label: string, partial: unknown])[];
  /** What became of its GPU, where it has one. */
  readonly gpu?: GpuReport;
}

/** A lane as its process sees it. Every call may reject with an {@link EdmeshError}. */
export interface LaneHandle {
  readonly index: number;
  /** The actor of the lane, in the system of the process. */
  readonly actor: AnyActorRef;
  construct(): Promise<LaneTraits>;
  /** Makes the module instances and the EDM streams. */
  open(rules: ClaimRules): Promise<void>;
  beginJob(): Promise<void>;
  /** EDM streams begin. */
  start(): void;
  /** The global transition takes place in this lane, then EDM streams may enter. Gives what was put. */
  beginRun(info: RunInfo, setup: SetupData, products: PackedProducts): Promise<PackedProducts>;
  beginLumi(info: LumiInfo, setup: SetupData, products: PackedProducts): Promise<PackedProducts>;
  /** In the lane where global transitions take place: combines the partials of all lanes and ends the block. */
  endLumi(info: LumiInfo, partials: readonly PackedProducts[]): Promise<void>;
  endRun(info: RunInfo, partials: readonly PackedProducts[]): Promise<void>;
  /** The block has ended everywhere. */
  forgetLumi(info: LumiInfo): void;
  forgetRun(info: RunInfo): void;
  /** The source has gone on from a luminosity block and all before it, and from all runs before one. */
  lumiClosed(number: number, run: number): void;
  /** A batch that the lane has asked for; `null`: there will be no other. */
  batch(batch: EventBatch | null): void;
  /** Claims no more events. */
  stop(): void;
  /** The job has failed: events that have not come to their modules are given up. */
  cancel(): void;
  /** Every run has ended: EDM streams end. */
  endStreams(): Promise<void>;
  endJob(): Promise<void>;
  /** What the lane has counted and gathered so far. */
  result(): Promise<LaneResult>;
  /** The job has its first error that ends it: a lane that is connected with other processes tells them. */
  jobFailed(error: ErrorData): void;
  /** The job is over: closes the connection with other processes, and tells what went over it; no connection, nothing. */
  disconnect(): Promise<TrafficCounts | undefined>;
  /** The job is over: lets go of what the lane holds open. */
  close(): void;
  /** Fails what waits for something that cannot come; `true` where there was anything. */
  abandon(error: EdmeshError): boolean;
}

/** What a lane tells its process. */
export interface LaneReports {
  /** The source has come to a luminosity block. */
  readonly found: (info: LumiInfo) => void;
  /** The lane is done with a luminosity block, in which it has dealt with so many events. */
  readonly lumiLeft: (number: number, events: number, partials: PackedProducts) => void;
  readonly runLeft: (number: number, partials: PackedProducts) => void;
  /** So many events of a luminosity block came to the lane, but will not be processed. */
  readonly dropped: (number: number, events: number) => void;
  /** The lane wants another batch of events. */
  readonly batchWanted: () => void;
  /** The lane will claim no more events than so many. */
  readonly inputEnded: (claimed: number) => void;
  /** Every EDM stream of the lane is out of every run, for good. */
  readonly streamsFinished: () => void;
  /** An error that ends the job, or one that it survives. */
  readonly failed: (error: EdmeshError) => void;
  readonly survived: (error: EdmeshError) => void;
  /** The job is to take no more events, for this reason. */
  readonly interrupted: (error: EdmeshError) => void;
  readonly log: (
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    fields?: LogFields,
  ) => void;
}
