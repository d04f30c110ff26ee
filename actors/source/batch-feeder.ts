import {
  EdmeshError,
  errorToData,
  EventPrincipal,
  EventView,
  idProblem,
  type ErrorData,
  type ViewTables,
} from '../../edm/index.ts';
import { NumberedBlocks } from './block-numbers.ts';
import type { LumiInfo } from './blocks.ts';
import type { Claims } from './claims.ts';
import type { ConstructedSource } from '../plan/construction.ts';
import type { Environment } from '../environment.ts';
import { BatchCursor, type EventBatch } from './event-batch.ts';
import { OrderedReads } from './ordered-reads.ts';
import { packProduct, type PackedProduct } from '../lane/packed-products.ts';
import { sourceIndex } from '../plan/product-registry.ts';
import { sourceTables } from './source-tables.ts';

/** A lane as the feeder sees it. */
export interface FedLane {
  readonly index: number;
  /** Gives a batch that the lane asked for; `null`: there will be no other. */
  batch(batch: EventBatch | null): void;
  /** The source has gone on from a luminosity block and all before it, and from all runs before one. */
  lumiClosed(number: number, run: number): void;
}

/** What a feeder works with. */
export interface FeederParts {
  readonly source: ConstructedSource;
  /** Claims on the source, in this thread. */
  readonly claims: Claims;
  /** Seed of the random numbers of the process. */
  readonly seed: number;
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
  readonly #reads: OrderedReads;
  #given: Given[] = [];
  /** Blocks of the events that have been read and not yet given, and of the last one. */
  #read: LumiInfo[] = [];
  #current: LumiInfo | undefined;
  /** The first block that may not be over, as lanes were told. */
  #openFrom = 0;
  #looksSoon = false;
  #reading = false;
  #ended = false;
  #stopped = false;
  #size = 1;
  #handedOut = 0;

  constructor(parts: FeederParts) {
    this.#parts = parts;
    const { source, claims, environment, timeoutMs, seed } = parts;
    this.#tables = sourceTables(source, seed);
    const history = this.#tables.processHistory;
    const principal = new EventPrincipal(this.#tables.event.branches.length, history);
    const accessor = { index: sourceIndex, label: 'source' };
    const event = new EventView(accessor, this.#tables, principal);
    this.#principal = principal;
    this.#reads = new OrderedReads({ claims, environment, timeoutMs, principal, event });
    this.#numbers = new NumberedBlocks(undefined, (info) => {
      this.#current = info;
      parts.found(info);
      this.#lookSoon();
    });
  }

  /** Events that were read for lanes, whether they were processed or not. */
  get handedOut(): number {
    return this.#handedOut;
  }

  /** A lane wants another batch. */
  wanted(lane: FedLane): void {
    this.#adjustSize(lane);
    this.#hungry.push(lane);
    this.#lookSoon();
    this.#feedSoon();
  }

  /** Reads no more; lanes are told so. */
  stop(): void {
    this.#stopped = true;
    this.#reads.stop();
    this.#feedSoon();
  }

  /** Gives up on a source that does not answer; `true` where it was to answer. */
  abandon(error: EdmeshError): boolean {
    return this.#reads.abandon(error);
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
        this.#read = [];
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
    this.#read = [];
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

  /** A lane in this thread is told when it has counted what it has just claimed. */
  #lookSoon(): void {
    if (this.#looksSoon) return;
    this.#looksSoon = true;
    this.#parts.environment.defer(() => {
      this.#looksSoon = false;
      this.#lookAtClosed();
    });
  }

  /** EDM streams that wait in a block which is over leave it, once nobody has an event of it any more. */
  #lookAtClosed(): void {
    const unclaimed = this.#given.map(({ cursor }) => cursor.nextBlock);
    const open = [this.#current, this.#read[0], ...unclaimed].filter(
      (block) => block !== undefined,
    );
    const [first] = open.sort((a, b) => a.number - b.number);
    if (first === undefined || first.number <= this.#openFrom) return;
    this.#openFrom = first.number;
    for (const lane of this.#askedMs.keys()) lane.lumiClosed(first.number - 1, first.run.number);
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
      // Where the source takes its time, lanes need not wait for what has been read already.
      const outcome = await this.#reads.next(blocks.length === 0);
      // What comes after a stop counts for nobody: how many events there are may have been told.
      if (outcome === 'late' || this.#stopped) break;
      if (outcome === 'exhausted') {
        this.#ended = true;
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
}

function problemOf(principal: EventPrincipal): EdmeshError | undefined {
  const problem = idProblem(principal);
  if (problem === undefined) return undefined;
  return new EdmeshError('EDMESH_SOURCE_CONTRACT', `source: ${problem}`);
}
