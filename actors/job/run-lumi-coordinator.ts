import type { TransitionCounts } from '../../edm/index.ts';
import type { SetupInstant } from '../event-setup/conditions.ts';
import type { JobErrors } from './job-errors.ts';
import type { LaneHandle } from '../lane/lane-handle.ts';
import type { PackedProducts } from '../lane/packed-products.ts';
import type { DueTransition, JobLumiBlock, JobRunBlock, RunLumiBook } from './run-lumi-book.ts';
import type { SetupData } from '../event-setup/setup-data.ts';

/** What the coordinator works with. */
export interface CoordinatorParts {
  readonly book: RunLumiBook;
  /** The lanes that are left. Global transitions take place in the first, and where modules have an instance a lane. */
  readonly lanes: () => readonly LaneHandle[];
  /** Whether any module acts on the begin of runs or lumis. */
  readonly actsOnBegin: boolean;
  readonly errors: JobErrors;
  readonly transitions: TransitionCounts;
  /** Event setup products at a transition. */
  readonly setupAt: (instant: SetupInstant) => Promise<SetupData>;
  /** The job has come to another luminosity block. */
  readonly lumiBegun: (block: JobLumiBlock) => void;
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
    switch (due.name) {
      case 'beginRun':
        await this.#beginRun(due.block);
        return;
      case 'beginLumi':
        await this.#beginLumi(due.block);
        return;
      case 'endLumi':
        await this.#endLumi(due.block);
        return;
      case 'endRun':
        await this.#endRun(due.block);
        return;
    }
  }

  async #beginRun(block: JobRunBlock): Promise<void> {
    const { book, transitions, errors, setupAt } = this.#parts;
    const { info } = block;
    const { run, firstLumi: lumi, timeUs } = info;
    const where = `beginRun ${String(run)}`;
    try {
      const setup = await setupAt({ run, lumi, timeUs });
      await this.#begin(where, (lane, products) => lane.beginRun(info, setup, products));
    } catch (error) {
      errors.fail(error, 'event setup', where);
      return;
    }
    transitions.beginRun++;
    book.begun(block);
  }

  async #beginLumi(block: JobLumiBlock): Promise<void> {
    const { book, transitions, errors, setupAt } = this.#parts;
    const { info } = block;
    const { run } = info.run;
    const where = `beginLumi ${String(run)}:${String(info.lumi)}`;
    try {
      const setup = await setupAt({ run, lumi: info.lumi, timeUs: info.timeUs });
      await this.#begin(where, (lane, products) => lane.beginLumi(info, setup, products));
    } catch (error) {
      errors.fail(error, 'event setup', where);
      return;
    }
    transitions.beginLumi++;
    book.begun(block);
    this.#parts.lumiBegun(block);
  }

  /**
   * A block begins in the first lane; what is put there goes to the other lanes, where it begins without anybody waiting.
   * Where nothing can be put, the others need not wait until the first lane has time.
   */
  async #begin(
    where: string,
    begin: (lane: LaneHandle, products: PackedProducts) => Promise<PackedProducts>,
  ): Promise<void> {
    const { lanes, actsOnBegin, errors } = this.#parts;
    const [home, ...others] = lanes();
    if (home === undefined) return;
    const beginInOthers = (products: PackedProducts): void => {
      for (const lane of others) {
        begin(lane, products).catch((error: unknown) => {
          errors.fail(error, 'event setup', where);
        });
      }
    };
    if (!actsOnBegin) beginInOthers([]);
    const products = await begin(home, []);
    if (actsOnBegin) beginInOthers(products);
  }

  async #endLumi(block: JobLumiBlock): Promise<void> {
    const { book, errors, transitions } = this.#parts;
    const { info, partials } = block;
    const [home, ...others] = this.#parts.lanes();
    transitions.endLumi++;
    try {
      await home?.endLumi(info, partials);
    } catch (error) {
      errors.fail(error, `endLumi ${String(info.run.run)}:${String(info.lumi)}`);
    }
    book.lumiEnded(block);
    home?.forgetLumi(info);
    for (const lane of others) lane.forgetLumi(info);
  }

  async #endRun(block: JobRunBlock): Promise<void> {
    const { book, errors, transitions } = this.#parts;
    const { info, partials } = block;
    const [home, ...others] = this.#parts.lanes();
    transitions.endRun++;
    try {
      await home?.endRun(info, partials);
    } catch (error) {
      errors.fail(error, `endRun ${String(info.run)}`);
    }
    book.runEnded(block);
    home?.forgetRun(info);
    for (const lane of others) lane.forgetRun(info);
  }
}
