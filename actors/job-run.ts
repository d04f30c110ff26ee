import { createActor, fromPromise, waitFor, type ActorRefFrom } from 'xstate';
import { EdmeshError, type ProcessDefinition, type SourceReader } from '../edm/index.ts';
import type { Environment, Timer } from './environment.ts';
import { EventWatch } from './event-watch.ts';
import { assembleJob, type JobAssembly } from './job-assembly.ts';
import { JobErrors } from './job-errors.ts';
import type { JobOptions } from './job-options.ts';
import { makeReport, noFigures, type RunFigures } from './make-report.ts';
import { processMachine } from './process.machine.ts';
import type { JobProgress, JobReport } from './report.ts';
import { resolveProcess, type ResolvedProcess } from './resolve.ts';
import { openEventSetup } from './open-event-setup.ts';
import { openSource, type SourceActor } from './open-source.ts';

/** One pass of a process over its events, from construction to end of job: an actor system of its own. */
export class JobRun {
  readonly #definition: ProcessDefinition;
  readonly #options: JobOptions;
  readonly #environment: Environment;
  readonly #warmUp: boolean;
  readonly #errors: JobErrors;
  readonly #figures: RunFigures = noFigures();
  readonly #summaries = new Map<string, unknown>();
  readonly #process: ActorRefFrom<typeof processMachine>;
  #source: SourceActor | undefined;
  #resolved: ResolvedProcess | undefined;
  #assembly: JobAssembly | undefined;
  #watch: EventWatch | undefined;
  #runTimer: Timer | undefined;
  #stopped = false;
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
    this.#errors = new JobErrors(
      definition.data.name,
      () => {
        this.#process.send({ type: 'FATAL' });
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
    const givenUp = new Promise<void>((resolve) => {
      this.#giveUp = resolve;
    });
    this.#process.start();
    const ended = waitFor(this.#process, ({ status }) => status !== 'active', {
      timeout: Number.POSITIVE_INFINITY,
    });
    await Promise.race([ended, givenUp]);
    stopListening();
    this.#watch?.stop();
    return makeReport({
      definition: this.#definition,
      options: this.#options,
      resolved: this.#resolved,
      // Warm-up events are in no number: of a warm-up that fails, only the error is told.
      assembly: this.#warmUp ? undefined : this.#assembly,
      errors: this.#errors,
      figures: this.#warmUp ? noFigures() : this.#figures,
      summaries: this.#warmUp ? new Map<string, unknown>() : this.#summaries,
      peakRssBytes: this.#environment.peakRssBytes(),
    });
  }

  /** Takes no more events and ends as usual. */
  stop(): void {
    this.#stopped = true;
    if (this.#process.getSnapshot().status === 'active') this.#process.send({ type: 'STOP' });
  }

  progress(): JobProgress {
    const phases = {
      constructing: 'constructing',
      constructed: 'constructing',
      beginJob: 'constructing',
      running: this.#warmUp ? 'warmingUp' : 'running',
      draining: 'draining',
      endJob: 'ending',
      done: 'ended',
      failed: 'ended',
    } as const;
    const { beganMs, endedMs } = this.#figures;
    const untilMs = endedMs === 0 ? this.#environment.now() : endedMs;
    return {
      phase: phases[this.#process.getSnapshot().value],
      events: this.#assembly?.streams.reduce((sum, { counters }) => sum + counters.events, 0) ?? 0,
      eventsExpected: this.#assembly?.claims.expected,
      runningSeconds: beganMs === 0 ? 0 : (untilMs - beganMs) / 1000,
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
          this.#assembly?.claims.stop();
        },
        cancelWaiting: () => {
          for (const stream of this.#assembly?.streams ?? []) stream.cancelWaiting();
        },
        streamsEnded: () => {
          this.#watch?.stop();
          if (this.#watch === undefined) return;
          this.#figures.endedMs = this.#environment.now();
          this.#figures.cpuEnded = this.#environment.cpuSeconds();
        },
      },
      guards: {
        hasFailed: () => this.#errors.fatal !== undefined,
        isConstructed: () => this.#assembly !== undefined,
      },
    });
  }

  async #construct(): Promise<void> {
    const { logger, allocate } = this.#environment;
    try {
      const context = { logger, allocate, warmUp: this.#warmUp };
      const resolved = resolveProcess(this.#definition, context);
      this.#resolved = resolved;
      if (!this.#warmUp) for (const warning of resolved.warnings) logger.warn(warning);
      const setupAt = await openEventSetup(this.#process, resolved.construction.setups);
      const reader = await this.#openSource(resolved);
      this.#assembly = assembleJob({
        resolved,
        reader,
        setupAt,
        options: this.#options,
        environment: this.#environment,
        errors: this.#errors,
        sourceAt: (run, lumi) => this.#source?.send({ type: 'AT', run, lumi }),
        streamsEnded: () => {
          this.#process.send({ type: 'STREAMS_ENDED' });
        },
      });
    } catch (error) {
      this.#errors.fail(error, 'construction');
      await this.#closeSource();
    }
  }

  async #openSource({ construction }: ResolvedProcess): Promise<SourceReader> {
    const { source } = construction;
    if (source === undefined) throw new EdmeshError('EDMESH_INTERNAL', 'no source');
    const opened = await openSource(this.#process, source.instance, (error) => {
      this.#errors.fail(error, 'source', 'close');
    });
    this.#source = opened.actor;
    return opened.reader;
  }

  async #beginJob(): Promise<void> {
    const assembly = this.#assembly;
    if (assembly === undefined) return;
    assembly.transitions.beginJob++;
    await assembly.hooks.job('beginJob', assembly.instances);
  }

  #startStreams(): void {
    const { streams = [], claims } = this.#assembly ?? {};
    const { runForSeconds } = this.#options;
    this.#figures.beganMs = this.#environment.now();
    this.#figures.cpuBegan = this.#environment.cpuSeconds();
    const processors = streams.map(({ processor }) => processor);
    this.#watch = new EventWatch(
      this.#environment,
      this.#definition.data.options.eventTimeoutMs,
      processors,
    );
    this.#watch.start();
    if (runForSeconds !== undefined) {
      this.#runTimer = this.#environment.after(runForSeconds * 1000, () => claims?.stop());
    }
    for (const stream of streams) stream.start(this.#process);
    if (this.#stopped) this.#process.send({ type: 'STOP' });
  }

  async #endJob(): Promise<void> {
    const assembly = this.#assembly;
    const resolved = this.#resolved;
    if (assembly === undefined || resolved === undefined) return;
    assembly.transitions.endJob++;
    for (const target of assembly.instances) {
      const partial = await assembly.hooks.endJob(target);
      if (partial === undefined) continue;
      const problem = jsonProblem(partial);
      if (problem !== undefined) {
        const message = `the summary of ${target.label} is not plain data: ${problem}`;
        const error = new EdmeshError('EDMESH_MODULE_CONTRACT', message, {
          fields: { label: target.label },
        });
        this.#errors.fail(error, `module ${target.label}`, 'endJob');
        continue;
      }
      const reduce = resolved.construction.modules[target.index]?.type.reduceSummary;
      const before = this.#summaries.get(target.label);
      try {
        const both =
          before === undefined || reduce === undefined ? partial : reduce(before, partial);
        this.#summaries.set(target.label, both);
      } catch (error) {
        this.#errors.fail(error, `module ${target.label}`, 'endJob');
      }
    }
    await this.#closeSource();
  }

  async #closeSource(): Promise<void> {
    if (this.#source === undefined) return;
    const closed = waitFor(this.#source, ({ status }) => status !== 'active', {
      timeout: Number.POSITIVE_INFINITY,
    });
    this.#source.send({ type: 'CLOSE' });
    await closed;
  }

  /** The event loop has run dry while the job is not over: something waits for what cannot come. */
  #nothingLeft(): void {
    if (this.#watch?.abandonAll() === true) return;
    const error = new EdmeshError(
      'EDMESH_HOLDER_ABANDONED',
      'the job waits for a promise that nothing can settle any more: the source, the event setup or a transition of a module',
    );
    const waiting = this.#assembly?.claims.abandon(error) === true;
    if (waiting) return;
    const ending = this.#ending || this.#process.getSnapshot().value === 'endJob';
    this.#ending = true;
    this.#errors.fail(error);
    if (ending || this.#assembly === undefined) this.#giveUp();
    else this.#environment.defer(() => void this.#endJob().finally(this.#giveUp));
  }
}

/** Why a summary cannot be written as JSON, or `undefined`. */
function jsonProblem(summary: unknown): string | undefined {
  try {
    JSON.stringify(summary);
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0];
  }
}
