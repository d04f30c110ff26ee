import type { BlockState, LumiInfo, RunInfo } from '../source/blocks.ts';
import type { LanesInside } from './lanes-inside.ts';
import type { PackedProducts } from '../lane/packed-products.ts';

/** A run of the job. */
export interface JobRunBlock {
  readonly info: RunInfo;
  state: BlockState;
  closed: boolean;
  /** Luminosity blocks that have not ended. */
  lumis: number;
  /** Lanes that have had events of it and are still in it. */
  readonly lanes: Set<number>;
  /** What EDM streams of lanes have put into it. */
  readonly partials: PackedProducts[];
}

/** A luminosity block of the job. */
export interface JobLumiBlock {
  readonly info: LumiInfo;
  readonly run: JobRunBlock;
  state: BlockState;
  closed: boolean;
  /** Events, known once the source has gone on; and how many of them are done in lanes that have left. */
  events: number;
  finished: number;
  readonly partials: PackedProducts[];
}

/** A global transition that can take place now. */
export type DueTransition =
  | { readonly name: 'beginRun' | 'endRun'; readonly block: JobRunBlock }
  | { readonly name: 'beginLumi' | 'endLumi'; readonly block: JobLumiBlock };

/**
 * Keeps which runs and luminosity blocks of a job are open, and says which global transition is due. A block ends when the
 * source has gone on and every event of it has been processed in a lane that has left it; where nobody knows how many
 * events there are, when every lane has left it. Runs that come back open again.
 */
export class RunLumiBook {
  readonly #limits: { readonly lumis: number; readonly runs: number };
  readonly #inside: LanesInside | undefined;
  readonly #lumis = new Map<number, JobLumiBlock>();
  readonly #runs = new Map<number, JobRunBlock>();
  #last: JobLumiBlock | undefined;
  #inputClosed = false;
  #lossy = false;
  #lanesFinished = false;

  /** `inside` is given where every lane tells of every block that it leaves. */
  constructor(limits: { readonly lumis: number; readonly runs: number }, inside?: LanesInside) {
    this.#limits = limits;
    this.#inside = inside;
  }

  /** Whether every block has ended. */
  get allEnded(): boolean {
    return this.#runs.size === 0;
  }

  /** Takes note of a block. Every lane tells of every block, in order; the first to tell counts. */
  found(info: LumiInfo, lane?: number): void {
    if (lane !== undefined) this.#inside?.found(lane, info);
    const last = this.#last;
    if (last !== undefined && info.number <= last.info.number) return;
    let run = last?.run;
    if (run?.info.number !== info.run.number) {
      if (run !== undefined) run.closed = true;
      run = {
        info: info.run,
        state: 'pending',
        closed: false,
        lumis: 0,
        lanes: new Set(),
        partials: [],
      };
      this.#runs.set(info.run.number, run);
    }
    run.lumis++;
    const block: JobLumiBlock = {
      info,
      run,
      state: 'pending',
      closed: false,
      events: 0,
      finished: 0,
      partials: [],
    };
    this.#lumis.set(info.number, block);
    this.#last = block;
    if (last !== undefined) close(last, info.eventsBefore);
  }

  /** The source gives no more events than so many; `undefined` where a lane was lost that had claimed nobody knows how many. */
  closeInput(events: number | undefined): void {
    if (this.#inputClosed) return;
    this.#inputClosed = true;
    for (const run of this.#runs.values()) run.closed = true;
    if (this.#last !== undefined) close(this.#last, events ?? Number.POSITIVE_INFINITY);
  }

  /** A lane claims no more events. */
  laneInputEnded(lane: number): void {
    this.#inside?.inputEnded(lane);
  }

  /** A lane is done with a luminosity block; it has dealt with so many events of it. */
  lumiLeft(lane: number, number: number, events: number, partials: PackedProducts): void {
    const block = this.#lumis.get(number);
    if (block === undefined) return;
    block.finished += events;
    block.run.lanes.add(lane);
    this.#inside?.lumiLeft(lane, number);
    if (partials.length > 0) block.partials.push(partials);
  }

  /** Events of a luminosity block that no lane will have. */
  dropped(number: number, events: number): void {
    const block = this.#lumis.get(number);
    if (block !== undefined) block.finished += events;
  }

  /** A lane is done with a run. */
  runLeft(lane: number, number: number, partials: PackedProducts): void {
    const block = this.#runs.get(number);
    if (block === undefined) return;
    block.lanes.delete(lane);
    this.#inside?.runLeft(lane, number);
    if (partials.length > 0) block.partials.push(partials);
  }

  /** A lane is lost, with events that nobody will finish. */
  laneLost(lane: number): void {
    this.#lossy = true;
    this.#inside?.lost(lane);
    for (const run of this.#runs.values()) run.lanes.delete(lane);
  }

  /** The EDM streams of all lanes that are left are out of everything, for good. */
  lanesFinished(): void {
    this.#lanesFinished = true;
  }

  /** Drops blocks that never began and whose events have been given up; for the end of a failed job. */
  dropPending(): void {
    for (const block of [...this.#lumis.values()]) {
      if (block.state === 'pending' && this.#isDone(block)) this.lumiEnded(block);
    }
    for (const run of [...this.#runs.values()]) {
      if (run.state === 'pending' && run.lumis === 0) this.runEnded(run);
    }
  }

  /** The transition that is due, ends first; with `begins` false no begin is. */
  due(begins: boolean): DueTransition | undefined {
    let [openLumis, openRuns] = [0, 0];
    let pending: JobLumiBlock | undefined;
    for (const block of this.#lumis.values()) {
      if (block.state === 'pending') pending ??= block;
      else if (this.#isDone(block)) return { name: 'endLumi', block };
      else openLumis++;
    }
    for (const block of this.#runs.values()) {
      if (block.state !== 'open') continue;
      if (block.lumis === 0 && this.#isOver(block)) return { name: 'endRun', block };
      openRuns++;
    }
    if (!begins || pending === undefined) return undefined;
    if (pending.run.state === 'pending') {
      return openRuns < this.#limits.runs ? { name: 'beginRun', block: pending.run } : undefined;
    }
    return openLumis < this.#limits.lumis ? { name: 'beginLumi', block: pending } : undefined;
  }

  /** Takes note that a begin transition has taken place. */
  begun(block: JobRunBlock | JobLumiBlock): void {
    block.state = 'open';
  }

  /** Takes note that a luminosity block has ended. */
  lumiEnded(block: JobLumiBlock): void {
    block.state = 'ended';
    block.run.lumis--;
    this.#lumis.delete(block.info.number);
    this.#inside?.forgetLumi(block.info.number);
  }

  /** Takes note that a run has ended. */
  runEnded(block: JobRunBlock): void {
    block.state = 'ended';
    this.#runs.delete(block.info.number);
    this.#inside?.forgetRun(block.info.number);
  }

  #isDone(block: JobLumiBlock): boolean {
    if (this.#endsWithLanes) return true;
    if (this.#inside !== undefined) return this.#inside.lumiIsOver(block.info.number);
    return block.closed && block.finished === block.events;
  }

  /** Whether a run is over, once its luminosity blocks are. */
  #isOver(block: JobRunBlock): boolean {
    if (this.#endsWithLanes) return block.closed;
    if (this.#inside !== undefined) return this.#inside.runIsOver(block.info.number);
    return block.closed && block.lanes.size === 0;
  }

  /** Where a lane was lost, no one knows how many events it had finished: what is left ends when the others are out of it. */
  get #endsWithLanes(): boolean {
    return this.#lossy && this.#lanesFinished;
  }
}

function close(block: JobLumiBlock, eventsBefore: number): void {
  block.closed = true;
  block.events = eventsBefore - block.info.eventsBefore;
}
