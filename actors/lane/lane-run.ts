import type { AnyActorRef } from 'xstate';
import {
  EdmeshError,
  errorFromData,
  type ErrorData,
  type ProcessDefinition,
  type SourceReader,
} from '../../edm/index.ts';
import type { TrafficCounts } from '../../transport/index.ts';
import type { LumiInfo, RunInfo } from '../source/blocks.ts';
import { ConnectionLife } from './connection-life.ts';
import type { Environment } from '../environment.ts';
import type { EventBatch } from '../source/event-batch.ts';
import type { EventBoard } from '../stream/event-board.ts';
import { EventWatch } from '../stream/event-watch.ts';
import { LaneGpu, operationsOfProcess } from '../gpu/index.ts';
import { assembleLane, type LaneAssembly, type LaneOptions } from './lane-assembly.ts';
import { laneClaims, pushedLane, type LaneClaims } from './lane-claims.ts';
import { amongOthers } from './lane-crossings.ts';
import { LaneErrors } from './lane-errors.ts';
import type { ClaimRules, LaneHandle, LaneReports, LaneResult, LaneTraits } from './lane-handle.ts';
import { LanePeers } from './lane-peers.ts';
import type { LanePlace } from './lane-places.ts';
import { endLane, laneResult } from './lane-result.ts';
import { LaneSetup } from './lane-setup.ts';
import { traitsOf } from './lane-traits.ts';
import { LaneTransitions } from './lane-transitions.ts';
import type { PackedProducts } from './packed-products.ts';
import { resolveProcess, type ResolvedProcess } from '../plan/resolve.ts';
import type { SetupData } from '../event-setup/setup-data.ts';

/** What a lane is made of. */
export interface LaneParts {
  readonly place: LanePlace;
  readonly definition: ProcessDefinition;
  readonly options: LaneOptions;
  readonly warmUp: boolean;
  readonly environment: Environment;
  readonly board: EventBoard;
  readonly reports: LaneReports;
  /** The actor of the lane: the EDM streams are its children. */
  readonly actor: AnyActorRef;
}

/** A lane where it runs: module instances and EDM streams of one OS thread, as its process tells it. */
export class LaneRun implements LaneHandle {
  readonly index: number;
  readonly actor: AnyActorRef;
  readonly #parts: LaneParts;
  readonly #errors: LaneErrors;
  readonly #summaries = new Map<string, unknown>();
  #resolved: ResolvedProcess | undefined;
  #connection: ConnectionLife | undefined;
  #gpu: LaneGpu | undefined;
  #assembly: LaneAssembly | undefined;
  #transitions: LaneTransitions | undefined;
  #claims: LaneClaims | undefined;
  #peers: LanePeers | undefined;
  #watch: EventWatch | undefined;
  /** The reader that the lane has opened itself, until it is closed. */
  #reader: SourceReader | undefined;
  #streamsEnded: () => void = () => undefined;

  constructor(parts: LaneParts) {
    const { reports } = parts;
    this.index = parts.place.index;
    this.actor = parts.actor;
    this.#parts = parts;
    this.#errors = new LaneErrors({
      failed: (error) => {
        // Other processes are told before they hear of events that are dropped.
        this.#connection?.failed(error);
        this.#assembly?.claims.cancel();
        reports.failed(error);
      },
      survived: reports.survived,
    });
  }

  /** Constructs and resolves the process. Throws one `EDMESH_CONFIGURATION` error that lists all problems. */
  async construct(): Promise<LaneTraits> {
    const { definition, environment, warmUp, place, options, reports } = this.#parts;
    const { logger, allocate } = environment;
    const connection = options.mesh?.connect(place, definition.data.name, place.lanes);
    if (connection !== undefined) {
      this.#connection = new ConnectionLife(connection, reports.survived);
    }
    const operations = operationsOfProcess(definition);
    const gpu =
      options.gpu === undefined ? undefined : new LaneGpu(options.gpu.open, logger, operations);
    this.#gpu = gpu;
    const alone = resolveProcess(definition, { logger, allocate, warmUp, connection, gpu });
    const resolved = place.lanes > 1 ? amongOthers(alone, allocate) : alone;
    this.#resolved = resolved;
    const { setups } = resolved.construction;
    const traits = traitsOf(resolved);
    if (place.lanes > 1) return traits;
    return { ...traits, instances: { source: this.#source, setups } };
  }

  async open(rules: ClaimRules): Promise<void> {
    const { place, options, environment, board, reports, actor } = this.#parts;
    if (rules.peers.length > 0) this.#peers = new LanePeers(rules.peers);
    const source = await laneClaims(rules, this.#source, reports);
    this.#claims = source;
    this.#reader = source.reader;
    const resolved = this.#known;
    const peers = this.#peers;
    const assembly = assembleLane({
      place,
      resolved,
      options,
      environment,
      board,
      errors: this.#errors,
      reports,
      peers,
      source,
      connection: this.#connection?.connection,
      gpu: this.#gpu,
      streamsEnded: () => {
        this.#watch?.stop();
        this.#streamsEnded();
      },
    });
    this.#assembly = assembly;
    const setup = new LaneSetup(resolved.construction.setups);
    this.#transitions = new LaneTransitions({ place, resolved, setup, assembly, peers });
    const listening = source.pushed?.listen(pushedLane(assembly.book, reports, this.#errors));
    const connecting = this.#connection?.open({
      resolved,
      place,
      environment,
      actor,
      fail: this.#errors.fail.bind(this.#errors),
      survive: this.#errors.survive.bind(this.#errors),
      interrupt: reports.interrupted,
    });
    await Promise.all([listening, connecting, this.#gpu?.open(actor)]);
  }

  async beginJob(): Promise<void> {
    const { hooks, instances } = this.#assembled;
    await hooks.job('beginJob', instances);
  }

  start(): void {
    this.#claims?.pushed?.begin();
    const { streams } = this.#assembled;
    const { environment, definition } = this.#parts;
    this.#watch = new EventWatch(
      environment,
      definition.data.options.eventTimeoutMs,
      streams.map(({ processor }) => processor),
    );
    this.#watch.start();
    for (const stream of streams) stream.start(this.actor);
  }

  beginRun(info: RunInfo, setup: SetupData, products: PackedProducts): Promise<PackedProducts> {
    return this.#blocks.beginRun(info, setup, products);
  }

  beginLumi(info: LumiInfo, setup: SetupData, products: PackedProducts): Promise<PackedProducts> {
    return this.#blocks.beginLumi(info, setup, products);
  }

  endLumi(info: LumiInfo, partials: readonly PackedProducts[]): Promise<void> {
    return this.#blocks.endLumi(info, partials);
  }

  endRun(info: RunInfo, partials: readonly PackedProducts[]): Promise<void> {
    return this.#blocks.endRun(info, partials);
  }

  forgetLumi(info: LumiInfo): void {
    this.#assembled.book.lumiEnded(info);
  }

  forgetRun(info: RunInfo): void {
    this.#assembled.book.runEnded(info);
  }

  lumiClosed(number: number, run: number): void {
    this.#assembled.book.closeUpTo(number, run);
  }

  batch(batch: EventBatch | null): void {
    this.#claims?.batches?.take(batch);
  }

  stop(): void {
    this.#connection?.stop();
    this.#assembly?.claims.stop();
  }

  cancel(): void {
    this.#errors.failedElsewhere();
    this.#assembly?.claims.cancel();
    for (const stream of this.#assembly?.streams ?? []) stream.cancelWaiting();
  }

  endStreams(): Promise<void> {
    return new Promise((resolve) => {
      this.#streamsEnded = resolve;
      for (const stream of this.#assembled.streams) stream.end();
    });
  }

  async endJob(): Promise<void> {
    await endLane(this.#assembled, this.#known, this.#errors, this.#summaries);
    await this.#closeReader();
  }

  jobFailed(error: ErrorData): void {
    this.#connection?.failed(errorFromData(error));
  }

  async disconnect(): Promise<TrafficCounts | undefined> {
    try {
      await this.#connection?.close();
    } finally {
      await this.#gpu?.close();
    }
    return this.#connection?.connection.traffic;
  }

  close(): void {
    this.#peers?.close();
    // Where the job has not come to its end; what goes wrong here was not what ended it.
    this.#closeReader().catch(() => undefined);
  }

  async result(): Promise<LaneResult> {
    const wallMs = (node: number) => this.#peers?.guestWallMs(node) ?? 0;
    const gpu = this.#gpu?.report();
    const result = laneResult(this.#assembled, this.#known, this.#summaries, wallMs);
    return gpu === undefined ? result : { ...result, gpu };
  }

  abandon(error: EdmeshError): boolean {
    return this.#watch?.abandonAll() === true || this.#assembly?.claims.abandon(error) === true;
  }

  /** Nothing in this thread is left that could complete external work: fails it. `true` where there was any. */
  abandonWork(error: EdmeshError): boolean {
    const here = this.#watch?.abandonAll() === true;
    return this.#peers?.abandon(error) === true || here;
  }

  async #closeReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.close?.();
  }

  get #known(): ResolvedProcess {
    if (this.#resolved === undefined) throw notYet('constructed');
    return this.#resolved;
  }

  get #assembled(): LaneAssembly {
    if (this.#assembly === undefined) throw notYet('open');
    return this.#assembly;
  }

  get #blocks(): LaneTransitions {
    if (this.#transitions === undefined) throw notYet('open');
    return this.#transitions;
  }

  get #source() {
    const { source } = this.#known.construction;
    if (source === undefined) throw notYet('constructed');
    return source;
  }
}

function notYet(what: string): EdmeshError {
  return new EdmeshError('EDMESH_INTERNAL', `the lane is not ${what} yet`);
}
