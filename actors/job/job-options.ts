import type { InspectionEvent } from 'xstate';
import type { GpuOptions } from '../gpu/index.ts';
import type { MeshOptions } from '../lane/lane-connection.ts';
import type { LaneHost } from '../lane/lane-host.ts';

/** How a job is run, apart from what it does. */
export interface JobOptions {
  /** Lanes: OS threads, or turns in this one where no {@link LaneHost} is given. */
  readonly threads: number;
  /** EDM streams: events in flight at once, spread over the lanes. */
  readonly streams: number;
  /** Events to process: -1 for all; more than the source has makes it start over. */
  readonly maxEvents: number;
  /** Events of the source to leave out first. */
  readonly skipEvents: number;
  /** Events to process, before anything counts, with module instances of their own. */
  readonly warmupEvents: number;
  /** Take events for this long instead of a number of them. */
  readonly runForSeconds?: number;
  /** Compute the digest of all event products. */
  readonly digest: boolean;
  /** Measure the time spent in each module. */
  readonly timing: boolean;
  /** Sees the products of every event that is done, by branch name; what the framework puts is left out. */
  readonly onEvent?: (ordinal: number, products: Readonly<Record<string, unknown>>) => void;
  /** Where lanes run; left out: in this thread. */
  readonly laneHost?: LaneHost;
  /** How the process is connected with others of its job; left out: it is alone. There are no warm-up events then. */
  readonly mesh?: MeshOptions;
  /** How modules use GPUs; left out: their work is done on the host. */
  readonly gpu?: GpuOptions;
  /** Sees every actor, message and snapshot of the job, but for what happens within lanes that are other threads. */
  readonly inspect?: (event: InspectionEvent) => void;
}

/** One EDM stream in one lane, all events, nothing measured. */
export const defaultJobOptions: JobOptions = {
  threads: 1,
  streams: 1,
  maxEvents: -1,
  skipEvents: 0,
  warmupEvents: 0,
  digest: false,
  timing: false,
};
