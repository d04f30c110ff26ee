import type { EventId, LumiPrincipal, RunPrincipal } from '../edm/index.ts';

/** Where a run or luminosity block stands. */
export type BlockState = 'pending' | 'open' | 'ended';

/** What runs and luminosity blocks have in common. */
class Block {
  readonly timeUs: number;
  readonly products: unknown[];
  setup: readonly unknown[] = [];
  state: BlockState = 'pending';
  /** EDM streams inside. */
  streams = 0;
  /** Whether the source has gone on to another one. */
  closed = false;

  constructor(timeUs: number, slots: number) {
    this.timeUs = timeUs;
    this.products = new Array<unknown>(slots).fill(undefined);
  }
}

/** A run, from its first event to its end. */
export class RunBlock extends Block implements RunPrincipal {
  readonly run: number;
  /** The luminosity block of its first event. */
  readonly firstLumi: number;
  /** Luminosity blocks that have not ended. */
  lumis = 0;

  constructor(id: EventId & { readonly timeUs: number }, slots: number) {
    super(id.timeUs, slots);
    this.run = id.run;
    this.firstLumi = id.lumi;
  }
}

/** A luminosity block, from its first event to its end. */
export class LumiBlock extends Block implements LumiPrincipal {
  readonly run: RunBlock;
  readonly lumi: number;
  /** Events handed out, and of these processed. */
  claimed = 0;
  finished = 0;

  constructor(run: RunBlock, lumi: number, timeUs: number, slots: number) {
    super(timeUs, slots);
    this.run = run;
    this.lumi = lumi;
  }
}

/** A global transition that can take place now. */
export type DueTransition =
  | { readonly name: 'beginRun' | 'endRun'; readonly block: RunBlock }
  | { readonly name: 'beginLumi' | 'endLumi'; readonly block: LumiBlock };

/**
 * Keeps which runs and luminosity blocks are open, with event counts, and says which global transition is due. A block
 * ends when the source has gone on, every event of it has been processed and every EDM stream has left it. Runs that come
 * back open again.
 */
export class RunLumiBook {
  readonly #limits: { readonly lumis: number; readonly runs: number };
  readonly #slots: { readonly lumi: number; readonly run: number };
  readonly #onClosed: (block: LumiBlock) => void;
  readonly #lumis: LumiBlock[] = [];
  readonly #runs: RunBlock[] = [];
  #last: LumiBlock | undefined;
  #inputClosed = false;

  constructor(
    limits: { readonly lumis: number; readonly runs: number },
    slots: { readonly lumi: number; readonly run: number },
    onClosed: (block: LumiBlock) => void,
  ) {
    this.#limits = limits;
    this.#slots = slots;
    this.#onClosed = onClosed;
  }

  /** Whether every block has ended. */
  get allEnded(): boolean {
    return this.#runs.length === 0;
  }

  /** Runs and luminosity blocks that have not ended, as `run` and `run:lumi`. */
  open(): string[] {
    const lumis = this.#lumis.map((block) => `${String(block.run.run)}:${String(block.lumi)}`);
    return [...this.#runs.map((block) => String(block.run)), ...lumis];
  }

  /** Counts a claimed event and gives its block, a new one where the source has gone on. Claims come in order. */
  enter(id: EventId & { readonly timeUs: number }): LumiBlock {
    const last = this.#last;
    if (last?.lumi === id.lumi && last.run.run === id.run && !last.closed) {
      last.claimed++;
      return last;
    }
    let run = last?.run;
    if (run?.run !== id.run || run.closed) {
      if (run !== undefined) run.closed = true;
      run = new RunBlock(id, this.#slots.run);
      this.#runs.push(run);
    }
    const block = new LumiBlock(run, id.lumi, id.timeUs, this.#slots.lumi);
    block.claimed = 1;
    run.lumis++;
    this.#lumis.push(block);
    this.#last = block;
    if (last !== undefined) this.#close(last);
    return block;
  }

  /** The source gives no more events. */
  closeInput(): void {
    if (this.#inputClosed) return;
    this.#inputClosed = true;
    for (const run of this.#runs) run.closed = true;
    if (this.#last !== undefined) this.#close(this.#last);
  }

  /** Drops blocks that never began and whose events have been given up; for the end of a failed job. */
  dropPending(): void {
    for (const block of this.#lumis.filter((each) => each.state === 'pending')) {
      if (block.finished === block.claimed) this.ended(block);
    }
    for (const run of this.#runs.filter((each) => each.state === 'pending')) {
      if (run.lumis === 0) this.ended(run);
    }
  }

  /** The transition that is due, ends first; with `begins` false no begin is. */
  due(begins: boolean): DueTransition | undefined {
    for (const block of this.#lumis) {
      const over = block.closed && block.finished === block.claimed && block.streams === 0;
      if (over && block.state === 'open') return { name: 'endLumi', block };
    }
    for (const block of this.#runs) {
      const over = block.closed && block.lumis === 0 && block.streams === 0;
      if (over && block.state === 'open') return { name: 'endRun', block };
    }
    if (!begins) return undefined;
    const lumi = this.#lumis.find((block) => block.state === 'pending');
    if (lumi === undefined) return undefined;
    if (lumi.run.state === 'pending') {
      const open = this.#runs.filter((block) => block.state === 'open').length;
      return open < this.#limits.runs ? { name: 'beginRun', block: lumi.run } : undefined;
    }
    const open = this.#lumis.filter((block) => block.state === 'open').length;
    return open < this.#limits.lumis ? { name: 'beginLumi', block: lumi } : undefined;
  }

  /** Takes note that a begin transition has taken place. */
  begun(block: RunBlock | LumiBlock): void {
    block.state = 'open';
  }

  /** Takes note that an end transition has taken place. */
  ended(block: RunBlock | LumiBlock): void {
    block.state = 'ended';
    if (block instanceof RunBlock) this.#runs.splice(this.#runs.indexOf(block), 1);
    else {
      block.run.lumis--;
      this.#lumis.splice(this.#lumis.indexOf(block), 1);
    }
  }

  #close(block: LumiBlock): void {
    block.closed = true;
    this.#onClosed(block);
  }
}
