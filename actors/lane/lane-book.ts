import type { EventPrincipal } from '../../edm/index.ts';
import type { BlockNumbers } from '../source/block-numbers.ts';
import { LumiBlock, RunBlock, type LumiInfo, type RunInfo } from '../source/blocks.ts';

/** What a lane book tells the lane. */
export interface LaneBookEvents {
  /** The source has gone on from a block: EDM streams without an event leave it. */
  readonly closed: (block: LumiBlock) => void;
  /** This lane is done with a luminosity block, and will not come back to it. */
  readonly lumiLeft: (block: LumiBlock) => void;
  /** This lane is done with a run. */
  readonly runLeft: (block: RunBlock) => void;
}

/**
 * Keeps the runs and luminosity blocks that EDM streams of one lane are in, with event counts. A lane is done with a block
 * when the source has gone on, every event that it claimed there has been processed and every EDM stream has left.
 */
export class LaneBook {
  readonly #numbers: BlockNumbers;
  readonly #slots: { readonly lumi: number; readonly run: number };
  readonly #events: LaneBookEvents;
  readonly #lumis = new Map<number, LumiBlock>();
  readonly #runs = new Map<number, RunBlock>();
  #last: LumiBlock | undefined;
  /** The block that was announced last, where blocks are announced. */
  #announced: LumiBlock | undefined;
  #inputClosed = false;
  /** Events claimed by this lane. */
  claimed = 0;

  constructor(
    numbers: BlockNumbers,
    slots: { readonly lumi: number; readonly run: number },
    events: LaneBookEvents,
  ) {
    this.#numbers = numbers;
    this.#slots = slots;
    this.#events = events;
  }

  /** Counts a claimed event and gives its block. Claims come in order. */
  enter(principal: EventPrincipal): LumiBlock {
    const info = this.#numbers.blockOf(principal);
    const last = this.#last;
    this.claimed++;
    // What comes from another thread is a copy: the same block may have another info.
    const block = last?.info === info ? last : this.lumi(info);
    block.claimed++;
    this.#last = block;
    if (last !== undefined && last !== block) {
      const runIsOver = last.run !== block.run;
      if (runIsOver) last.run.closed = true;
      // EDM streams that have left the lumi may still wait in the run.
      if (runIsOver || !last.closed) this.#close(last);
    }
    this.#numbers.counted?.(info);
    return block;
  }

  /** Takes note of a block that this lane may have no event of; from then on there will be no other block of runs before. */
  announce(info: LumiInfo): void {
    const block = this.lumi(info);
    const runBegins = this.#announced?.run !== block.run;
    this.#announced = block;
    if (runBegins) this.#closeRuns();
  }

  /** There will be no other event of a block that was announced. */
  closeLumi(number: number): void {
    const block = this.#lumis.get(number);
    if (block === undefined) return;
    if (!block.closed) this.#close(block);
    this.#closeRuns();
  }

  /** The luminosity block, also where no event of it has been claimed here. */
  lumi(info: LumiInfo): LumiBlock {
    const known = this.#lumis.get(info.number);
    if (known !== undefined) return known;
    const run = this.run(info.run);
    const block = new LumiBlock(run, info, this.#slots.lumi);
    run.lumis++;
    this.#lumis.set(info.number, block);
    return block;
  }

  /** The run, also where no event of it has been claimed here. */
  run(info: RunInfo): RunBlock {
    let block = this.#runs.get(info.number);
    if (block === undefined) {
      block = new RunBlock(info, this.#slots.run);
      this.#runs.set(info.number, block);
    }
    return block;
  }

  /** The source has gone on from a block, and from all runs before one, although this lane has no event after it. */
  closeUpTo(number: number, run: number): void {
    const last = this.#last;
    if (last === undefined || last.info.number > number) return;
    const runIsOver = !last.run.closed && last.run.info.number < run;
    if (runIsOver) last.run.closed = true;
    if (runIsOver || !last.closed) this.#close(last);
  }

  /** This lane claims no more events. */
  closeInput(): void {
    if (this.#inputClosed) return;
    this.#inputClosed = true;
    for (const run of this.#runs.values()) run.closed = true;
    if (this.#last !== undefined) this.#close(this.#last);
    for (const run of this.#runs.values()) this.lookAtRun(run);
  }

  /** An event has been dealt with, or an EDM stream has left: this lane may be done with the block. */
  look(block: LumiBlock): void {
    if (block.left || !block.closed || block.streams > 0 || block.finished < block.claimed) return;
    block.left = true;
    block.run.lumis--;
    this.#events.lumiLeft(block);
    this.lookAtRun(block.run);
  }

  /** An EDM stream has left a run: this lane may be done with it. */
  lookAtRun(block: RunBlock): void {
    if (block.left || !block.closed || block.streams > 0 || block.lumis > 0) return;
    block.left = true;
    this.#events.runLeft(block);
  }

  /** A luminosity block has ended everywhere. */
  lumiEnded(info: LumiInfo): void {
    const block = this.#lumis.get(info.number);
    if (block === undefined) return;
    block.state = 'ended';
    this.#lumis.delete(info.number);
    if (block.left) return;
    block.run.lumis--;
    this.lookAtRun(block.run);
  }

  /** A run has ended everywhere. */
  runEnded(info: RunInfo): void {
    const block = this.#runs.get(info.number);
    if (block !== undefined) block.state = 'ended';
    this.#runs.delete(info.number);
  }

  /** Closes the runs before the present one whose announced blocks are all closed. */
  #closeRuns(): void {
    const present = this.#announced?.info.run.number ?? 0;
    for (const run of this.#runs.values()) {
      if (run.closed || run.info.number >= present) continue;
      if ([...this.#lumis.values()].some((block) => block.run === run && !block.closed)) continue;
      run.closed = true;
      if (this.#last?.run === run) this.#events.closed(this.#last);
      this.lookAtRun(run);
    }
  }

  #close(block: LumiBlock): void {
    block.closed = true;
    this.#events.closed(block);
    this.look(block);
    this.lookAtRun(block.run);
  }
}
