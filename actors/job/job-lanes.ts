import { MessageChannel } from 'node:worker_threads';
import type { AnyActorRef } from 'xstate';
import {
  asEdmeshError,
  EdmeshError,
  errorToData,
  formatEventId,
  type ProcessDefinition,
} from '../../edm/index.ts';
import { addTraffic, type TrafficCounts } from '../../transport/index.ts';
import type { BatchFeeder } from '../source/batch-feeder.ts';
import type { Environment } from '../environment.ts';
import type { JobErrors } from './job-errors.ts';
import { startLane, type LaneHost, type StartedLane } from '../lane/lane-host.ts';
import type { LaneOptions } from '../lane/lane-assembly.ts';
import type {
  ClaimRules,
  LaneHandle,
  LaneReports,
  LaneResult,
  LaneTraits,
} from '../lane/lane-handle.ts';
import type { LanePlace } from '../lane/lane-places.ts';
import type { LaneMessage } from '../lane/lane.machine.ts';
import type { RunLumiBook } from './run-lumi-book.ts';

/** What the lanes of a job are made of, and whom they tell. */
export interface JobLanesParts {
  readonly host: LaneHost;
  readonly places: readonly LanePlace[];
  readonly definition: ProcessDefinition;
  readonly options: LaneOptions;
  readonly warmUp: boolean;
  readonly environment: Environment;
  readonly errors: JobErrors;
  readonly parent: AnyActorRef;
  /** The book of the job, once lanes report about runs and lumis. */
  readonly book: () => RunLumiBook | undefined;
  /** Where lanes get batches from, if their source is read in order. */
  readonly feeder: () => BatchFeeder | undefined;
  /** Something has changed in the book. */
  readonly look: () => void;
  /** A lane asks the job to take no more events. */
  readonly interrupted: (error: EdmeshError) => void;
}

/** The lanes of a job: tells all of them the same, and puts together what they report. */
export class JobLanes {
  readonly #parts: JobLanesParts;
  readonly #lanes: readonly StartedLane[];
  readonly #lost = new Set<StartedLane>();
  readonly #claimed = new Map<StartedLane, number>();
  readonly #finished = new Set<StartedLane>();

  constructor(parts: JobLanesParts) {
    const { host, places, definition, options, warmUp, environment, parent } = parts;
    this.#parts = parts;
    this.#lanes = places.map((place) => {
      const start = { place, definition, options, warmUp, environment };
      const lane: StartedLane = startLane(
        host,
        parent,
        { ...start, reports: this.#reportsOf(() => lane) },
        (reason) => {
          this.#isLost(lane, reason);
        },
      );
      return lane;
    });
  }

  /** The lanes that are left, the first one first. */
  get handles(): readonly LaneHandle[] {
    return this.#living.map(({ handle }) => handle);
  }

  /** Events that all EDM streams have processed. */
  get events(): number {
    return this.#lanes.reduce((sum, { board }) => sum + board.events, 0);
  }

  /** Whether every EDM stream is out of every run, for good. */
  get allFinished(): boolean {
    return this.#living.every((lane) => this.#finished.has(lane));
  }

  /** Constructs the process in every lane. Rejects with the error of the first lane that cannot. */
  async construct(): Promise<readonly LaneTraits[]> {
    const traits = await allSettled(this.#living.map(({ handle }) => handle.construct()));
    this.#tell({ type: 'CONSTRUCTED' });
    return traits;
  }

  /** Makes the EDM streams of every lane. */
  async open(rules: Omit<ClaimRules, 'peers'>): Promise<void> {
    const links = this.#lanes.slice(1).map(() => new MessageChannel());
    const peersOf = (index: number) =>
      index === 0
        ? links.map(({ port1 }) => port1)
        : links.slice(index - 1, index).map(({ port2 }) => port2);
    await allSettled(
      this.#living.map(async ({ place, handle }) => {
        try {
          await handle.open({ ...rules, peers: peersOf(place.index) });
        } catch (error) {
          // Others may wait for other processes, which they do no longer when they hear of it.
          this.jobFailed(asEdmeshError(error));
          throw error;
        }
      }),
    );
  }

  /** The job has its first error that ends it: lanes that are connected with other processes tell them. */
  jobFailed(error: EdmeshError): void {
    if (this.#parts.options.mesh === undefined) return;
    for (const { handle } of this.#living) handle.jobFailed(errorToData(error));
  }

  /**
   * Closes the connections with other processes, and GPUs, and tells what went over the connections, where there are any.
   * What goes wrong then fails the job, unless it has failed before.
   */
  async disconnect(): Promise<TrafficCounts | undefined> {
    const { options, errors } = this.#parts;
    if (options.mesh === undefined && options.gpu === undefined) return undefined;
    const hadFailed = errors.fatal !== undefined;
    const traffic = await Promise.all(
      this.#living.map(async ({ handle }) => {
        try {
          return await handle.disconnect();
        } catch (error) {
          if (!hadFailed) errors.fail(error);
          return undefined;
        }
      }),
    );
    if (options.mesh === undefined) return undefined;
    return addTraffic(traffic.filter((each) => each !== undefined));
  }

  /** The job is over. */
  close(): void {
    for (const { handle } of this.#living) handle.close();
  }

  async beginJob(): Promise<void> {
    this.#tell({ type: 'BEGIN_JOB' });
    await this.#each('beginJob', (handle) => handle.beginJob());
  }

  start(): void {
    this.#tell({ type: 'START' });
    for (const { handle } of this.#living) handle.start();
  }

  stop(): void {
    this.#tell({ type: 'DRAIN' });
    for (const { handle } of this.#living) handle.stop();
  }

  cancel(): void {
    for (const { handle } of this.#living) handle.cancel();
  }

  async endStreams(): Promise<void> {
    await this.#each('endStream', (handle) => handle.endStreams());
    this.#tell({ type: 'STREAMS_ENDED' });
  }

  async endJob(): Promise<void> {
    this.#tell({ type: 'END_JOB' });
    await this.#each('endJob', (handle) => handle.endJob());
    this.#tell({ type: 'DONE' });
  }

  /** What the lanes that are left have counted and gathered. */
  async results(): Promise<readonly LaneResult[]> {
    const results = await Promise.allSettled(this.#living.map(({ handle }) => handle.result()));
    return results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  }

  /** Fails what waits for something that cannot come; `true` where there was anything. */
  abandon(error: EdmeshError): boolean {
    return this.#living.map(({ handle }) => handle.abandon(error)).includes(true);
  }

  get #living(): readonly StartedLane[] {
    return this.#lost.size === 0
      ? this.#lanes
      : this.#lanes.filter((each) => !this.#lost.has(each));
  }

  #tell(message: LaneMessage): void {
    for (const { actor } of this.#living) {
      if (actor.getSnapshot().status === 'active') actor.send(message);
    }
  }

  async #each(where: string, call: (handle: LaneHandle) => Promise<void>): Promise<void> {
    await Promise.all(
      this.#living.map(async (lane) => {
        try {
          await call(lane.handle);
        } catch (error) {
          if (!this.#lost.has(lane)) this.#parts.errors.fail(error, where);
        }
      }),
    );
  }

  #reportsOf(lane: () => StartedLane): LaneReports {
    const { errors, environment, book, feeder, look } = this.#parts;
    return {
      found: (info) => {
        book()?.found(info, lane().place.index);
        look();
      },
      lumiLeft: (number, events, partials) => {
        book()?.lumiLeft(lane().place.index, number, events, partials);
        look();
      },
      runLeft: (number, partials) => {
        book()?.runLeft(lane().place.index, number, partials);
        look();
      },
      dropped: (number, events) => {
        book()?.dropped(number, events);
        look();
      },
      batchWanted: () => {
        feeder()?.wanted(lane().handle);
      },
      inputEnded: (claimed) => {
        this.#claimed.set(lane(), claimed);
        book()?.laneInputEnded(lane().place.index);
        this.#lookAtInput();
      },
      streamsFinished: () => {
        this.#finished.add(lane());
        this.#lookAtStreams();
        look();
      },
      failed: (error) => {
        errors.fail(error);
      },
      survived: (error) => {
        errors.survive(error);
      },
      interrupted: this.#parts.interrupted,
      log: (level, message, fields) => {
        environment.logger[level](message, fields);
      },
    };
  }

  #lookAtInput(): void {
    const claims = this.#living.map((lane) => this.#claimed.get(lane));
    if (claims.includes(undefined)) return;
    const { book, feeder } = this.#parts;
    const isKnown = this.#lanes.every((lane) => this.#claimed.has(lane));
    const claimed = [...this.#claimed.values()].reduce((sum, each) => sum + each, 0);
    book()?.closeInput(feeder()?.handedOut ?? (isKnown ? claimed : undefined));
    this.#parts.look();
  }

  #lookAtStreams(): void {
    if (this.allFinished) this.#parts.book()?.lanesFinished();
  }

  #isLost(lane: StartedLane, reason: string): void {
    if (this.#lost.has(lane)) return;
    this.#lost.add(lane);
    lane.actor.send({ type: 'LOST', reason });
    const { index } = lane.place;
    const events = lane.board.inHand().map(formatEventId);
    const held = events.length === 0 ? 'no event in hand' : `in hand: ${events.join(', ')}`;
    this.#parts.errors.fail(
      new EdmeshError('EDMESH_LANE_LOST', `lane ${String(index)} is lost: ${reason}; ${held}`, {
        fields: { lane: index, events },
      }),
    );
    this.#parts.book()?.laneLost(index);
    this.#lookAtStreams();
    this.#lookAtInput();
  }
}

/** Waits for all, then gives the results, or throws what the first of those threw that failed. */
async function allSettled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}
