import {
  asEdmeshError,
  EdmeshError,
  formatEventId,
  idProblem,
  type EventView,
} from '../../edm/index.ts';
import type { LumiBlock } from '../source/blocks.ts';
import type { EventProcessorParts } from './event-processor-parts.ts';
import type { ClaimSettled } from '../source/claims.ts';

/** What the EDM stream is doing with events. */
export type EventPhase =
  | 'idle'
  | 'claiming'
  | 'waiting for lumi'
  | 'claimed'
  | 'reading'
  | 'read'
  | 'processing'
  | 'exhausted';

/**
 * Takes one event after the other through the modules of one EDM stream. Each step works until the event is done or must
 * wait; it never waits itself.
 */
export class EventProcessor {
  phase: EventPhase = 'idle';
  /** The luminosity block that the EDM stream is in. */
  block: LumiBlock | undefined;
  /** Since when nothing has happened in the event, on the clock of the environment; it waits for source or modules. */
  waitingSinceMs = 0;
  readonly #parts: EventProcessorParts;
  #sourceView: EventView;
  /** Takes the answer to a claim that could not be had at once. */
  readonly #claimSettled: ClaimSettled = (outcome) => {
    if (outcome === 'exhausted') this.#exhausted();
    else {
      if (outcome !== 'claimed') this.#unreadable = outcome;
      this.#claimedInOrder();
      this.#parts.wake();
    }
  };
  /** What kept the event from being read. */
  #unreadable: { readonly error: unknown } | undefined;

  constructor(parts: EventProcessorParts) {
    this.#parts = parts;
    this.#sourceView = parts.viewForSource();
  }

  /** Whether a step would do something without anything coming in. */
  get runnable(): boolean {
    return this.phase === 'idle' || this.phase === 'claimed' || this.phase === 'read';
  }

  /** The ids of the present event, for people. */
  get eventName(): string {
    return `event ${formatEventId(this.#parts.principal)}`;
  }

  /** Goes on as far as it can: at most to the end of one event. Never throws. */
  step(): void {
    try {
      this.#goOn();
    } catch (error) {
      this.#parts.errors.fail(error, this.eventName);
      if (this.phase === 'processing') this.#finish();
    }
  }

  /** The EDM stream has entered the block of the claimed event. */
  enteredLumi(block: LumiBlock): void {
    this.block = block;
    if (this.phase !== 'waiting for lumi') return;
    this.phase = 'claimed';
    this.#parts.wake();
  }

  /** Drops an event whose block will never begin. */
  dropClaimed(): void {
    if (this.phase !== 'waiting for lumi') return;
    this.phase = 'idle';
    this.#drop(this.#parts.principal.block as LumiBlock);
  }

  /** Whether the event waits for its source, or modules of it for external work. */
  get waits(): boolean {
    return this.phase === 'processing' || this.waitsForSource;
  }

  /** Whether the source has yet to answer; one whose events come when they come is not waited for. */
  get waitsForSource(): boolean {
    const { phase } = this;
    return phase === 'reading' || (phase === 'claiming' && this.#parts.claims.mustAnswer);
  }

  /** What the event waits for, for people: labels of modules, or the source. */
  heldBy(): string[] {
    return this.waitsForSource ? ['source'] : this.#parts.runner.acquiringLabels();
  }

  /** What the modules wait for that hold the event, where they have said so. */
  waitsFor(): string[] {
    return this.waitsForSource ? [] : this.#parts.runner.waitsFor();
  }

  /** Fails everything that the event waits for; `true` when there was anything. */
  abandon(error: EdmeshError): boolean {
    if (this.phase === 'processing') return this.#parts.runner.abandon(error);
    if (this.phase === 'claiming') return this.#parts.claims.abandon(error);
    if (this.phase !== 'reading') return false;
    // What the source puts later must not get into another event.
    this.#sourceView.lookAt({ products: [] });
    this.#sourceView = this.#parts.viewForSource();
    this.#readSettled({ error });
    return true;
  }

  #goOn(): void {
    switch (this.phase) {
      case 'idle':
        this.#claim();
        break;
      case 'claimed':
        this.#read();
        break;
      case 'read':
        this.#process();
        break;
      case 'processing':
        if (this.#parts.runner.goOn()) this.#finishWithProducts();
        else this.waitingSinceMs = this.#parts.now();
        break;
      case 'claiming':
      case 'waiting for lumi':
      case 'reading':
      case 'exhausted':
        break;
    }
  }

  #claim(): void {
    const { claims, principal } = this.#parts;
    principal.clear();
    const claim = claims.claim(principal, this.#sourceView, this.#claimSettled);
    if (claim === 'reading') {
      this.phase = 'claiming';
      this.waitingSinceMs = this.#parts.now();
      if (this.block?.closed === true) this.#parts.blockOver(this.block);
    } else if (claim === 'exhausted') this.#exhausted();
    else {
      if (claim !== 'claimed') this.#unreadable = claim;
      if (this.#inItsLumi()) this.#read();
    }
  }

  /** The answer to a claim has come, in the order of the source. */
  #claimedInOrder(): void {
    this.phase = 'idle';
    if (this.#inItsLumi()) this.phase = 'claimed';
  }

  #exhausted(): void {
    this.phase = 'exhausted';
    this.#parts.exhausted();
  }

  /** Counts the claimed event to its block; if the EDM stream is not in that one, it has to go there first. */
  #inItsLumi(): boolean {
    const { book, board, place, principal, needsLumi, errors } = this.#parts;
    const problem = idProblem(principal);
    const block = book.enter(principal);
    principal.block = block;
    this.#parts.eventBegun?.(principal);
    if (problem !== undefined) {
      errors.fail(new EdmeshError('EDMESH_SOURCE_CONTRACT', `source: ${problem}`));
      this.#drop(block);
      return false;
    }
    board.began(place, principal);
    if (block === this.block) return true;
    this.phase = 'waiting for lumi';
    needsLumi(block);
    return false;
  }

  #read(): void {
    const { claims, principal } = this.#parts;
    if (this.#unreadable === undefined) {
      try {
        const reading = claims.read(principal, this.#sourceView);
        if (reading !== undefined) {
          this.#readLater(reading);
          return;
        }
      } catch (error) {
        this.#unreadable = { error };
      }
    }
    this.#process();
  }

  #readLater(reading: Promise<void>): void {
    this.phase = 'reading';
    this.waitingSinceMs = this.#parts.now();
    const { ordinal } = this.#parts.principal;
    const settle = (failure: { readonly error: unknown } | undefined) => {
      if (this.phase === 'reading' && this.#parts.principal.ordinal === ordinal) {
        this.#readSettled(failure);
      }
    };
    reading.then(
      () => {
        settle(undefined);
      },
      (error: unknown) => {
        settle({ error });
      },
    );
  }

  #readSettled(failure: { readonly error: unknown } | undefined): void {
    this.#unreadable = failure;
    this.phase = 'read';
    this.#parts.wake();
  }

  /** The event could not be read: no module runs, and the exception policy decides about the job. */
  #sourceFailed(thrown: unknown): void {
    const { errors, actionFor, schedule, principal } = this.#parts;
    const ends = actionFor(asEdmeshError(thrown)) === 'rethrow';
    errors[ends ? 'fail' : 'survive'](thrown, 'source', this.eventName);
    principal.clear();
    schedule.abandon();
    this.#finish();
  }

  #process(): void {
    if (this.#unreadable !== undefined) {
      const { error } = this.#unreadable;
      this.#unreadable = undefined;
      this.#sourceFailed(error);
      return;
    }
    this.phase = 'processing';
    if (this.#parts.runner.begin()) this.#finishWithProducts();
    else this.waitingSinceMs = this.#parts.now();
  }

  #finishWithProducts(): void {
    this.#parts.eventDone?.();
    this.#finish();
  }

  #finish(): void {
    const { principal, board, place } = this.#parts;
    this.phase = 'idle';
    board.ended(place);
    this.#countOff(principal.block as LumiBlock);
  }

  /** Counts an event that no module will see as dealt with. */
  #drop(block: LumiBlock): void {
    this.#parts.board.dropped(this.#parts.place);
    this.#countOff(block);
  }

  #countOff(block: LumiBlock): void {
    this.#parts.eventEnded?.(this.#parts.principal);
    block.finished++;
    if (block.closed) this.#parts.eventFinished(block);
  }
}
