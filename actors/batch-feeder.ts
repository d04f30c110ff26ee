import {
  EdmeshError,
  errorToData,
  EventPrincipal,
  EventView,
  idProblem,
  type ErrorData,
  type ViewTables,
} from '../edm/index.ts';
import { NumberedBlocks } from './block-numbers.ts';
import type { LumiInfo } from './blocks.ts';
import type { Claims, ClaimSettled } from './claims.ts';
import type { ConstructedSource } from './construction.ts';
import type { Environment, Timer } from './environment.ts';
import { BatchCursor, type EventBatch } from './event-batch.ts';
import { packProduct, type PackedProduct } from './packed-products.ts';
import { sourceIndex } from './product-registry.ts';
import { sourceTables } from './source-tables.ts';

/** A lane as the feeder sees it. */
export interface FedLane {
  readonly index: number;
  /** Gives a batch that the lane asked for; `null`: there will be no other. */
  batch(batch: EventBatch | null): void;
  /** The source has gone on from a luminosity block, and from all before it. */
  lumiClosed(number: number): void;
}

/** What a feeder works with. */
export interface FeederParts {
  readonly source: ConstructedSource;
  /** Claims on the source, in this thread. */
  readonly claims: Claims;
  readonly environment: Environment;
  /** How long the source may take over one event, in milliseconds; 0: as long as it likes. */
  readonly timeoutMs: number;
  /** The source has come to a luminosity block. */
  readonly found: (info: LumiInfo) => void;
  /** Events that were read, but that no lane will get. */
  readonly dropped: (block: LumiInfo, events: number) => void;
}

/** A batch should keep a lane busy for about this long: long enough that messages cost little, short enough to balance. */
const batchMs = 4;
const batchSizeMax = 256;

/** A batch that a lane has, and when it was given. */
interface Given {
  readonly cursor: BatchCursor;
  readonly lane: FedLane;
}

/**
 * Reads a sequential source in the thread of the process and hands its events to lanes in batches. It reads only when a
 * lane has asked, so that few events are ahead. When the source has ended, a lane without work shares the batch of another.
 */
export class BatchFeeder {
  readonly #parts: FeederParts;
  readonly #tables: ViewTables;
  readonly #numbers: NumberedBlocks;
  readonly #hungry: FedLane[] = [];
  readonly #askedMs = new Map<FedLane, number>();
  /** Number of the newest block that each lane has had events of. */
  readonly #newest = new Map<FedLane, number>();
  readonly #principal: EventPrincipal;
  readonly #view: EventView;
  #given: Given[] = [];
  #read: LumiInfo[] = [];
  #waitingSinceMs = 0;
  #timer: Timer | undefined;
  #reading = false;
  #ended = false;
  #stopped = false;
  #size = 1;
  #handedOut = 0;

  constructor(parts: FeederParts) {
    this.#parts = parts;
    this.#tables = sourceTables(parts.source);
    const history = this.#tables.processHistory;
    this.#principal = new EventPrincipal(this.#tables.event.branches.length, history);
    const accessor = { index: sourceIndex, label: 'source' };
    this.#view = new EventView(accessor, this.#tables, this.#principal);
    this.#numbers = new NumberedBlocks(undefined, (info) => {
      parts.found(info);
      this.#lookAtClosed(info.number - 1);
    });
    this.#watch();
  }

  /** Events that were read for lanes, whether they were processed or not. */
  get handedOut(): number {
    return this.#handedOut;
  }

  /** A lane wants another batch. */
  wanted(lane: FedLane): void {
    this.#adjustSize(lane);
    this.#hungry.push(lane);
    this.#feedSoon();
  }

  /** Reads no more; lanes are told so. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#parts.claims.stop();
    this.#feedSoon();
  }

  /** A lane in this thread asks while it takes a batch: it gets the next one when it is done with that. */
  #feedSoon(): void {
    if (this.#reading) return;
    this.#reading = true;
    queueMicrotask(() => void this.#feed());
  }

  async #feed(): Promise<void> {
    for (let lane = this.#hungry.shift(); lane !== undefined; lane = this.#hungry.shift()) {
      const batch = this.#stopped || this.#ended ? undefined : await this.#readBatch();
      if (batch !== undefined && !this.#stopped) this.#give(lane, batch);
      else {
        for (const block of batch?.blocks ?? []) this.#parts.dropped(block, 1);
        const shared = this.#stopped ? undefined : this.#batchToShare(lane);
        if (shared === undefined) lane.batch(null);
        else this.#give(lane, shared);
      }
    }
    this.#reading = false;
  }

  #give(lane: FedLane, batch: EventBatch): void {
    this.#given = this.#given.filter(({ cursor }) => cursor.unclaimed > 0);
    this.#given.push({ cursor: new BatchCursor(batch), lane });
    this.#newest.set(lane, batch.blocks.at(-1)?.number ?? 0);
    lane.batch(batch);
  }

  /** How long a lane took over a batch says how large the next should be. */
  #adjustSize(lane: FedLane): void {
    const now = this.#parts.environment.now();
    const before = this.#askedMs.get(lane);
    this.#askedMs.set(lane, now);
    if (before === undefined) return;
    const tookMs = now - before;
    if (tookMs < batchMs / 2) this.#size = Math.min(batchSizeMax, 2 * this.#size);
    else if (tookMs > 2 * batchMs) this.#size = Math.max(1, this.#size >> 1);
  }

  /** The batch of another lane with most events left, unless they are older than what the lane has had. */
  #batchToShare(lane: FedLane): EventBatch | undefined {
    const newest = this.#newest.get(lane) ?? 0;
    const others = this.#given.filter(
      ({ cursor, lane: other }) =>
        other !== lane && cursor.unclaimed > 0 && (cursor.batch.blocks[0]?.number ?? -1) >= newest,
    );
    return others.sort((a, b) => b.cursor.unclaimed - a.cursor.unclaimed)[0]?.cursor.batch;
  }

  /** EDM streams that wait in a block which is over leave it, once nobody has an event of it any more. */
  #lookAtClosed(number: number): void {
    if (number < 0 || this.#read.length > 0) return;
    if (this.#given.some(({ cursor }) => cursor.unclaimed > 0)) return;
    for (const lane of this.#askedMs.keys()) lane.lumiClosed(number);
  }

  async #readBatch(): Promise<EventBatch | undefined> {
    const { now } = this.#parts.environment;
    const principal = this.#principal;
    const firstOrdinal = this.#handedOut;
    const products: (PackedProduct | null)[][] = this.#tables.event.branches.map(() => []);
    const ids: number[] = [];
    const blocks: LumiInfo[] = [];
    this.#read = blocks;
    const errors = new Map<number, ErrorData>();
    const untilMs = now() + batchMs;
    do {
      principal.clear();
      const outcome = await this.#claim();
      if (outcome === 'exhausted') {
        this.#ended = true;
        this.#timer?.cancel();
        break;
      }
      const problem = outcome === 'claimed' ? problemOf(principal) : outcome.error;
      const position = blocks.length;
      ids.push(principal.run, principal.lumi, principal.event, principal.timeUs);
      blocks.push(this.#numbers.blockOf(principal));
      this.#handedOut++;
      if (problem !== undefined) errors.set(position, errorToData(problem));
      this.#pack(products, position, errors);
    } while (blocks.length < this.#size && now() < untilMs);
    if (blocks.length === 0) return undefined;
    const claimed = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const size = blocks.length;
    return { firstOrdinal, size, ids: Float64Array.from(ids), blocks, products, errors, claimed };
  }

  /** Packs the products of the event that was just read; one that cannot be packed makes it an event with an error. */
  #pack(
    products: readonly (PackedProduct | null)[][],
    position: number,
    errors: Map<number, ErrorData>,
  ): void {
    products.forEach((column, slot) => {
      const product = this.#principal.products[slot];
      const type = this.#tables.event.branches[slot]?.type;
      let packed: PackedProduct | null = null;
      if (product !== undefined && type !== undefined && !errors.has(position)) {
        try {
          packed = packProduct(type, product);
        } catch (error) {
          errors.set(position, errorToData(error));
        }
      }
      column.push(packed);
    });
  }

  /** Asks the source for the next event. */
  #claim(): Promise<ClaimOutcome> {
    this.#waitingSinceMs = this.#parts.environment.now();
    return new Promise((resolve) => {
      const claim = this.#parts.claims.claim(this.#principal, this.#view, resolve);
      if (claim !== 'reading') resolve(claim);
    });
  }

  /** Gives up on a source that takes too long over an event. */
  #watch(): void {
    const { environment, timeoutMs, claims } = this.#parts;
    if (timeoutMs === 0 || !claims.mustAnswer || this.#ended || this.#stopped) return;
    this.#timer = environment.after(Math.min(1000, Math.max(1, timeoutMs / 4)), () => {
      if (this.#reading && environment.now() - this.#waitingSinceMs > timeoutMs) {
        claims.abandon(
          new EdmeshError(
            'EDMESH_EVENT_TIMEOUT',
            `an event waits longer than ${String(timeoutMs)} ms, held by source`,
            { fields: { labels: ['source'], timeoutMs } },
          ),
        );
      }
      this.#watch();
    });
  }
}

type ClaimOutcome = Parameters<ClaimSettled>[0];

function problemOf(principal: EventPrincipal): EdmeshError | undefined {
  const problem = idProblem(principal);
  if (problem === undefined) return undefined;
  return new EdmeshError('EDMESH_SOURCE_CONTRACT', `source: ${problem}`);
}
