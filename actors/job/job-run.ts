import { createActor, fromPromise, waitFor, type ActorRefFrom } from 'xstate';
import { EdmeshError, noTransitions, type ProcessDefinition } from '../../edm/index.ts';
import type { BatchFeeder } from '../source/batch-feeder.ts';
import { expectedEvents } from '../source/claims.ts';
import { blockLimits, claimLimits } from './job-limits.ts';
import type { Environment, Timer } from '../environment.ts';
import { JobClock } from './job-clock.ts';
import { JobErrors } from './job-errors.ts';
import { JobLanes } from './job-lanes.ts';
import { jobInput } from './job-input.ts';
import { JobSource } from './job-source.ts';
import type { JobOptions } from './job-options.ts';
import { instancesOf, openJobSetup } from './job-instances.ts';
import { thisThread } from '../lane/lane-host.ts';
import type { LaneResult, LaneTraits } from '../lane/lane-handle.ts';
import { idleLanes, lanePlaces } from '../lane/lane-places.ts';
import { LanesInside } from './lanes-inside.ts';
import { makeReport } from './make-report.ts';
import { phaseOf, processMachine } from './process.machine.ts';
import type { JobProgress, JobReport } from './report.ts';
import { RunLumiBook } from './run-lumi-book.ts';
import { RunLumiCoordinator } from './run-lumi-coordinator.ts';

/** One pass of a process over its events, from construction to end of job: an actor system of its own. */
export class JobRun {
  readonly #definition: ProcessDefinition;
  readonly #options: JobOptions;
  readonly #environment: Environment;
  readonly #warmUp: boolean;
  readonly #errors: JobErrors;
  readonly #clock: JobClock;
  readonly #transitions = noTransitions();
  readonly #process: ActorRefFrom<typeof processMachine>;
  #lanes: JobLanes | undefined;
  readonly #source = new JobSource();
  #book: RunLumiBook | undefined;
  #feeder: BatchFeeder | undefined;
  #coordinator: RunLumiCoordinator | undefined;
  #expected: number | undefined;
  #runTimer: Timer | undefined;
  #isOpen = false;
  #stopped = false;
  #streamsEnding = false;
  /** Whether nothing is left to do but to close connections. */
  #isOver = false;
  /** Whether the end of the job has been tried although something never settles. */
  #ending = false;
  #giveUp: () => void = () => undefined;

  constructor(
    definition: ProcessDefinition,
    options: JobOptions,
    environment: Environment,
    warmUp: boolean,
  ) {
    this.#definition = definition;
    this.#options = options;
    this.#environment = environment;
    this.#warmUp = warmUp;
    this.#clock = new JobClock(environment);
    this.#errors = new JobErrors(
      definition.data.name,
      (error) => {
        this.#lanes?.jobFailed(error);
        if (this.#process.getSnapshot().status === 'active') this.#process.send({ type: 'FATAL' });
      },
      (message) => {
        environment.logger.warn(message);
      },
    );
    this.#process = createActor(this.#machine(), {
      id: definition.data.name,
      systemId: 'process',
      ...(options.inspect === undefined ? {} : { inspect: options.inspect }),
    });
  }

  /** Runs to the end and reports; never rejects. */
  async run(): Promise<JobReport> {
    const stopListening = this.#environment.onIdle(() => {
      this.#nothingLeft();
    });
    const givenUp = this.#givenUp();
    this.#process.start();
    const ended = waitFor(this.#process, ({ status }) => status !== 'active', {
      timeout: Number.POSITIVE_INFINITY,
    });
    await Promise.race([ended, givenUp]);
    // Warm-up events are in no number: of a warm-up that fails, only the error is told.
    const counts = this.#isOpen && !this.#warmUp;
    const results: readonly LaneResult[] = counts ? ((await this.#lanes?.results()) ?? []) : [];
    this.#isOver = true;
    const transport = await Promise.race([this.#lanes?.disconnect(), this.#givenUp()]);
    stopListening();
    this.#lanes?.close();
    return makeReport({
      definition: this.#definition,
      options: this.#options,
      results,
      events: counts ? (this.#lanes?.events ?? 0) : 0,
      transport,
      transitions: counts ? this.#transitions : noTransitions(),
      errors: this.#errors,
      wallSeconds: this.#warmUp ? 0 : this.#clock.wallSeconds,
      cpuSeconds: this.#warmUp ? 0 : this.#clock.cpuSeconds,
      peakRssBytes: this.#environment.peakRssBytes(),
    });
  }

  /** Takes no more events and ends as usual. */
  stop(): void {
    this.#stopped = true;
    // Lanes that wait for other processes need to know even before they are open.
    if (this.#options.mesh !== undefined) this.#lanes?.stop();
    if (this.#process.getSnapshot().status === 'active') this.#process.send({ type: 'STOP' });
  }

  progress(): JobProgress {
    return {
      phase: phaseOf(this.#process.getSnapshot().value, this.#warmUp),
      events: this.#lanes?.events ?? 0,
      eventsExpected: this.#expected,
      runningSeconds: this.#clock.runningSeconds,
    };
  }

  #machine() {
    return processMachine.provide({
      actors: {
        construct: fromPromise(() => this.#construct()),
        beginJob: fromPromise(() => this.#beginJob()),
        endJob: fromPromise(() => this.#endJob()),
      },
      actions: {
        startStreams: () => {
          this.#startStreams();
        },
        stopClaims: () => {
          this.#runTimer?.cancel();
          this.#stopClaims();
        },
        cancelWaiting: () => this.#lanes?.cancel(),
        streamsEnded: () => {
          this.#clock.end();
        },
      },
      guards: {
        hasFailed: () => this.#errors.fatal !== undefined,
        isConstructed: () => this.#isOpen,
      },
    });
  }

  async #construct(): Promise<void> {
    const environment = this.#environment;
    const { logger } = environment;
    const { threads, streams, laneHost = thisThread } = this.#options;
    const places = lanePlaces(threads, streams);
    const host = places.length === 1 ? thisThread : laneHost;
    const idle = idleLanes(threads, streams);
    if (idle !== undefined && !this.#warmUp) logger.warn(idle);
    try {
      const lanes = new JobLanes({
        host,
        places,
        definition: this.#definition,
        options: this.#options,
        warmUp: this.#warmUp,
        environment,
        errors: this.#errors,
        parent: this.#process,
        book: () => this.#book,
        feeder: () => this.#feeder,
        look: () => this.#coordinator?.look(),
        interrupted: (error) => {
          if (!this.#stopped) this.#errors.interrupt(error);
          this.stop();
        },
      });
      this.#lanes = lanes;
      const [traits] = await lanes.construct();
      if (traits === undefined) throw new EdmeshError('EDMESH_INTERNAL', 'there is no lane');
      if (!this.#warmUp) for (const warning of traits.warnings) logger.warn(warning);
      await this.#open(lanes, traits, places.length);
      this.#isOpen = true;
    } catch (error) {
      this.#errors.failOnce(error, 'construction');
      await this.#source.close();
    }
  }

  /** Opens event setup and source, then the lanes on what they give. */
  async #open(lanes: JobLanes, traits: LaneTraits, count: number): Promise<void> {
    const isAlone = count === 1;
    const instances = traits.instances ?? instancesOf(this.#definition, this.#environment);
    const setupAt = await openJobSetup(this.#process, instances.setups, isAlone);
    const reader = await this.#source.open(this.#process, instances.source.instance, (error) => {
      this.#errors.fail(error, 'source', 'close');
    });
    const limits = claimLimits(this.#options);
    this.#expected = expectedEvents(reader, limits);
    const book = new RunLumiBook(
      blockLimits(this.#definition.data.options, this.#options.streams, traits),
      reader.kind === 'pushed' ? new LanesInside([...Array(count).keys()]) : undefined,
    );
    this.#book = book;
    this.#coordinator = new RunLumiCoordinator({
      book,
      lanes: () => lanes.handles,
      actsOnBegin: traits.actsOnBegin,
      errors: this.#errors,
      transitions: this.#transitions,
      setupAt,
      lumiBegun: ({ info }) => {
        this.#source.at(info.run.run, info.lumi);
      },
      allEnded: () => {
        this.#lookAtEnd(lanes, book);
      },
    });
    const { eventTimeoutMs: timeoutMs, seed } = this.#definition.data.options;
    const { rules, feeder } = jobInput(reader, limits, isAlone, {
      source: instances.source,
      environment: this.#environment,
      timeoutMs,
      seed,
      found: (info) => {
        book.found(info);
        this.#coordinator?.look();
      },
      dropped: (info, events) => {
        book.dropped(info.number, events);
        this.#coordinator?.look();
      },
    });
    this.#feeder = feeder;
    await lanes.open(rules);
  }

  async #beginJob(): Promise<void> {
    this.#transitions.beginJob++;
    await this.#lanes?.beginJob();
  }

  #startStreams(): void {
    const { runForSeconds } = this.#options;
    this.#clock.begin();
    if (runForSeconds !== undefined) {
      this.#runTimer = this.#environment.after(runForSeconds * 1000, () => {
        this.#stopClaims();
      });
    }
    this.#lanes?.start();
    if (this.#stopped) this.#process.send({ type: 'STOP' });
  }

  #stopClaims(): void {
    this.#feeder?.stop();
    this.#lanes?.stop();
  }

  /** Every block has ended for now: if the EDM streams are out of everything too, they end. */
  #lookAtEnd(lanes: JobLanes, book: RunLumiBook): void {
    if (this.#streamsEnding || !lanes.allFinished || !book.allEnded) return;
    this.#streamsEnding = true;
    void lanes.endStreams().then(() => {
      this.#process.send({ type: 'STREAMS_ENDED' });
    });
  }

  async #endJob(): Promise<void> {
    this.#transitions.endJob++;
    await this.#lanes?.endJob();
    await this.#source.close();
  }

  /** Resolves when there is no use in waiting any longer. */
  #givenUp(): Promise<undefined> {
    return new Promise((resolve) => {
      this.#giveUp = resolve.bind(undefined, undefined);
    });
  }

  /** The event loop has run dry while the job is not over: something waits for what cannot come. */
  #nothingLeft(): void {
    const error = new EdmeshError(
      'EDMESH_HOLDER_ABANDONED',
      'the job waits for a promise that nothing can settle any more: ' +
        'the source, the event setup, a connection or a transition of a module',
    );
    const abandons = () =>
      this.#lanes?.abandon(error) === true || this.#feeder?.abandon(error) === true;
    if (!this.#isOver && abandons()) return;
    const ending = this.#isOver || this.#ending || this.#process.getSnapshot().value === 'endJob';
    this.#ending = true;
    this.#errors.fail(error);
    if (ending || !this.#isOpen) this.#giveUp();
    else this.#environment.defer(() => void this.#endJob().finally(this.#giveUp));
  }
}
