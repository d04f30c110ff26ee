import {
  EdmeshError,
  formatEventId,
  idProblem,
  type EventPrincipal,
  type PushedEvent,
  type PushedLumi,
  type PushedReader,
  type PushedSink,
  type SourceEvent,
} from '../../edm/index.ts';
import type { BlockNumbers } from './block-numbers.ts';
import type { LumiInfo } from './blocks.ts';
import type { Claim, ClaimSettled, EventClaims } from './claims.ts';

/** The lane that events are pushed to. */
export interface PushedLane {
  /** Takes note of a luminosity block, in order, also of one without events here. */
  readonly announced: (info: LumiInfo) => void;
  /** No event of a block will be claimed any more; each that was has been counted to it. */
  readonly closed: (number: number) => void;
  /** Takes an error that ends the job. */
  readonly failed: (error: unknown) => void;
}

/** A luminosity block that has been announced, until its last event here has been claimed. */
interface OpenBlock {
  readonly info: LumiInfo;
  /** Events that no EDM stream has claimed yet. */
  queued: number;
  ended: boolean;
}

interface Waiting {
  readonly principal: EventPrincipal;
  readonly settled: ClaimSettled;
}

/**
 * Hands out the events that are pushed to one lane, in the order in which they come, and tells the lane of the luminosity
 * blocks that are announced. Nothing is told before events can begin.
 */
export class PushedClaims implements EventClaims, BlockNumbers {
  /** Events come when they come. */
  readonly mustAnswer = false;
  readonly #reader: PushedReader;
  /** Blocks that have not been closed, in order of number. */
  readonly #blocks = new Map<number, OpenBlock>();
  readonly #queue: PushedEvent[] = [];
  readonly #waiting: Waiting[] = [];
  /** The events that EDM streams have claimed. */
  readonly #held = new Map<EventPrincipal, PushedEvent>();
  #lane: PushedLane | undefined;
  /** The block that was announced last, and the number of the last event's block. */
  #announced: LumiInfo | undefined;
  #lastNumber = 0;
  #begun = false;
  #ended = false;
  #drains = false;
  #stopped = false;

  constructor(reader: PushedReader) {
    this.#reader = reader;
  }

  /** Begins to listen; what comes is kept until events begin. Throws and rejects with what the reader does. */
  listen(lane: PushedLane): void | Promise<void> {
    this.#lane = lane;
    const sink: PushedSink = {
      beginLumi: this.#taking(this.#beginLumi),
      event: this.#event.bind(this),
      endLumi: this.#taking(this.#endLumi),
      endOfData: this.#taking(this.#endOfData),
      fail: (error) => {
        if (!this.#stopped) this.#fail(error);
      },
    };
    return this.#reader.listen(sink);
  }

  /** Events may begin: tells the lane what has come so far, and from here on at once. */
  begin(): void {
    if (this.#stopped) return;
    this.#begun = true;
    const blocks = [...this.#blocks.values()];
    for (const { info } of blocks) this.#lane?.announced(info);
    for (const block of blocks) this.#closeIfOver(block);
  }

  claim(principal: EventPrincipal, _event: SourceEvent, settled: ClaimSettled): Claim {
    if (this.#claimNow(principal)) return 'claimed';
    if (this.#stopped || this.#ended) return 'exhausted';
    this.#waiting.push({ principal, settled });
    return 'reading';
  }

  read(principal: EventPrincipal, event: SourceEvent): void {
    this.#reader.read(this.#eventOf(principal), event);
  }

  done(principal: EventPrincipal): void {
    const event = this.#held.get(principal);
    if (event === undefined) return;
    this.#held.delete(principal);
    this.#tellDone(event);
  }

  blockOf(principal: EventPrincipal): LumiInfo {
    const { lumiNumber } = this.#eventOf(principal);
    const block = this.#blocks.get(lumiNumber);
    if (block === undefined) throw notThere(`luminosity block ${String(lumiNumber)}`);
    return block.info;
  }

  counted({ number }: LumiInfo): void {
    const own = this.#blocks.get(number);
    if (own === undefined) return;
    own.queued--;
    for (const block of this.#blocks.values()) {
      if (block.info.number > number) return;
      if (block !== own) block.ended = true;
      this.#closeIfOver(block);
    }
  }

  /** Where whoever pushes can be asked to stop, what has come is kept, and the end of data is waited for. */
  stop(): void {
    if (this.#stopped || this.#drains) return;
    try {
      this.#drains = this.#reader.drain?.() === true;
    } catch (error) {
      this.#fail(error);
    }
    if (!this.#drains) this.cancel();
  }

  cancel(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const event of this.#queue.splice(0)) this.#tellDone(event);
    for (const block of this.#blocks.values()) {
      block.queued = 0;
      block.ended = true;
    }
    if (this.#begun) for (const block of this.#blocks.values()) this.#closeIfOver(block);
    this.#exhaust();
  }

  /** Nothing is left that could push an event: that ends the job where EDM streams wait for one. */
  abandon(error: unknown): boolean {
    if (this.#waiting.length === 0) return false;
    this.#fail(error);
    this.cancel();
    return true;
  }

  /** What the sink does while the job takes anything. */
  #taking<T extends unknown[]>(take: (...args: T) => void): (...args: T) => void {
    return (...args) => {
      if (this.#stopped) return;
      if (this.#ended) this.#refuse('something comes after the end of data');
      else take.apply(this, args);
    };
  }

  #beginLumi(lumi: PushedLumi): void {
    const last = this.#announced;
    const { number, run } = lumi;
    const isNext = number === (last === undefined ? 0 : last.number + 1);
    const runGoesOn = run.number === (last?.run.number ?? -1);
    if (!isNext || !(runGoesOn || run.number === (last === undefined ? 0 : last.run.number + 1))) {
      const where = `luminosity block ${String(number)} of run ${String(run.number)}`;
      const before =
        last === undefined
          ? 'as the first one'
          : `after ${String(last.number)} of run ${String(last.run.number)}`;
      this.#refuse(`${where} is announced ${before}; blocks and runs count from 0, without a gap`);
      return;
    }
    const problem = idProblem({ run: run.run, lumi: lumi.lumi, event: 0 });
    if (problem !== undefined) {
      this.#refuse(problem);
      return;
    }
    const info: LumiInfo = {
      number,
      run: runGoesOn && last !== undefined ? last.run : { ...run },
      lumi: lumi.lumi,
      timeUs: lumi.timeUs,
      eventsBefore: 0,
    };
    this.#announced = info;
    this.#blocks.set(number, { info, queued: 0, ended: false });
    if (this.#begun) this.#lane?.announced(info);
  }

  #event(event: PushedEvent): void {
    const problem = this.#stopped ? undefined : this.#problemOf(event);
    if (this.#stopped || problem !== undefined) {
      this.#tellDone(event);
      if (problem !== undefined) this.#refuse(problem);
      return;
    }
    const block = this.#blocks.get(event.lumiNumber);
    if (block !== undefined) block.queued++;
    this.#lastNumber = event.lumiNumber;
    this.#queue.push(event);
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#claimNow(next.principal);
    next.settled('claimed');
  }

  #problemOf(event: PushedEvent): string | undefined {
    const { run, lumi, lumiNumber } = event;
    const number = String(lumiNumber);
    const block = this.#blocks.get(lumiNumber);
    const name = `event ${formatEventId(event)}`;
    if (this.#ended) return `${name} comes after the end of data`;
    if (block === undefined || block.ended) {
      return `${name} comes while its luminosity block ${number} is not open`;
    }
    if (lumiNumber < this.#lastNumber) {
      return `${name} of luminosity block ${number} comes after one of ${String(this.#lastNumber)}`;
    }
    const { info } = block;
    if (info.lumi === lumi && info.run.run === run) return undefined;
    const announced = `${String(info.run.run)}:${String(info.lumi)}`;
    return `${name} comes as one of luminosity block ${number}, which is ${announced}`;
  }

  #endLumi(number: number): void {
    const block = this.#blocks.get(number);
    if (block !== undefined) {
      block.ended = true;
      this.#closeIfOver(block);
    } else if (number > (this.#announced?.number ?? -1)) {
      this.#refuse(`luminosity block ${String(number)} ends, but was not announced`);
    }
  }

  #endOfData(): void {
    this.#ended = true;
    for (const block of this.#blocks.values()) {
      block.ended = true;
      this.#closeIfOver(block);
    }
    if (this.#queue.length === 0) this.#exhaust();
  }

  #claimNow(principal: EventPrincipal): boolean {
    const event = this.#queue.shift();
    if (event === undefined) return false;
    principal.run = event.run;
    principal.lumi = event.lumi;
    principal.event = event.event;
    principal.timeUs = event.timeUs;
    principal.ordinal = event.ordinal;
    principal.attempt = event.attempt;
    this.#held.set(principal, event);
    return true;
  }

  #closeIfOver(block: OpenBlock): void {
    const { number } = block.info;
    if (!this.#begun || !block.ended || block.queued > 0 || !this.#blocks.delete(number)) return;
    this.#lane?.closed(number);
  }

  #exhaust(): void {
    for (const { settled } of this.#waiting.splice(0)) settled('exhausted');
  }

  #eventOf(principal: EventPrincipal): PushedEvent {
    const event = this.#held.get(principal);
    if (event === undefined) throw notThere('claimed event');
    return event;
  }

  #tellDone(event: PushedEvent): void {
    try {
      this.#reader.done(event);
    } catch (error) {
      this.#fail(error);
    }
  }

  #refuse(problem: string): void {
    this.#fail(new EdmeshError('EDMESH_SOURCE_CONTRACT', `source: ${problem}`));
  }

  #fail(error: unknown): void {
    this.#lane?.failed(error);
  }
}

function notThere(what: string): EdmeshError {
  return new EdmeshError('EDMESH_INTERNAL', `pushed claims: no ${what}`);
}
