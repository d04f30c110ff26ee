import type {
  Event,
  EventReader,
  EventSetup,
  LuminosityBlock,
  ProductStore,
  Run,
} from './event.ts';

/** A hook may work at once or return a promise; events wait for it. */
type Hook = void | Promise<void>;

/**
 * What a module can do at transitions other than events. A `stream` module has one instance per EDM stream: each gets
 * `beginJob`, the stream transitions and `endJob`; the global run and lumi transitions go to the first. A `global` or
 * `one` module has one instance that gets everything; a `one` module has no stream transitions. With several lanes a
 * `global` module has an instance in each: all get the begin of runs and lumis, where what the first puts counts, and the
 * end, where each puts its part and the declared reduction combines them.
 */
export interface TransitionHooks {
  beginJob?(): Hook;
  beginStream?(streamIndex: number): Hook;
  beginRun?(run: Run, setup: EventSetup): Hook;
  streamBeginRun?(run: Run, setup: EventSetup, streamIndex: number): Hook;
  beginLumi?(lumi: LuminosityBlock, setup: EventSetup): Hook;
  streamBeginLumi?(lumi: LuminosityBlock, setup: EventSetup, streamIndex: number): Hook;
  streamEndLumi?(lumi: LuminosityBlock, setup: EventSetup, streamIndex: number): Hook;
  endLumi?(lumi: LuminosityBlock, setup: EventSetup): Hook;
  streamEndRun?(run: Run, setup: EventSetup, streamIndex: number): Hook;
  endRun?(run: Run, setup: EventSetup): Hook;
  endStream?(streamIndex: number): Hook;
  /** Returns the summary, or this instance's partial of it. Called after an error too. */
  endJob?(): unknown;
}

/** The event in `acquire`: products can be read and buffers allocated, nothing can be put. */
export type AcquireEvent = EventReader & Pick<ProductStore<'event'>, 'allocate'>;

/**
 * The open end of an external work. Exactly one of its methods is called exactly once, from anywhere; a second call
 * throws `EDMESH_HOLDER_COMPLETED_TWICE`.
 */
export interface Holder {
  /** The work is done: the second half of the module runs next. */
  done(): void;
  /** The work failed: the module fails with this error. */
  fail(error: unknown): void;
  /** Completes the holder when the promise settles. */
  follow(promise: Promise<unknown>): void;
  /** What the work waits for, such as `products on edm.job.A.B.1`: the event time-out says so. */
  waitsFor?: string;
}

/** External work: `acquire` starts it and returns, the holder says when it is done, then the module's main call runs. */
export interface ExternalWork {
  acquire?(event: AcquireEvent, setup: EventSetup, holder: Holder): void;
}

/** An instance of a producer. */
export interface ProducerInstance extends TransitionHooks, ExternalWork {
  /** Makes products of one event. Must not return a promise: waiting belongs into `acquire`. */
  produce(event: Event, setup: EventSetup): void;
}

/** An instance of a filter. */
export interface FilterInstance extends TransitionHooks, ExternalWork {
  /** Decides about one event: `true` passes it. May put products. */
  filter(event: Event, setup: EventSetup): boolean;
}

/** An instance of an analyzer. */
export interface AnalyzerInstance extends TransitionHooks, ExternalWork {
  /** Looks at one event. */
  analyze(event: EventReader, setup: EventSetup): void;
}
