import type { LumiBlock, LumiInfo, RunBlock, RunInfo } from '../source/blocks.ts';
import type { LaneAssembly } from './lane-assembly.ts';
import type { LanePeers } from './lane-peers.ts';
import type { LanePlace } from './lane-places.ts';
import type { LaneSetup } from './lane-setup.ts';
import { packChanged, unpackInto, type PackedProducts } from './packed-products.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';
import type { SetupData } from '../event-setup/setup-data.ts';

/** What the transitions of a lane work with. */
export interface LaneTransitionsParts {
  readonly place: LanePlace;
  readonly resolved: ResolvedProcess;
  readonly setup: LaneSetup;
  readonly assembly: LaneAssembly;
  readonly peers: LanePeers | undefined;
}

/** The global run and lumi transitions as they take place in one lane. */
export class LaneTransitions {
  readonly #parts: LaneTransitionsParts;

  constructor(parts: LaneTransitionsParts) {
    this.#parts = parts;
  }

  beginRun(info: RunInfo, setup: SetupData, products: PackedProducts): Promise<PackedProducts> {
    const { book, hooks, runTargets } = this.#parts.assembly;
    const block = book.run(info);
    const callHooks = () => hooks.run('beginRun', block, runTargets);
    return this.#inTurn(() => this.#begin('run', block, setup, products, callHooks));
  }

  beginLumi(info: LumiInfo, setup: SetupData, products: PackedProducts): Promise<PackedProducts> {
    const { book, hooks, lumiTargets } = this.#parts.assembly;
    const block = book.lumi(info);
    const callHooks = () => hooks.lumi('beginLumi', block, lumiTargets);
    return this.#inTurn(() => this.#begin('lumi', block, setup, products, callHooks));
  }

  async endLumi(info: LumiInfo, partials: readonly PackedProducts[]): Promise<void> {
    const { assembly, resolved } = this.#parts;
    const { book, hooks, lumiTargets } = assembly;
    const block = book.lumi(info);
    for (const each of partials) unpackInto(resolved.tables.lumi, block.products, each);
    await hooks.lumi('endLumi', block, lumiTargets);
  }

  async endRun(info: RunInfo, partials: readonly PackedProducts[]): Promise<void> {
    const { assembly, resolved } = this.#parts;
    const { book, hooks, runTargets } = assembly;
    const block = book.run(info);
    for (const each of partials) unpackInto(resolved.tables.run, block.products, each);
    await hooks.run('endRun', block, runTargets);
  }

  /** In the first lane the process sees to it that one transition follows the other; for the others nobody waits. */
  #inTurn<T>(transition: () => Promise<T>): Promise<T> {
    const { peers } = this.#parts;
    return this.#isHome || peers === undefined ? transition() : peers.inTurn(transition);
  }

  async #begin(
    level: 'run' | 'lumi',
    block: RunBlock | LumiBlock,
    setupData: SetupData,
    products: PackedProducts,
    callHooks: () => Promise<void>,
  ): Promise<PackedProducts> {
    const { resolved, setup, assembly, place } = this.#parts;
    const { construction, registry, tables } = resolved;
    const table = tables[level];
    const isOfGlobal = (slot: number) =>
      construction.modules[registry.makerOf(level, slot) ?? -1]?.type.kind === 'global';
    try {
      block.setup = await setup.products(setupData);
      const others = products.filter(([slot]) => !isOfGlobal(slot));
      unpackInto(table, block.products, others);
      await callHooks();
      // A global module has put its own here: what all lanes see is that of the first one.
      const ofGlobals = products.filter(([slot]) => isOfGlobal(slot));
      for (const [slot] of ofGlobals) block.products[slot] = undefined;
      unpackInto(table, block.products, ofGlobals);
      // The first lane has what was put at the begin: of this one it gets what EDM streams put from here on.
      if (!this.#isHome) block.gathered = [];
      block.state = 'open';
    } finally {
      block.hasBegun();
    }
    for (const stream of assembly.streams) stream.blockBegun();
    return this.#isHome && place.lanes > 1 ? packChanged(table, block.products, []) : [];
  }

  get #isHome(): boolean {
    return this.#parts.place.index === 0;
  }
}
