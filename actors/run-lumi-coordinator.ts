import type { TransitionCounts } from '../edm/index.ts';
import type { HookCaller, HookTarget } from './hook-caller.ts';
import type { JobErrors } from './job-errors.ts';
import type { DueTransition, LumiBlock, RunLumiBook } from './run-lumi-book.ts';
import type { SetupInstant } from './conditions.ts';

/** What the coordinator works with. */
export interface CoordinatorParts {
  readonly book: RunLumiBook;
  readonly hooks: HookCaller;
  readonly errors: JobErrors;
  readonly transitions: TransitionCounts;
  /** Modules in the order in which they get run transitions. */
  readonly runTargets: readonly HookTarget[];
  /** Modules in the order in which they get lumi transitions. */
  readonly lumiTargets: readonly HookTarget[];
  /** Event setup products at a transition. */
  readonly setupAt: (instant: SetupInstant) => Promise<readonly unknown[]>;
  /** A run has begun: EDM streams may enter. */
  readonly runBegun: () => void;
  /** A luminosity block has begun: EDM streams may enter. */
  readonly lumiBegun: (block: LumiBlock) => void;
  /** All blocks have ended, for now. */
  readonly allEnded: () => void;
}

/** Runs the global run and lumi transitions, one at a time, whenever the book says that one is due. */
export class RunLumiCoordinator {
  readonly #parts: CoordinatorParts;
  #busy = false;

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
  }

  /** Something has changed in the book: does what is due. */
  look(): void {
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    const { book, errors } = this.#parts;
    this.#busy = true;
    for (;;) {
      const failed = errors.fatal !== undefined;
      if (failed) book.dropPending();
      const due = book.due(!failed);
      if (due === undefined) break;
      await this.#perform(due);
    }
    this.#busy = false;
    if (book.allEnded) this.#parts.allEnded();
  }

  async #perform(due: DueTransition): Promise<void> {
    const { book, hooks, transitions, runTargets, lumiTargets, errors, setupAt } = this.#parts;
    switch (due.name) {
      case 'beginRun': {
        const { run, firstLumi, timeUs } = due.block;
        try {
          due.block.setup = await setupAt({ run, lumi: firstLumi, timeUs });
        } catch (error) {
          errors.fail(error, 'event setup', `beginRun ${String(run)}`);
          return;
        }
        transitions.beginRun++;
        await hooks.run('beginRun', due.block, runTargets);
        book.begun(due.block);
        this.#parts.runBegun();
        return;
      }
      case 'beginLumi': {
        const { run, lumi, timeUs } = due.block;
        try {
          due.block.setup = await setupAt({ run: run.run, lumi, timeUs });
        } catch (error) {
          errors.fail(error, 'event setup', `beginLumi ${String(run.run)}:${String(lumi)}`);
          return;
        }
        transitions.beginLumi++;
        await hooks.lumi('beginLumi', due.block, lumiTargets);
        book.begun(due.block);
        this.#parts.lumiBegun(due.block);
        return;
      }
      case 'endLumi':
        transitions.endLumi++;
        await hooks.lumi('endLumi', due.block, lumiTargets);
        book.ended(due.block);
        return;
      case 'endRun':
        transitions.endRun++;
        await hooks.run('endRun', due.block, runTargets);
        book.ended(due.block);
        return;
    }
  }
}
