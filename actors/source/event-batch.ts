import type { ErrorData } from '../../edm/index.ts';
import type { LumiInfo } from './blocks.ts';
import type { PackedProduct } from '../lane/packed-products.ts';

/** Numbers of an event in {@link EventBatch.ids}: run, lumi, event, time stamp. */
export const idsPerEvent = 4;

/** Events of a source that is read in order, on their way from the process to a lane. */
export interface EventBatch {
  readonly firstOrdinal: number;
  readonly size: number;
  /** {@link idsPerEvent} numbers an event. */
  readonly ids: Float64Array;
  /** The luminosity block of each event. */
  readonly blocks: readonly LumiInfo[];
  /** For each product that the source declares, in order, that of each event; `null` where it has not put it. */
  readonly products: readonly (readonly (PackedProduct | null)[])[];
  /** What was wrong with events that could not be read, by position. */
  readonly errors: ReadonlyMap<number, ErrorData>;
  /** One 32-bit integer: how many events of the batch have been claimed, by whichever lane has the batch. */
  readonly claimed: SharedArrayBuffer;
}

/** Claims events of a batch. Two lanes may hold the same batch; each event goes to one of them. */
export class BatchCursor {
  readonly batch: EventBatch;
  readonly #claimed: Int32Array;

  constructor(batch: EventBatch) {
    this.batch = batch;
    this.#claimed = new Int32Array(batch.claimed);
  }

  /** The position of the next event; -1 when all have been claimed. */
  next(): number {
    if (this.#load() >= this.batch.size) return -1;
    const position = Atomics.add(this.#claimed, 0, 1);
    return position < this.batch.size ? position : -1;
  }

  /** Events that nobody has claimed yet. */
  get unclaimed(): number {
    return Math.max(0, this.batch.size - this.#load());
  }

  /** The block of the next event; `undefined` when all have been claimed. */
  get nextBlock(): LumiInfo | undefined {
    return this.batch.blocks[this.#load()];
  }

  /** Claims all that are left; gives the position of the first of them. */
  rest(): number {
    return Math.min(this.batch.size, Atomics.exchange(this.#claimed, 0, this.batch.size));
  }

  #load(): number {
    return Atomics.load(this.#claimed, 0);
  }
}
