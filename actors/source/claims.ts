import {
  EdmeshError,
  type EventPrincipal,
  type IndexedReader,
  type MutableEventId,
  type SequentialReader,
  type SourceEvent,
  type SourceReader,
} from '../../edm/index.ts';
import { LocalCounter, type ClaimCounter } from './claim-counter.ts';

/** How many events to take from a source. */
export interface ClaimLimits {
  readonly skip: number;
  /** -1: all there are, once. `Infinity`: on and on. */
  readonly maxEvents: number;
}

/** What came of a claim, or what was wrong with the claimed event. `reading`: the answer comes later, through the callback. */
export type Claim = 'claimed' | 'reading' | 'exhausted' | { readonly error: unknown };

/** Tells an EDM stream what came of its claim. */
export type ClaimSettled = (claim: Exclude<Claim, 'reading'>) => void;

/** Events that a job will have, as far as anybody knows. */
export function expectedEvents(reader: SourceReader, limits: ClaimLimits): number | undefined {
  const all = Math.max(0, countOf(reader) - limits.skip);
  // Leaving out more than there is leaves nothing, also where the source could start over.
  const expected = limits.maxEvents < 0 || all === 0 ? all : limits.maxEvents;
  return Number.isFinite(expected) ? expected : undefined;
}

function countOf(reader: SourceReader): number {
  return reader.kind === 'indexed' ? reader.count : Number.POSITIVE_INFINITY;
}

/** Where EDM streams get their events from. */
export interface EventClaims {
  /** Whether a claim that waits, waits for a source that is to answer within the event time-out. */
  readonly mustAnswer: boolean;
  /** The job takes no more events, but those that have come to it. Who waits for one that cannot come is told so. */
  stop(): void;
  /** The job has failed: hands out no more events at all. */
  cancel(): void;
  /** Claims the next event: fills the id and the ordinal of the principal, where it comes in order its products too. */
  claim(principal: EventPrincipal, event: SourceEvent, settled: ClaimSettled): Claim;
  /** Puts the products of a claimed event; a promise where that takes time. Throws what the source throws. */
  read(principal: EventPrincipal, event: SourceEvent): void | Promise<void>;
  /** Gives up on a source that does not answer: who asked first gets the error, and nobody an event. */
  abandon(error: unknown): boolean;
  /** A claimed event has been dealt with, also one that was dropped or could not be read. */
  done?(principal: EventPrincipal): void;
}

/** A source that is read where events are claimed. */
export type ReadSource = IndexedReader | SequentialReader;

/**
 * Hands out the events of a source that is read in this thread, each to one EDM stream. An indexed source is claimed by
 * number, which lanes can share; a sequential one gives its next event to whoever asked first.
 */
export class Claims implements EventClaims {
  readonly #reader: ReadSource;
  readonly #skip: number;
  readonly #count: number;
  readonly #limit: number;
  readonly #cycles: boolean;
  readonly #counter: ClaimCounter;
  readonly #queue: { principal: EventPrincipal; event: SourceEvent; settled: ClaimSettled }[] = [];
  #claimed = 0;
  #stopped = false;
  #reading = false;
  #skipped = 0;
  /** An event that cannot be read counts to the run and lumi of the one before. */
  readonly #lastId = { run: 1, lumi: 1, timeUs: 0 };

  constructor(reader: ReadSource, limits: ClaimLimits, counter: ClaimCounter = new LocalCounter()) {
    this.#reader = reader;
    this.#counter = counter;
    this.#skip = limits.skip;
    const once = limits.maxEvents < 0;
    this.#count = countOf(reader);
    this.#limit = expectedEvents(reader, limits) ?? Number.POSITIVE_INFINITY;
    this.#cycles = !once;
  }

  get mustAnswer(): boolean {
    return this.#reader.kind === 'sequential' && this.#reader.isLive !== true;
  }

  /** Whether no event will be handed out any more. */
  get exhausted(): boolean {
    return this.#stopped || this.#claimed >= this.#limit;
  }

  stop(): void {
    this.#stopped = true;
    this.#counter.stop();
    for (const { settled } of this.#queue.splice(0)) settled('exhausted');
  }

  cancel(): void {
    this.stop();
  }

  claim(principal: EventPrincipal, event: SourceEvent, settled: ClaimSettled): Claim {
    if (this.#reader.kind === 'indexed') return this.#claimByNumber(this.#reader, principal);
    // While an event is being read, nobody is told of the end before that event is handed out.
    if (this.#stopped || (this.exhausted && !this.#reading)) return 'exhausted';
    this.#queue.push({ principal, event, settled });
    if (!this.#reading) void this.#readInOrder(this.#reader);
    return 'reading';
  }

  read(principal: EventPrincipal, event: SourceEvent): void | Promise<void> {
    if (this.#reader.kind === 'sequential') return undefined;
    return this.#reader.read(this.indexOf(principal.ordinal), event);
  }

  abandon(error: unknown): boolean {
    const first = this.#queue.shift();
    if (first === undefined) return false;
    first.settled({ error });
    this.stop();
    return true;
  }

  /** The index in the source of the event with an ordinal; a source that is cycled starts over. */
  indexOf(ordinal: number): number {
    const index = this.#skip + ordinal;
    return index < this.#count ? index : index % this.#count;
  }

  /** Fills the ids of any event of an indexed source. */
  identify(ordinal: number, id: MutableEventId): void {
    if (this.#reader.kind === 'indexed') this.#reader.identify(this.indexOf(ordinal), id);
  }

  #claimByNumber(reader: IndexedReader, principal: EventPrincipal): Claim {
    if (this.#counter.stopped) return 'exhausted';
    const ordinal = this.#counter.next();
    if (ordinal >= this.#limit) return 'exhausted';
    reader.identify(this.indexOf(ordinal), principal);
    principal.ordinal = ordinal;
    return 'claimed';
  }

  async #readInOrder(reader: SequentialReader): Promise<void> {
    this.#reading = true;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      let outcome: Parameters<ClaimSettled>[0];
      try {
        outcome = (await this.#nextInOrder(reader, next.principal, next.event))
          ? 'claimed'
          : 'exhausted';
      } catch (error) {
        outcome = { error };
      }
      if (this.#queue[0] !== next) continue;
      this.#queue.shift();
      const { run, lumi, timeUs } = next.principal;
      Object.assign(this.#lastId, { run, lumi, timeUs });
      next.settled(outcome);
      // Whatever it was, reading on could fail for ever.
      if (typeof outcome === 'object' && !isCorruptEvent(outcome.error)) this.stop();
    }
    this.#reading = false;
  }

  async #nextInOrder(
    reader: SequentialReader,
    principal: EventPrincipal,
    event: SourceEvent,
  ): Promise<boolean> {
    if (this.exhausted) return false;
    const id: MutableEventId = principal;
    Object.assign(id, this.#lastId, { event: 0 });
    for (; this.#skipped < this.#skip; this.#skipped++) {
      if (!(await skipOne(reader, id, event))) return this.#end();
      principal.clear();
    }
    principal.ordinal = this.#claimed++;
    if (await reader.next(id, event)) return true;
    this.#claimed--;
    if (!this.#cycles || reader.rewind === undefined || this.#claimed === 0) return this.#end();
    try {
      await reader.rewind();
    } catch (error) {
      this.#end();
      throw error;
    }
    principal.ordinal = this.#claimed++;
    if (await reader.next(id, event)) return true;
    this.#claimed--;
    return this.#end();
  }

  #end(): false {
    this.#stopped = true;
    return false;
  }
}

/** Reads an event over; one that is corrupt is left out like any other. */
async function skipOne(
  reader: SequentialReader,
  id: MutableEventId,
  event: SourceEvent,
): Promise<boolean> {
  try {
    return await reader.next(id, event);
  } catch (error) {
    if (isCorruptEvent(error)) return true;
    throw error;
  }
}

/** Whether the source can be read on after an error: it is about one event. */
function isCorruptEvent(error: unknown): boolean {
  return error instanceof EdmeshError && error.code === 'EDMESH_EVENT_CORRUPT';
}
