import {
  errorFromData,
  type EventPrincipal,
  type PutToken,
  type SourceEvent,
} from '../../edm/index.ts';
import type { BlockNumbers } from './block-numbers.ts';
import type { LumiInfo } from './blocks.ts';
import type { Claim, ClaimSettled, EventClaims } from './claims.ts';
import { BatchCursor, idsPerEvent, type EventBatch } from './event-batch.ts';
import { unpackProduct } from '../lane/packed-products.ts';
import type { ConstructedSource } from '../plan/construction.ts';

/** What batch claims tell the lane. */
export interface BatchClaimsEvents {
  /** There is room for another batch. */
  readonly wanted: () => void;
  /** So many events of a luminosity block will not be claimed by any EDM stream. */
  readonly dropped: (number: number, events: number) => void;
}

interface Waiting {
  readonly principal: EventPrincipal;
  readonly event: SourceEvent;
  readonly settled: ClaimSettled;
}

/** Batches that a lane holds at most: one in use, one to go on with. */
const batchesHeld = 2;

/** Hands out the events of batches that the process has read; asks for the next batch before the present one is used up. */
export class BatchClaims implements EventClaims, BlockNumbers {
  /** The process watches the source. */
  readonly mustAnswer = false;
  readonly #events: BatchClaimsEvents;
  readonly #puts: readonly PutToken<unknown>[];
  readonly #types: readonly Parameters<typeof unpackProduct>[0][];
  readonly #batches: BatchCursor[] = [];
  readonly #waiting: Waiting[] = [];
  #asked = 0;
  #ended = false;
  #stopped = false;
  #block: LumiInfo | undefined;

  constructor({ recorder }: ConstructedSource, events: BatchClaimsEvents) {
    this.#events = events;
    const puts = recorder.declarations.filter((each) => each.kind === 'put');
    this.#puts = puts.map(({ token }) => token as PutToken<unknown>);
    this.#types = puts.map(({ type }) => type);
  }

  /** The block of the event that was claimed last. */
  blockOf(): LumiInfo {
    const block = this.#block;
    if (block === undefined) throw new RangeError('no event has been claimed');
    return block;
  }

  claim(principal: EventPrincipal, event: SourceEvent, settled: ClaimSettled): Claim {
    const outcome = this.#claimNow(principal, event);
    if (outcome !== 'exhausted') return outcome;
    if (this.#stopped || this.#ended) return 'exhausted';
    this.#waiting.push({ principal, event, settled });
    this.#ask();
    return 'reading';
  }

  read(): undefined {
    return undefined;
  }

  /** Takes a batch that was asked for, or the word that there is no other. */
  take(batch: EventBatch | null): void {
    this.#asked--;
    if (batch === null) this.#ended = true;
    else {
      this.#batches.push(new BatchCursor(batch));
      if (this.#stopped) this.#dropAll();
    }
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const outcome = this.#stopped ? 'exhausted' : this.#claimNow(next.principal, next.event);
      if (outcome === 'exhausted' && !this.#ended && !this.#stopped) {
        this.#waiting.unshift(next);
        break;
      }
      next.settled(outcome);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#dropAll();
    for (const { settled } of this.#waiting.splice(0)) settled('exhausted');
  }

  cancel(): void {
    this.stop();
  }

  /** It is the process that waits for the source. */
  abandon(): boolean {
    return false;
  }

  #claimNow(principal: EventPrincipal, event: SourceEvent): Exclude<Claim, 'reading'> {
    for (let cursor = this.#batches[0]; cursor !== undefined; cursor = this.#batches[0]) {
      const position = cursor.next();
      if (position >= 0) return this.#fill(cursor.batch, position, principal, event);
      this.#batches.shift();
      this.#ask();
    }
    return 'exhausted';
  }

  #fill(
    batch: EventBatch,
    position: number,
    principal: EventPrincipal,
    event: SourceEvent,
  ): 'claimed' | { readonly error: unknown } {
    const { ids, blocks, products, errors, firstOrdinal } = batch;
    const at = position * idsPerEvent;
    principal.run = ids[at] ?? 0;
    principal.lumi = ids[at + 1] ?? 0;
    principal.event = ids[at + 2] ?? 0;
    principal.timeUs = ids[at + 3] ?? 0;
    principal.ordinal = firstOrdinal + position;
    this.#block = blocks[position];
    this.#ask();
    const error = errors.size === 0 ? undefined : errors.get(position);
    if (error !== undefined) return { error: errorFromData(error) };
    for (let put = 0; put < this.#puts.length; put++) {
      const packed = products[put]?.[position];
      const [token, type] = [this.#puts[put], this.#types[put]];
      if (packed === null || packed === undefined || token === undefined || type === undefined) {
        continue;
      }
      event.put(token, unpackProduct(type, packed));
    }
    return 'claimed';
  }

  #ask(): void {
    if (this.#ended || this.#stopped) return;
    for (; this.#batches.length + this.#asked < batchesHeld; this.#asked++) this.#events.wanted();
  }

  #dropAll(): void {
    const dropped = new Map<LumiInfo, number>();
    for (const cursor of this.#batches.splice(0)) {
      for (const block of cursor.batch.blocks.slice(cursor.rest())) {
        dropped.set(block, (dropped.get(block) ?? 0) + 1);
      }
    }
    for (const [block, events] of dropped) this.#events.dropped(block.number, events);
  }
}
