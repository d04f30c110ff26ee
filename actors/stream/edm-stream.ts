import { createActor, fromPromise, type ActorRefFrom, type AnyActorRef } from 'xstate';
import { EventPrincipal, EventView, SetupView } from '../../edm/index.ts';
import type { LumiBlock } from '../source/blocks.ts';
import type { EventClaims } from '../source/claims.ts';
import { edmStreamMachine, type StreamTransition } from './edm-stream.machine.ts';
import { EventProcessor } from './event-processor.ts';
import { eventProcessorLogic, stepEvents } from './event-processor.actor.ts';
import type { Environment } from '../environment.ts';
import type { EventBoard } from './event-board.ts';
import { eventDone, eventEnded } from './event-done.ts';
import type { ExceptionAction } from '../job/exception-policy.ts';
import type { LaneGpu } from '../gpu/index.ts';
import type { HookCaller, HookTarget } from './hook-caller.ts';
import type { JobOptions } from '../job/job-options.ts';
import type { LaneConnection } from '../lane/lane-connection.ts';
import type { LaneBook } from '../lane/lane-book.ts';
import type { LaneErrors } from '../lane/lane-errors.ts';
import type { StreamTurns, TakesTurns } from './stream-turns.ts';
import { ModuleRunner } from './module-runner.ts';
import { ModuleWorker } from './module-worker.ts';
import type { OneGate } from '../lane/one-gate.ts';
import { sourceIndex } from '../plan/product-registry.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';
import { EventSchedule } from './schedule.ts';
import { StreamCounters } from './stream-counters.ts';
import type { TransitionCounts, EdmeshError, JobDigest, SetupStore } from '../../edm/index.ts';

/** What all EDM streams of a lane share. */
export interface StreamSurroundings {
  readonly resolved: ResolvedProcess;
  readonly environment: Environment;
  readonly turns: StreamTurns;
  readonly claims: EventClaims;
  readonly connection: LaneConnection | undefined;
  readonly gpu: LaneGpu | undefined;
  readonly book: LaneBook;
  readonly board: EventBoard;
  readonly hooks: HookCaller;
  readonly errors: LaneErrors;
  readonly transitions: TransitionCounts;
  readonly actionFor: (error: EdmeshError) => ExceptionAction;
  /** Modules that live in another lane. */
  readonly elsewhere: ReadonlySet<number>;
  readonly gates: readonly (OneGate | undefined)[];
  readonly digest: JobDigest | undefined;
  readonly timing: boolean;
  readonly onEvent: JobOptions['onEvent'];
  /** The lane claims no more events. */
  readonly inputEnded: () => void;
  /** An EDM stream is out of every run, for good. */
  readonly streamFinished: () => void;
  /** An EDM stream has ended. */
  readonly streamEnded: () => void;
}

/** An EDM stream: one concurrent event processor with its own module actors. */
export class EdmStream implements TakesTurns {
  /** Counts the EDM streams of the job. */
  readonly index: number;
  queued = false;
  readonly counters: StreamCounters;
  readonly processor: EventProcessor;
  readonly principal: EventPrincipal;
  readonly #runner: ModuleRunner;
  readonly #shared: StreamSurroundings;
  readonly #targets: readonly HookTarget[];
  readonly #runTargets: readonly HookTarget[];
  readonly #lumiTargets: readonly HookTarget[];
  readonly #workers: readonly ModuleWorker[];
  readonly #setup: SetupStore = { products: [] };
  readonly schedule: EventSchedule;
  #actor: ActorRefFrom<typeof edmStreamMachine> | undefined;
  #processorActor: ActorRefFrom<ReturnType<typeof eventProcessorLogic>> | undefined;

  /** `targets` are the module instances of this EDM stream, by module index; `place` is its place on the board. */
  constructor(
    { index, place }: { readonly index: number; readonly place: number },
    targets: readonly HookTarget[],
    shared: StreamSurroundings,
  ) {
    const { resolved, environment } = shared;
    const { plan, tables } = resolved;
    this.index = index;
    this.#shared = shared;
    this.#targets = targets;
    const inOrder = (order: readonly number[]) =>
      order.map((node) => targets[node]).filter((target) => target !== undefined);
    this.#runTargets = inOrder(resolved.runOrder);
    this.#lumiTargets = inOrder(resolved.lumiOrder);
    const principal = new EventPrincipal(tables.event.branches.length, tables.processHistory);
    this.principal = principal;
    this.schedule = new EventSchedule(plan, principal.products);
    this.counters = new StreamCounters(plan.moduleCount);
    this.#workers = targets.map(
      (target) =>
        new ModuleWorker({
          label: target.label,
          role: resolved.construction.modules[target.index]?.type.moduleRole ?? 'producer',
          instance: target.instance,
          viewForModule: () => new EventView(target, tables, principal),
          setup: new SetupView(target, resolved.setupTable, this.#setup),
          cell: { states: this.schedule.states, index: target.index },
          externalWorkDone: () => {
            this.#runner.externalWorkDone(target.index);
          },
          lateFailure: (error) => {
            shared.errors.survive(error, `module ${target.label}`, 'acquire');
          },
        }),
    );
    const slots = resolved.registry.slotsByMaker(plan.moduleCount);
    const wake = () => {
      shared.turns.wake(this);
    };
    this.#runner = new ModuleRunner({
      schedule: this.schedule,
      workers: this.#workers,
      elsewhere: shared.elsewhere,
      gates: shared.gates,
      errors: shared.errors,
      actionFor: shared.actionFor,
      takeBack: (node) => {
        for (const slot of slots[node] ?? []) principal.products[slot] = undefined;
      },
      counters: this.counters,
      now: environment.now,
      timing: shared.timing,
      warn: (message) => {
        environment.logger.warn(message);
      },
      wake,
      eventName: () => this.processor.eventName,
    });
    this.processor = new EventProcessor({
      principal,
      viewForSource: () =>
        new EventView({ index: sourceIndex, label: 'source' }, tables, principal),
      schedule: this.schedule,
      runner: this.#runner,
      claims: shared.claims,
      book: shared.book,
      errors: shared.errors,
      actionFor: shared.actionFor,
      board: shared.board,
      place,
      eventBegun: shared.connection?.eventBegun.bind(shared.connection),
      eventEnded: eventEnded(index, shared),
      eventDone: eventDone(resolved, principal, shared),
      now: environment.now,
      wake,
      needsLumi: (block) => {
        this.#actor?.send({ type: 'NEEDS_LUMI', block });
        // The job may have failed while the block before was closed: then this one never begins.
        if (shared.errors.hasFailed) this.cancelWaiting();
      },
      blockOver: (block) => {
        this.#actor?.send({ type: 'LUMI_CLOSED', block });
      },
      exhausted: () => {
        shared.inputEnded();
        this.#actor?.send({ type: 'FINISH' });
      },
      eventFinished: (block) => {
        shared.book.look(block);
      },
    });
  }

  get runnable(): boolean {
    return this.processor.runnable;
  }

  step(): void {
    this.#processorActor?.send(stepEvents);
  }

  /** Starts the actors of this EDM stream as children of the actor of its lane. */
  start(parent: AnyActorRef): void {
    const { turns, errors, book, streamFinished, streamEnded } = this.#shared;
    const name = `stream${String(this.index)}`;
    const machine = edmStreamMachine.provide({
      actors: { transition: fromPromise(({ input }) => this.#transition(input)) },
      actions: {
        begun: () => {
          turns.wake(this);
        },
        entered: (_, lumi) => {
          if (lumi !== undefined && !errors.hasFailed) this.processor.enteredLumi(lumi);
        },
        leftLumi: (_, lumi) => {
          if (lumi === undefined) return;
          lumi.streams--;
          if (this.processor.block === lumi) this.processor.block = undefined;
          book.look(lumi);
        },
        leftRun: (_, run) => {
          if (run === undefined) return;
          run.streams--;
          book.lookAtRun(run);
        },
        dropClaimed: () => {
          this.processor.dropClaimed();
        },
        finished: streamFinished,
        ended: streamEnded,
      },
    });
    this.#actor = createActor(machine, { parent, id: name, systemId: name }).start();
    const logic = eventProcessorLogic(this.processor, this.#runner, this.#workers);
    this.#processorActor = createActor(logic, {
      parent: this.#actor,
      id: 'events',
      systemId: `${name}.events`,
    }).start();
    this.#actor.send({ type: 'START' });
  }

  /** The job has failed: an event that waits for its block is given up. */
  cancelWaiting(): void {
    if (this.processor.phase !== 'waiting for lumi') return;
    this.#shared.inputEnded();
    this.#actor?.send({ type: 'FINISH' });
  }

  /** Every run has ended. */
  end(): void {
    if (this.#isActive) this.#actor?.send({ type: 'END' });
  }

  /** A run or block has begun. */
  blockBegun(): void {
    if (this.#isActive) this.#actor?.send({ type: 'BLOCK_BEGUN' });
  }

  /** The source has gone on from a block. */
  lumiClosed(block: LumiBlock): void {
    const waits = this.processor.phase === 'claiming' || this.processor.phase === 'exhausted';
    if (waits && this.#isActive) this.#actor?.send({ type: 'LUMI_CLOSED', block });
  }

  get #isActive(): boolean {
    return this.#actor?.getSnapshot().status === 'active';
  }

  async #transition(transition: StreamTransition): Promise<void> {
    const { hooks, transitions } = this.#shared;
    transitions[transition.name]++;
    switch (transition.name) {
      case 'beginStream':
      case 'endStream':
        await hooks.job(transition.name, this.#targets, this.index);
        return;
      case 'streamBeginRun':
        transition.block.streams++;
        await hooks.run(transition.name, transition.block, this.#runTargets, this.index);
        return;
      case 'streamEndRun':
        await hooks.run(transition.name, transition.block, this.#runTargets, this.index);
        return;
      case 'streamBeginLumi':
        transition.block.streams++;
        this.#setup.products = transition.block.setup;
        await hooks.lumi(transition.name, transition.block, this.#lumiTargets, this.index);
        return;
      case 'streamEndLumi':
        await hooks.lumi(transition.name, transition.block, this.#lumiTargets, this.index);
        return;
    }
  }
}
