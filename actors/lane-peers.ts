import type { MessagePort } from 'node:worker_threads';
import { EdmeshError, LumiView, RunView, SetupView, type AnyInstance } from '../edm/index.ts';
import type { LumiBlock, RunBlock } from './blocks.ts';
import type { Environment } from './environment.ts';
import type { HookTarget } from './hook-caller.ts';
import type { LaneBook } from './lane-book.ts';
import type { LaneErrors } from './lane-errors.ts';
import { OneGuest } from './one-guest.ts';
import type { OneGate } from './one-gate.ts';
import { packChanged, unpackInto, type PackedProducts } from './packed-products.ts';
import { PeerLink, type HookRequest, type PeerAnswer, type PeerRequest } from './peer-link.ts';
import type { ResolvedProcess } from './resolve.ts';

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
    const table = resolved.tables[name === 'endLumi' ? 'lumi' : 'run'];
    const products = packChanged(table, block.products, []);
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
    const { resolved, globals, errors, book } = this.#known;
    const { tables, setupTable } = resolved;
    const target = globals.get(request.node);
    if (target === undefined) return [];
    const { instance, label } = target;
    const isLumi = request.name === 'endLumi';
    const level = isLumi ? tables.lumi : tables.run;
    const products = new Array<unknown>(level.branches.length).fill(undefined);
    unpackInto(level, products, request.products);
    const given = [...products];
    const call = (): ReturnType<NonNullable<AnyInstance['endLumi']>> => {
      if (request.name === 'endLumi') {
        const { run, lumi, timeUs, setup } = book.lumi(request.info);
        const view = new LumiView(target, tables, { run, lumi, timeUs, products });
        return instance.endLumi?.(view, new SetupView(target, setupTable, { products: setup }));
      }
      const { run, timeUs, setup } = book.run(request.info);
      const view = new RunView(target, tables, { run, timeUs, products });
      return instance.endRun?.(view, new SetupView(target, setupTable, { products: setup }));
    };
    try {
      await call();
    } catch (error) {
      errors.fail(error, `module ${label}`, request.name);
      return [];
    }
    return packChanged(level, products, given);
  }
}
