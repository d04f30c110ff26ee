import { LumiView, RunView, SetupView, type AnyInstance } from '../../edm/index.ts';
import type { LumiBlock, RunBlock } from '../source/blocks.ts';
import type { LaneErrors } from '../lane/lane-errors.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';

/** One module instance, with the index by which the token tables know it. */
export interface HookTarget {
  readonly index: number;
  readonly label: string;
  readonly instance: AnyInstance;
}

/** Has the instances of a `global` module in other lanes end a block, too. */
export type EndElsewhere = (
  name: 'endRun' | 'endLumi',
  block: RunBlock | LumiBlock,
  target: HookTarget,
) => Promise<void>;

/**
 * Calls the hooks of module instances for one transition after the other, waiting for each. What a hook throws ends the
 * job, but the hooks of the other modules are called all the same.
 */
export class HookCaller {
  readonly #resolved: ResolvedProcess;
  readonly #errors: LaneErrors;
  readonly #endElsewhere: EndElsewhere | undefined;

  /** `endElsewhere` is given in the first of several lanes. */
  constructor(resolved: ResolvedProcess, errors: LaneErrors, endElsewhere?: EndElsewhere) {
    this.#resolved = resolved;
    this.#errors = errors;
    this.#endElsewhere = endElsewhere;
  }

  /** Calls a job or stream hook. */
  async job(
    name: 'beginJob' | 'beginStream' | 'endStream',
    targets: readonly HookTarget[],
    streamIndex = 0,
  ): Promise<void> {
    for (const target of targets) {
      await this.#call(name, target, () => target.instance[name]?.(streamIndex));
    }
  }

  /** Calls `endJob` and gives back what it returned. */
  async endJob(target: HookTarget): Promise<unknown> {
    let summary: unknown;
    await this.#call('endJob', target, async () => {
      summary = await target.instance.endJob?.();
    });
    return summary;
  }

  /** Calls a run hook. */
  async run(
    name: 'beginRun' | 'streamBeginRun' | 'streamEndRun' | 'endRun',
    block: RunBlock,
    targets: readonly HookTarget[],
    streamIndex = 0,
  ): Promise<void> {
    const { tables } = this.#resolved;
    for (const target of targets.filter(({ instance }) => instance[name] !== undefined)) {
      await this.#call(`${name} ${String(block.run)}`, target, () => {
        const view = new RunView(target, tables, block);
        return target.instance[name]?.(view, this.#setupFor(target, block), streamIndex);
      });
      if (name === 'endRun') await this.#elsewhere(name, block, target);
    }
  }

  /** Calls a luminosity block hook. */
  async lumi(
    name: 'beginLumi' | 'streamBeginLumi' | 'streamEndLumi' | 'endLumi',
    block: LumiBlock,
    targets: readonly HookTarget[],
    streamIndex = 0,
  ): Promise<void> {
    const { tables } = this.#resolved;
    for (const target of targets.filter(({ instance }) => instance[name] !== undefined)) {
      await this.#call(`${name} ${String(block.run.run)}:${String(block.lumi)}`, target, () => {
        const view = new LumiView(target, tables, block);
        return target.instance[name]?.(view, this.#setupFor(target, block), streamIndex);
      });
      if (name === 'endLumi') await this.#elsewhere(name, block, target);
    }
  }

  /** A `global` module has an instance in every lane, and each has its part of what it gathered. */
  async #elsewhere(
    name: 'endRun' | 'endLumi',
    block: RunBlock | LumiBlock,
    target: HookTarget,
  ): Promise<void> {
    const end = this.#endElsewhere;
    const kind = this.#resolved.construction.modules[target.index]?.type.kind;
    if (end === undefined || kind !== 'global') return;
    await this.#call(name, target, () => end(name, block, target));
  }

  #setupFor(target: HookTarget, block: RunBlock | LumiBlock): SetupView {
    return new SetupView(target, this.#resolved.setupTable, { products: block.setup });
  }

  async #call(where: string, target: HookTarget, call: () => unknown): Promise<void> {
    try {
      const returned = call();
      if (returned instanceof Promise) await returned;
    } catch (error) {
      this.#errors.fail(error, `module ${target.label}`, where);
    }
  }
}
