import { firstFinalState, ModuleState } from './module-state.ts';
import { listOf, type SchedulePlan } from '../plan/plan.ts';

const { idle, prefetching, failed, inputFailed } = ModuleState;

/**
 * Brings nodes from asked for to ready: asking for one means to ask for its inputs first. Keeps the states of all nodes in
 * an event, the queue of modules that are ready, and the nodes that have finished but whose readers have not been told.
 * Nothing here recurses, and nothing is allocated per module.
 */
export class Prefetcher {
  /** State of every node in the event; module workers write `acquiring` and `producing`. */
  readonly states: Uint8Array;
  readonly #plan: SchedulePlan;
  readonly #onDemand: Uint8Array;
  readonly #inputStart: Int32Array;
  readonly #inputs: Int32Array;
  readonly #readerStart: Int32Array;
  readonly #readers: Int32Array;
  /** For each node the number of inputs it still waits for. */
  readonly #waits: Int32Array;
  readonly #ready: Int32Array;
  readonly #toAsk: Int32Array;
  readonly #finished: Int32Array;
  /** How many nodes wait for inputs; while none does, a node that gets its final state need not look at its readers. */
  #waiting = 0;
  #readyHead = 0;
  #readyTail = 0;
  #finishedCount = 0;
  #anyFailed = false;

  constructor(plan: SchedulePlan) {
    const nodes = plan.labels.length;
    this.#plan = plan;
    this.#onDemand = plan.onDemand;
    ({ start: this.#inputStart, items: this.#inputs } = plan.inputs);
    ({ start: this.#readerStart, items: this.#readers } = plan.readers);
    this.states = new Uint8Array(nodes);
    this.#waits = new Int32Array(nodes);
    // A module comes here when its inputs are there, when a gate lets it in, and when its external work is done.
    this.#ready = new Int32Array(3 * nodes);
    this.#toAsk = new Int32Array(nodes);
    this.#finished = new Int32Array(nodes);
  }

  /** Forgets the event before. */
  begin(): void {
    this.states.fill(idle);
    this.#anyFailed = false;
    this.#waiting = 0;
    this.#readyHead = 0;
    this.#readyTail = 0;
    this.#finishedCount = 0;
  }

  /** The next module to run, or -1 when none is ready. */
  next(): number {
    return this.#readyHead < this.#readyTail ? (this.#ready[this.#readyHead++] ?? -1) : -1;
  }

  /** Puts a module on the queue of those that are ready. */
  enqueue(node: number): void {
    this.#ready[this.#readyTail++] = node;
  }

  /** Nodes that are in the middle of something. */
  held(): number[] {
    const held: number[] = [];
    for (let node = 0; node < this.#plan.moduleCount; node++) {
      const state = this.states[node] ?? idle;
      if (state !== idle && state < firstFinalState) held.push(node);
    }
    return held;
  }

  /** Gives a node its final state and tells its readers at once. */
  settle(node: number, state: number): void {
    this.states[node] = state;
    if (state === failed) this.#anyFailed = true;
    if (this.#waiting > 0) this.tellReaders(node);
  }

  /** Gives a node its final state; its readers are told when it is taken from the list of the finished. */
  finish(node: number, state: number): void {
    this.states[node] = state;
    this.#finished[this.#finishedCount++] = node;
  }

  /** Whether readers have yet to be told of nodes that have finished. */
  get hasFinished(): boolean {
    return this.#finishedCount > 0;
  }

  /** Takes a node from the list of the finished; -1 when there is none. */
  takeFinished(): number {
    return this.#finishedCount > 0 ? (this.#finished[--this.#finishedCount] ?? -1) : -1;
  }

  /** Tells the readers of a node that it has finished. */
  tellReaders(node: number): void {
    const last = this.#readerStart[node + 1] ?? 0;
    for (let i = this.#readerStart[node] ?? 0; i < last; i++) {
      const reader = this.#readers[i] ?? 0;
      if (this.states[reader] !== prefetching) continue;
      const waits = (this.#waits[reader] ?? 0) - 1;
      this.#waits[reader] = waits;
      if (waits === 0) {
        this.#waiting--;
        this.#inputsThere(reader);
      }
    }
  }

  /** Asks for a module whose inputs have settled, as they have where a path is in the order of the data. */
  askInOrder(node: number): void {
    if (this.#finishedCount > 0 || this.#anyFailed) this.ask(node);
    else {
      this.states[node] = prefetching;
      this.enqueue(node);
    }
  }

  /** Asks for a module and, through its inputs, for everything that must run before it. */
  ask(root: number): void {
    let depth = 0;
    this.#toAsk[depth++] = root;
    this.states[root] = prefetching;
    while (depth > 0) {
      const node = this.#toAsk[--depth] ?? 0;
      let waits = 0;
      const last = this.#inputStart[node + 1] ?? 0;
      for (let i = this.#inputStart[node] ?? 0; i < last; i++) {
        const input = this.#inputs[i] ?? 0;
        const state = this.states[input] ?? idle;
        if (state >= firstFinalState && !this.#isUntold(input)) continue;
        waits++;
        if (state === idle && this.#onDemand[input] === 1) {
          this.states[input] = prefetching;
          this.#toAsk[depth++] = input;
        }
      }
      if (waits === 0) this.#inputsThere(node);
      else {
        this.#waits[node] = waits;
        this.#waiting++;
      }
    }
  }

  /** Whether a node has its final state, but those who wait for it have yet to be told. */
  #isUntold(node: number): boolean {
    for (let i = 0; i < this.#finishedCount; i++) if (this.#finished[i] === node) return true;
    return false;
  }

  /** All inputs of a node have settled: it is ready, unless one of them failed. */
  #inputsThere(node: number): void {
    if (this.#anyFailed && this.#hasFailedInput(node)) this.finish(node, inputFailed);
    else this.enqueue(node);
  }

  #hasFailedInput(node: number): boolean {
    if (this.#plan.runsAnyway[node] === 1) return false;
    return listOf(this.#plan.inputs, node).some((input) => {
      const state = this.states[input] ?? idle;
      return state === failed || state >= inputFailed;
    });
  }
}
