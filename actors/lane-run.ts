import type { AnyActorRef } from 'xstate';
import { EdmeshError, type ProcessDefinition, type SourceReader } from '../edm/index.ts';
import type { LumiBlock, LumiInfo, RunBlock, RunInfo } from './blocks.ts';
import type { Environment } from './environment.ts';
import type { EventBatch } from './event-batch.ts';
import type { EventBoard } from './event-board.ts';
import { EventWatch } from './event-watch.ts';
import {
  assembleLane,
  type LaneAssembly,
  type LaneOptions,
  type LanePlace,
} from './lane-assembly.ts';
import { laneClaims, type LaneClaims } from './lane-claims.ts';
import { amongOthers } from './lane-crossings.ts';
import { LaneErrors } from './lane-errors.ts';
import type { ClaimRules, LaneHandle, LaneReports, LaneResult, LaneTraits } from './lane-handle.ts';
import { LanePeers } from './lane-peers.ts';
import { endLane, laneResult } from './lane-result.ts';
import { LaneSetup } from './lane-setup.ts';
import { packChanged, unpackInto, type PackedProducts } from './packed-products.ts';
import { resolveProcess, type ResolvedProcess } from './resolve.ts';
import type { SetupData } from './setup-data.ts';

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
  #setup: LaneSetup | undefined;
  #assembly: LaneAssembly | undefined;
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
        this.#assembly?.claims.stop();
        reports.failed(error);
      },
      survived: reports.survived,
    });
  }

  /** Constructs and resolves the process. Throws one `EDMESH_CONFIGURATION` error that lists all problems. */
  async construct(): Promise<LaneTraits> {
    const { definition, environment, warmUp, place } = this.#parts;
    const { logger, allocate } = environment;
    const alone = resolveProcess(definition, { logger, allocate, warmUp });
    const resolved = place.hasOthers ? amongOthers(alone, allocate) : alone;
    const { modules, setups } = resolved.construction;
    this.#resolved = resolved;
    this.#setup = new LaneSetup(setups);
    const watches = (...names: readonly ('beginRun' | 'endRun' | 'beginLumi' | 'endLumi')[]) =>
      modules.some(
        ({ type, first }) => type.kind === 'one' && names.some((name) => first[name] !== undefined),
      );
    return {
      warnings: resolved.warnings,
      oneLumi: watches('beginLumi', 'endLumi'),
      oneRun: watches('beginRun', 'endRun'),
      actsOnBegin: modules.some(
        ({ first }) => first.beginRun !== undefined || first.beginLumi !== undefined,
      ),
      ...(place.hasOthers ? {} : { instances: { source: this.#source, setups } }),
    };
  }

  async open(rules: ClaimRules): Promise<void> {
    const { place, options, environment, board, reports } = this.#parts;
    if (rules.peers.length > 0) this.#peers = new LanePeers(rules.peers);
    const source = await laneClaims(rules, this.#source, reports);
    this.#claims = source;
    this.#reader = source.reader;
    this.#assembly = assembleLane({
      place,
      resolved: this.#known,
      options,
      environment,
      board,
      errors: this.#errors,
      reports,
      peers: this.#peers,
      source,
      streamsEnded: () => {
        this.#watch?.stop();
        this.#streamsEnded();
      },
    });
  }

  async beginJob(): Promise<void> {
    const { hooks, instances } = this.#assembled;
    await hooks.job('beginJob', instances);
  }

  start(): void {
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
    const { book, hooks, runTargets } = this.#assembled;
    const block = book.run(info);
    const callHooks = () => hooks.run('beginRun', block, runTargets);
    return this.#inTurn(() => this.#begin('run', block, setup, products, callHooks));
  }

  beginLumi(info: LumiInfo, setup: SetupData, products: PackedProducts): Promise<PackedProducts> {
    const { book, hooks, lumiTargets } = this.#assembled;
    const block = book.lumi(info);
    const callHooks = () => hooks.lumi('beginLumi', block, lumiTargets);
    return this.#inTurn(() => this.#begin('lumi', block, setup, products, callHooks));
  }

  async endLumi(info: LumiInfo, partials: readonly PackedProducts[]): Promise<void> {
    const { book, hooks, lumiTargets } = this.#assembled;
    const block = book.lumi(info);
    for (const each of partials) unpackInto(this.#known.tables.lumi, block.products, each);
    await hooks.lumi('endLumi', block, lumiTargets);
  }

  async endRun(info: RunInfo, partials: readonly PackedProducts[]): Promise<void> {
    const { book, hooks, runTargets } = this.#assembled;
    const block = book.run(info);
    for (const each of partials) unpackInto(this.#known.tables.run, block.products, each);
    await hooks.run('endRun', block, runTargets);
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
    this.#assembly?.claims.stop();
  }

  cancel(): void {
    this.#errors.failedElsewhere();
    this.#assembly?.claims.stop();
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

  close(): void {
    this.#peers?.close();
    // Where the job has not come to its end; what goes wrong here was not what ended it.
    this.#closeReader().catch(() => undefined);
  }

  async result(): Promise<LaneResult> {
    const wallMs = (node: number) => this.#peers?.guestWallMs(node) ?? 0;
    return laneResult(this.#assembled, this.#known, this.#summaries, wallMs);
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

  get #isHome(): boolean {
    return this.index === 0;
  }

  get #known(): ResolvedProcess {
    if (this.#resolved === undefined) throw notYet('constructed');
    return this.#resolved;
  }

  get #assembled(): LaneAssembly {
    if (this.#assembly === undefined) throw notYet('open');
    return this.#assembly;
  }

  /** In the first lane the process sees to it that one transition follows the other; for the others nobody waits. */
  #inTurn<T>(transition: () => Promise<T>): Promise<T> {
    return this.#isHome || this.#peers === undefined
      ? transition()
      : this.#peers.inTurn(transition);
  }

  async #begin(
    level: 'run' | 'lumi',
    block: RunBlock | LumiBlock,
    setup: SetupData,
    products: PackedProducts,
    callHooks: () => Promise<void>,
  ): Promise<PackedProducts> {
    const { construction, registry, tables } = this.#known;
    const table = tables[level];
    const isOfGlobal = (slot: number) =>
      construction.modules[registry.makerOf(level, slot) ?? -1]?.type.kind === 'global';
    try {
      block.setup = await this.#setupAt(setup);
      const others = products.filter(([slot]) => !isOfGlobal(slot));
      unpackInto(table, block.products, others);
      await callHooks();
      // A global module has put its own here: what all lanes see is that of the first one.
      const ofGlobals = products.filter(([slot]) => isOfGlobal(slot));
      for (const [slot] of ofGlobals) block.products[slot] = undefined;
      unpackInto(table, block.products, ofGlobals);
      block.given = [...block.products];
      block.state = 'open';
    } finally {
      block.hasBegun();
    }
    for (const stream of this.#assembled.streams) stream.blockBegun();
    return this.#isHome ? this.#packed(() => packChanged(table, block.products, [])) : [];
  }

  #setupAt(data: SetupData): Promise<readonly unknown[]> {
    if (this.#setup === undefined) throw notYet('constructed');
    return this.#setup.products(data);
  }

  #packed(pack: () => PackedProducts): PackedProducts {
    return this.#parts.place.hasOthers ? pack() : [];
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
