import type { MessagePort } from 'node:worker_threads';
import { EdmeshError, LumiView, RunView, SetupView } from '../../edm/index.ts';
import type { LumiBlock, RunBlock } from '../source/blocks.ts';
import type { Environment } from '../environment.ts';
import type { HookTarget } from '../stream/hook-caller.ts';
import type { LaneBook } from './lane-book.ts';
import type { LaneErrors } from './lane-errors.ts';
import { OneGuest } from './one-guest.ts';
import type { OneGate } from './one-gate.ts';
import { packChanged, unpackInto, type PackedProducts } from './packed-products.ts';
import { PeerLink, type HookRequest, type PeerAnswer, type PeerRequest } from './peer-link.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';
import { TransitionQueue } from './transition-queue.ts';

/** What the dealings of a lane with others need to know of it. */
export interface LanePeersParts {
  readonly resolved: ResolvedProcess;
  readonly book: LaneBook;
  readonly errors: LaneErrors;
  readonly environment: Environment;
  readonly gates: readonly (OneGate | undefined)[];
  /** The `global` modules of this lane, by node. */
  readonly globals: ReadonlyMap<number, HookTarget>;
}

/** The other lanes as one lane sees them: the first lane is linked with every other one. */
export class LanePeers {
  readonly #links: readonly PeerLink[];
  readonly #guests = new Map<number, OneGuest>();
  readonly #transitions = new TransitionQueue();
  #parts: LanePeersParts | undefined;

  constructor(ports: readonly MessagePort[]) {
    this.#links = ports.map((port) => new PeerLink(port, (request) => this.#answer(request)));
  }

  /** The lane is there: from here on it answers. */
  open(parts: LanePeersParts): void {
    this.#parts = parts;
  }

  /** The link to the first lane, from any other. */
  get home(): PeerLink {
    const [link] = this.#links;
    if (link === undefined) throw new EdmeshError('EDMESH_INTERNAL', 'the lane has no peers');
    return link;
  }

  /** Starts a transition of this lane when those before it are over. */
  inTurn<T>(transition: () => Promise<T>): Promise<T> {
    return this.#transitions.inTurn(transition);
  }

  /** Time that a `one` module took over events of other lanes, in milliseconds. */
  guestWallMs(node: number): number {
    return this.#guests.get(node)?.wallMs ?? 0;
  }

  /** Gives up on external work for events of other lanes; `true` where there was any. */
  abandon(error: EdmeshError): boolean {
    return [...this.#guests.values()].map((guest) => guest.abandon(error)).includes(true);
  }

  /** Has a `global` module end a block in the other lanes, too; what it puts there is combined with what is here. */
  async endElsewhere(
    name: 'endLumi' | 'endRun',
    block: LumiBlock | RunBlock,
    { index: node }: HookTarget,
  ): Promise<void> {
    const { resolved } = this.#known;
    const level = name === 'endLumi' ? 'lumi' : 'run';
    const table = resolved.tables[level];
    // What the module has put here is no input of what it puts there.
    const products = packChanged(table, block.products, []).filter(
      ([slot]) => resolved.registry.makerOf(level, slot) !== node,
    );
    const { info } = block;
    const request = { kind: 'hook', name, info, node, products } as HookRequest;
    const puts = await Promise.all(this.#links.map((link) => link.ask(request)));
    for (const each of puts) unpackInto(table, block.products, each);
  }

  close(): void {
    for (const link of this.#links) link.close();
  }

  get #known(): LanePeersParts {
    if (this.#parts === undefined) throw new EdmeshError('EDMESH_INTERNAL', 'the lane is not open');
    return this.#parts;
  }

  async #answer(request: PeerRequest): Promise<PeerAnswer<PeerRequest>> {
    if (request.kind === 'hook') return this.#endHere(request);
    let guest = this.#guests.get(request.node);
    if (guest === undefined) {
      const { gates, ...parts } = this.#known;
      const { node } = request;
      guest = new OneGuest({ ...parts, node, gate: gates[node] });
      this.#guests.set(node, guest);
    }
    return guest.process(request);
  }

  /** Calls the hook of a `global` module here, on a copy of the block that has the products of all lanes. */
  async #endHere(request: HookRequest): Promise<PackedProducts> {
    const { resolved, globals, book } = this.#known;
    const { tables } = resolved;
    const target = globals.get(request.node);
    if (target === undefined) return [];
    const { instance } = target;
    const level = request.name === 'endLumi' ? tables.lumi : tables.run;
    const products = new Array<unknown>(level.branches.length).fill(undefined);
    unpackInto(level, products, request.products);
    const given = [...products];
    if (request.name === 'endLumi') {
      const block = book.lumi(request.info);
      const { number, run, lumi, timeUs } = block;
      const view = new LumiView(target, tables, { number, run, lumi, timeUs, products });
      const where = `endLumi ${String(run.run)}:${String(lumi)}`;
      await this.#call(target, where, block, (setup) => instance.endLumi?.(view, setup));
    } else {
      const block = book.run(request.info);
      const { number, run, timeUs } = block;
      const view = new RunView(target, tables, { number, run, timeUs, products });
      const where = `endRun ${String(run)}`;
      await this.#call(target, where, block, (setup) => instance.endRun?.(view, setup));
    }
    return packChanged(level, products, given);
  }

  /** Calls a hook once the block has begun here, for which the first lane does not wait. */
  async #call(
    target: HookTarget,
    where: string,
    block: LumiBlock | RunBlock,
    hook: (setup: SetupView) => void | Promise<void>,
  ): Promise<void> {
    const { resolved, errors } = this.#known;
    await block.begun;
    if (block.state === 'pending') return;
    const setup = new SetupView(target, resolved.setupTable, { products: block.setup });
    try {
      await this.#transitions.inTurn(async () => {
        await hook(setup);
      });
    } catch (error) {
      errors.fail(error, `module ${target.label}`, where);
    }
  }
}
