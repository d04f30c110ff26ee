import type { PathState, PathStatus } from '../../edm/index.ts';
import { firstFinalState, ModuleState } from './module-state.ts';
import { StatusTable, triggerResults } from './path-status-table.ts';
import {
  listOf,
  OperationCode,
  packPaths,
  type PathCounts,
  type PathPlan,
  type SchedulePlan,
} from '../plan/plan.ts';
import { Prefetcher } from './prefetcher.ts';

const { idle, done, rejected, failed, notReached, pathFailed } = ModuleState;

/** Position of a path that has ended, and of an end path before they start. */
const nowhere = -1;

/**
 * Decides which modules run, event after event, for one EDM stream. Paths run their modules in order and stop at a
 * rejecting filter; asking for a module means to prefetch its inputs, then to run it; a module runs at most once an event.
 * It only decides: {@link EventSchedule.next} gives the module to run, {@link EventSchedule.complete} takes what became
 * of it.
 */
export class EventSchedule {
  /** State of every node in the event; module workers write `acquiring` and `producing`. */
  readonly states: Uint8Array;
  /** How the paths, then the end paths, ended so far. */
  readonly pathCounts: readonly PathCounts[];
  readonly #plan: SchedulePlan;
  readonly #paths: readonly PathPlan[];
  readonly #products: unknown[];
  readonly #prefetcher: Prefetcher;
  readonly #pathStart: Int32Array;
  readonly #pathNodes: Int32Array;
  readonly #pathOperations: Int32Array;
  readonly #pathInOrder: Uint8Array;
  /** For each node the path that names it, where one does so once, and its position there; else -1. */
  readonly #onlyPath: Int32Array;
  readonly #onlyPosition: Int32Array;
  readonly #positionStart: Int32Array;
  readonly #positionPairs: Int32Array;
  /** For each path the position it has come to, or {@link nowhere}. */
  readonly #positions: Int32Array;
  readonly #outcome: (PathStatus | undefined)[];
  readonly #statuses: readonly StatusTable[];
  #pathsLeft = 0;
  #endPathsLeft = 0;
  /** Whether the end paths have started; they do when all is told that happened on the paths. */
  #inEndPaths = false;

  constructor(plan: SchedulePlan, products: unknown[]) {
    this.#plan = plan;
    this.#products = products;
    this.#paths = [...plan.paths, ...plan.endPaths];
    this.#prefetcher = new Prefetcher(plan);
    this.states = this.#prefetcher.states;
    const packed = packPaths(this.#paths, plan.inputs);
    this.#pathStart = packed.start;
    this.#pathNodes = packed.nodes;
    this.#pathOperations = packed.operations;
    this.#pathInOrder = packed.inOrder;
    ({ start: this.#positionStart, items: this.#positionPairs } = plan.positionsOf);
    const nodes = plan.labels.length;
    this.#onlyPath = new Int32Array(nodes).fill(-1);
    this.#onlyPosition = new Int32Array(nodes).fill(-1);
    for (let node = 0; node < nodes; node++) {
      const pair = listOf(plan.positionsOf, node);
      if (pair.length !== 2) continue;
      this.#onlyPath[node] = pair[0] ?? -1;
      this.#onlyPosition[node] = pair[1] ?? -1;
    }
    this.#positions = new Int32Array(this.#paths.length);
    this.#outcome = new Array<PathStatus | undefined>(this.#paths.length).fill(undefined);
    this.#statuses = this.#paths.map((path) => new StatusTable(path.positions.length));
    this.pathCounts = this.#paths.map(() => ({ run: 0, pass: 0, fail: 0, exception: 0 }));
  }

  /** Whether all paths and end paths of the event have ended. */
  get eventDone(): boolean {
    return this.#pathsLeft === 0 && this.#endPathsLeft === 0;
  }

  /** Starts an event: every path asks for its first module. */
  begin(): void {
    const { paths, endPaths } = this.#plan;
    this.#prefetcher.begin();
    this.#pathsLeft = paths.length;
    this.#endPathsLeft = endPaths.length;
    this.#inEndPaths = false;
    for (let path = 0; path < this.#paths.length; path++) {
      this.#positions[path] = path < paths.length ? 0 : nowhere;
    }
    for (let path = 0; path < paths.length; path++) this.#advance(path, 0);
    this.#settle();
  }

  /** Ends all paths of an event that never came to its modules, such as one that could not be read. */
  abandon(): void {
    this.#prefetcher.begin();
    this.#pathsLeft = 0;
    this.#endPathsLeft = 0;
    for (const counts of this.pathCounts) {
      counts.run++;
      counts.exception++;
    }
  }

  /** The next module to run, or -1 when none is ready. */
  next(): number {
    return this.#prefetcher.next();
  }

  /** Puts a module back on the queue: its external work is done. */
  resume(node: number): void {
    this.#prefetcher.enqueue(node);
  }

  /** Takes the final state of a module that has run; what waited for it goes on. */
  complete(node: number, state: number): void {
    this.#prefetcher.settle(node, state);
    this.#tellPaths(node, state);
    if (this.#prefetcher.hasFinished || this.#pathsLeft === 0) this.#settle();
  }

  /** Nodes that are in the middle of something, for time-outs and stalls. */
  held(): number[] {
    return this.#prefetcher.held();
  }

  /** Works off the nodes that have finished: one may finish the next, and the last path starts the end paths. */
  #settle(): void {
    const prefetcher = this.#prefetcher;
    for (;;) {
      for (let node = prefetcher.takeFinished(); node !== -1; node = prefetcher.takeFinished()) {
        prefetcher.tellReaders(node);
        this.#tellPaths(node, this.states[node] ?? idle);
      }
      if (this.#pathsLeft > 0 || this.#inEndPaths) return;
      this.#inEndPaths = true;
      this.#startEndPaths();
    }
  }

  /** Moves on the paths that have come to a node which has finished. */
  #tellPaths(node: number, state: number): void {
    const path = this.#onlyPath[node] ?? -1;
    if (path < 0) this.#tellEachPath(node);
    else {
      const position = this.#onlyPosition[node] ?? 0;
      if (this.#positions[path] !== position) return;
      this.#advance(path, state === done ? position + 1 : position);
    }
  }

  #tellEachPath(node: number): void {
    const last = this.#positionStart[node + 1] ?? 0;
    for (let i = this.#positionStart[node] ?? 0; i < last; i += 2) {
      const path = this.#positionPairs[i] ?? 0;
      const position = this.#positionPairs[i + 1] ?? 0;
      if (this.#positions[path] === position) this.#advance(path, position);
    }
  }

  /** Moves a path on from a position as far as it goes: over finished modules, to the next one that must be asked for. */
  #advance(path: number, from: number): void {
    const start = this.#pathStart[path] ?? 0;
    const length = (this.#pathStart[path + 1] ?? 0) - start;
    for (let position = from; position < length; position++) {
      const node = this.#pathNodes[start + position] ?? 0;
      const state = this.states[node] ?? idle;
      if (state === done) continue;
      if (state < firstFinalState) {
        this.#positions[path] = position;
        if (state !== idle) return;
        if (this.#pathInOrder[start + position] === 1) this.#prefetcher.askInOrder(node);
        else this.#prefetcher.ask(node);
        return;
      }
      if (this.#stops(path, position, state)) return;
    }
    this.#endPath(path, 'pass', length - 1);
  }

  /** Ends a path where the final state of its module says so; `true` if it does. */
  #stops(path: number, position: number, state: number): boolean {
    if (state === failed || state >= notReached) {
      this.#endPath(path, 'exception', position);
      return true;
    }
    const at = (this.#pathStart[path] ?? 0) + position;
    const operation = this.#pathOperations[at] ?? OperationCode.ignore;
    if (operation === OperationCode.ignore) return false;
    if ((state === rejected) !== (operation === OperationCode.take)) return false;
    this.#endPath(path, 'fail', position);
    return true;
  }

  #endPath(path: number, state: PathState, position: number): void {
    const plan = this.#paths[path];
    const status = this.#statuses[path]?.get(state, Math.max(0, position));
    const counts = this.pathCounts[path];
    if (plan === undefined || status === undefined || counts === undefined) return;
    this.#positions[path] = nowhere;
    counts.run++;
    if (state === 'pass') counts.pass++;
    else if (state === 'fail') counts.fail++;
    else counts.exception++;
    this.#outcome[path] = status;
    this.#products[plan.statusSlot] = status;
    for (let i = position + 1; i < plan.positions.length; i++) {
      this.#pathLeaves(plan.positions[i]?.node ?? 0);
    }
    this.#prefetcher.finish(plan.statusNode, done);
    if (path >= this.#plan.paths.length) this.#endPathsLeft--;
    else this.#pathsLeft--;
  }

  /**
   * A path will not come to a node any more. When none can, what waits for it need not wait; and if an exception ended one
   * of them before the node, its readers count it as failed.
   */
  #pathLeaves(node: number): void {
    if (this.states[node] !== idle || this.#plan.onDemand[node] === 1) return;
    const last = this.#positionStart[node + 1] ?? 0;
    let state: number = notReached;
    for (let i = this.#positionStart[node] ?? 0; i < last; i += 2) {
      const path = this.#positionPairs[i] ?? 0;
      if (path >= this.#plan.paths.length !== this.#inEndPaths) continue;
      const position = this.#positions[path] ?? nowhere;
      if (position !== nowhere && position <= (this.#positionPairs[i + 1] ?? 0)) return;
      if (this.#outcome[path]?.state === 'exception') state = pathFailed;
    }
    this.#prefetcher.finish(node, state);
  }

  #startEndPaths(): void {
    const { paths, endPaths, triggerResultsNode } = this.#plan;
    if (this.#plan.triggerResultsRead) {
      this.#products[this.#plan.triggerResultsSlot] = triggerResults(paths, this.#outcome);
    }
    this.#prefetcher.finish(triggerResultsNode, done);
    for (const path of endPaths) {
      for (const { node } of path.positions) {
        const state = this.states[node];
        if (state === notReached || state === pathFailed) this.states[node] = idle;
      }
    }
    for (let path = paths.length; path < this.#paths.length; path++) this.#positions[path] = 0;
    for (let i = 0; i < endPaths.length; i++) this.#advance(paths.length + i, 0);
  }
}
