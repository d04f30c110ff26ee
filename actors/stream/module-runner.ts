import { asEdmeshError, EdmeshError } from '../../edm/index.ts';
import type { ExceptionAction } from '../job/exception-policy.ts';
import type { LaneErrors } from '../lane/lane-errors.ts';
import { ModuleState } from './module-state.ts';
import type { ModuleWorker } from './module-worker.ts';
import { processEvent, type ModuleRef } from './module.actor.ts';
import type { OneGate } from '../lane/one-gate.ts';
import type { EventSchedule } from './schedule.ts';
import type { StreamCounters } from './stream-counters.ts';

const { acquiring, failed, rejected, done, passed } = ModuleState;

/** What a module runner is made of. */
export interface ModuleRunnerParts {
  readonly schedule: EventSchedule;
  readonly workers: readonly ModuleWorker[];
  /** Modules that live in another lane, which watches their external work. */
  readonly elsewhere: ReadonlySet<number>;
  /** For each module the gate of its external work, where it is a `one` module. */
  readonly gates: readonly (OneGate | undefined)[];
  readonly errors: LaneErrors;
  readonly actionFor: (error: EdmeshError) => ExceptionAction;
  /** Takes back what a module has put into the event. */
  readonly takeBack: (node: number) => void;
  readonly counters: StreamCounters;
  readonly now: () => number;
  /** Whether to measure each module. */
  readonly timing: boolean;
  readonly warn: (message: string) => void;
  /** External work is done: call {@link ModuleRunner.goOn} soon. */
  readonly wake: () => void;
  /** The event in hand, for people. */
  readonly eventName: () => string;
}

/** Runs the modules of one event after the other: those that the schedule calls for, one at a time, through their actors. */
export class ModuleRunner {
  /** The module actors, by node; set when they have been started. */
  modules: readonly ModuleRef[] = [];
  readonly #parts: ModuleRunnerParts;
  readonly #schedule: EventSchedule;
  readonly #states: Uint8Array;
  readonly #gates: readonly (OneGate | undefined)[];
  readonly #isGated: boolean;
  readonly #counters: StreamCounters;
  readonly #completed: number[] = [];
  readonly #letIn = new Set<number>();
  /** External works and places in queues that the event waits for. */
  #pending = 0;

  constructor(parts: ModuleRunnerParts) {
    this.#parts = parts;
    this.#schedule = parts.schedule;
    this.#states = parts.schedule.states;
    this.#gates = parts.gates;
    this.#isGated = parts.gates.some((gate) => gate !== undefined);
    this.#counters = parts.counters;
  }

  /** Starts on an event; `true` when it is done already. */
  begin(): boolean {
    this.#schedule.begin();
    return this.goOn();
  }

  /** Goes on with the event as far as it can; `true` when it is done. */
  goOn(): boolean {
    const schedule = this.#schedule;
    const { timing, now } = this.#parts;
    while (this.#completed.length > 0) {
      schedule.resume(this.#completed.shift() ?? 0);
      this.#pending--;
    }
    let last = timing ? now() : 0;
    for (;;) {
      for (let node = schedule.next(); node !== -1; node = schedule.next()) {
        this.#runModule(node);
        if (timing) {
          const time = now();
          this.#counters.addWall(node, time - last);
          last = time;
        }
      }
      if (schedule.eventDone) return true;
      if (this.#pending > 0) return false;
      this.#failStalled();
    }
  }

  /** External work of a module is done. May be called from anywhere. */
  externalWorkDone(node: number): void {
    this.#completed.push(node);
    this.#parts.wake();
  }

  /** Labels of the modules that are in the middle of external work in this lane. */
  acquiringLabels(): string[] {
    return this.#acquiring().map((node) => this.#parts.workers[node]?.label ?? '');
  }

  /** What these modules wait for, where they have said so. */
  waitsFor(): string[] {
    const { workers } = this.#parts;
    return this.#acquiring().flatMap((node) => workers[node]?.waitsFor ?? []);
  }

  /** Fails the external work that the event waits for; `true` when there was any. */
  abandon(error: EdmeshError): boolean {
    const nodes = this.#acquiring();
    for (const node of nodes) this.#parts.workers[node]?.abandon(error);
    return nodes.length > 0;
  }

  #acquiring(): number[] {
    const { elsewhere } = this.#parts;
    const held = this.#schedule.held();
    return held.filter((node) => this.#states[node] === acquiring && !elsewhere.has(node));
  }

  #runModule(node: number): void {
    if (this.#isGated && !this.#passesGate(node)) return;
    this.modules[node]?.send(processEvent);
    const state = this.#states[node] ?? failed;
    if (state !== done || this.#isGated) this.#settle(node, state);
    else {
      this.#counters.ran(node);
      this.#schedule.complete(node, done);
    }
  }

  /** Takes what came of a module, whatever it is. */
  #settle(node: number, state: number): void {
    if (state === acquiring) {
      this.#pending++;
      return;
    }
    this.#gates[node]?.leave();
    this.#counters.ran(node);
    if (state === failed) this.#moduleFailed(node);
    else {
      if (state === rejected) this.#counters.hasRejected(node);
      this.#schedule.complete(node, state);
    }
  }

  #passesGate(node: number): boolean {
    const gate = this.#gates[node];
    return gate === undefined || this.#states[node] === acquiring || this.#admitted(gate, node);
  }

  /** Whether a `one` module may start its external work now; if not, it comes back to the queue when it may. */
  #admitted(gate: OneGate, node: number): boolean {
    if (this.#letIn.delete(node)) return true;
    const now = gate.enter(() => {
      this.#letIn.add(node);
      this.externalWorkDone(node);
    });
    if (!now) this.#pending++;
    return now;
  }

  #moduleFailed(node: number): void {
    const { workers, errors, actionFor, schedule, counters, warn, takeBack } = this.#parts;
    const worker = workers[node];
    takeBack(node);
    const error = asEdmeshError(worker?.error);
    const context = [`module ${worker?.label ?? ''}`, this.#parts.eventName()];
    switch (actionFor(error)) {
      case 'rethrow':
        errors.fail(error, ...context);
        break;
      case 'tryToContinue':
        errors.survive(error, ...context);
        break;
      case 'ignoreCompletely':
        warn(`${context.join(', ')}: ${error.category} ignored: ${error.message}`);
        schedule.complete(node, worker?.role === 'filter' ? passed : done);
        return;
    }
    counters.hasFailed(node);
    schedule.complete(node, failed);
  }

  /** Nothing can run and nothing is under way, yet paths are open: modules wait for each other. */
  #failStalled(): void {
    const { schedule, workers, errors, counters } = this.#parts;
    const held = schedule.held();
    if (held.length === 0) throw new EdmeshError('EDMESH_INTERNAL', 'the event stands still');
    const labels = held.map((node) => workers[node]?.label ?? '');
    const error = new EdmeshError(
      'EDMESH_EVENT_STALLED',
      `modules wait for products that their paths do not come to: ${labels.join(', ')}; put the producers on a task`,
      { fields: { labels } },
    );
    errors.fail(error, this.#parts.eventName());
    const [first = 0] = held;
    counters.ran(first);
    counters.hasFailed(first);
    schedule.complete(first, failed);
  }
}
