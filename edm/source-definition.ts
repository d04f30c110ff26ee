import type { z } from 'zod';
import type { EventInfo, ProductStore, PutToken } from './event.ts';
import type { EventId, MutableEventId } from './ids.ts';
import type { Logger } from './logger.ts';
import {
  configurable,
  noParameters,
  type ConfigurableType,
  type Configure,
  type NoParameters,
  type ParameterSchema,
} from './parameters.ts';
import type { ProductType } from './product-type.ts';
import type { RandomEngine } from './random.ts';

/** What the `construct` of a source gets. */
export interface SourceContext {
  readonly processName: string;
  readonly logger: Logger;
  /** Declares a product that the source puts into every event; its module label is `source`. */
  produces<T>(type: ProductType<T>, instance?: string): PutToken<T>;
}

/** The event that a source fills. */
export interface SourceEvent extends EventInfo, Pick<ProductStore<'event'>, 'put' | 'allocate'> {
  readonly random: RandomEngine;
}

/**
 * A source that can reach every event by its index: EDM streams claim indices and read on their own. `identify` is cheap
 * and does not throw; `read` may throw an error that concerns its event alone.
 */
export interface IndexedReader {
  readonly kind: 'indexed';
  /** Number of events; `Infinity` for a source that never ends. */
  readonly count: number;
  /** Fills the id of an event. */
  identify(index: number, id: MutableEventId): void;
  /** Puts the products of an event. */
  read(index: number, event: SourceEvent): void | Promise<void>;
  /**
   * What another thread needs to read the same input: plain data that structured clone can copy, its bulk in shared
   * memory. Left out: every thread opens the input itself. Called once, before any read.
   */
  share?(): unknown;
  close?(): void | Promise<void>;
}

/** A source that gives its events in order. Calls do not overlap. How many there are is known only at the end. */
export interface SequentialReader {
  readonly kind: 'sequential';
  /** Whether its events come when they come, so that the event time-out does not hold for `next`. */
  readonly isLive?: boolean;
  /**
   * Fills id and products of the next event; `false` when there is none. May throw an error that concerns this event
   * alone, after filling its id: the next call goes on after it.
   */
  next(id: MutableEventId, event: SourceEvent): boolean | Promise<boolean>;
  /** Goes back to the first event; a source without it cannot be cycled. */
  rewind?(): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** A run as whoever pushes events announces it; `number` counts the runs of the job from 0, a run that comes back is another. */
export interface PushedRun {
  readonly number: number;
  readonly run: number;
  readonly firstLumi: number;
  readonly timeUs: number;
}

/** A luminosity block as whoever pushes events announces it; `number` counts those of the job from 0, without a gap. */
export interface PushedLumi {
  readonly number: number;
  readonly run: PushedRun;
  readonly lumi: number;
  readonly timeUs: number;
}

/** An event as it is pushed; `ordinal` and `attempt` are those of {@link EventInfo}. */
export interface PushedEvent extends EventId {
  readonly timeUs: number;
  readonly ordinal: number;
  readonly attempt: number;
  /** Number of the luminosity block that the event is in. */
  readonly lumiNumber: number;
}

/**
 * Takes what is pushed to one lane. Never throws: what breaks its rules fails the job with `EDMESH_SOURCE_CONTRACT`. A job
 * that fails, or stops and cannot {@link PushedReader.drain}, drops what has not been claimed, and all that comes after.
 */
export interface PushedSink {
  /** Announces a luminosity block, in order of number; also one that will have no events in this lane. */
  beginLumi(lumi: PushedLumi): void;
  /** An event of a block that was announced and has not ended. Events come in order of their lumi numbers. */
  event(event: PushedEvent): void;
  /** There will be no further event of this block in this lane. An event of a later block says so of all before it. */
  endLumi(number: number): void;
  /** Nothing will come any more. */
  endOfData(): void;
  /** The events cannot go on: ends the job with this error. */
  fail(error: unknown): void;
}

/**
 * A source whose events are pushed to it from outside, to each lane on its own. Who pushes them numbers runs and luminosity
 * blocks, in all lanes alike. Each lane opens a reader of its own; where there are several lanes, the process opens one too,
 * on which it does not listen. It cannot be skipped, limited or cycled.
 */
export interface PushedReader {
  readonly kind: 'pushed';
  /**
   * Begins to listen. Called once in each lane, when its module instances exist, before its connection to other processes
   * is opened. What comes before events can begin is kept. A promise is waited for before the job begins.
   */
  listen(sink: PushedSink): void | Promise<void>;
  /** Puts the products of an event that an EDM stream has claimed. May throw an error that concerns this event alone. */
  read(event: PushedEvent, into: SourceEvent): void;
  /**
   * The job is to take no more events: asks whoever pushes to stop. `true`: what has been and will be pushed is processed up
   * to `endOfData`. `false`, or left out: what has not been claimed is dropped, as where the job has failed.
   */
  drain?(): boolean;
  /** The event has been dealt with, or dropped; called once for each that was given to the sink, maybe within that call. */
  done(event: PushedEvent): void;
  /** Called also where nobody listened. */
  close?(): void | Promise<void>;
}

/** An open source. */
export type SourceReader = IndexedReader | SequentialReader | PushedReader;

/** A configured source. It has `attach` where its readers have `share`, or neither. */
export interface SourceInstance {
  /** Opens the input. Throws `EDMESH_FILE_OPEN` or `EDMESH_FILE_READ`. */
  open(): SourceReader | Promise<SourceReader>;
  /**
   * A reader over an input that another thread has opened: `shared` is what its `share` gave. Each reader is closed on its
   * own. Throws what `open` throws, and `EDMESH_SOURCE_CONTRACT` where `shared` is something else.
   */
  attach?(shared: unknown): SourceReader | Promise<SourceReader>;
}

/** A type of source, declared once; calling it with parameters configures a source. */
export interface SourceType extends ConfigurableType {
  readonly role: 'source';
  readonly construct: (context: SourceContext, parameters: never) => SourceInstance;
}

/** Declares a type of source. */
export function defineSource<S extends ParameterSchema = NoParameters>(declaration: {
  readonly type: string;
  readonly description: string;
  readonly parameters?: S;
  readonly construct: (context: SourceContext, parameters: z.output<S>) => SourceInstance;
}): Configure<S, 'source'> & SourceType {
  const parameters: ParameterSchema = declaration.parameters ?? noParameters;
  return configurable({
    typeName: declaration.type,
    role: 'source',
    description: declaration.description,
    parameters,
    construct: declaration.construct,
  });
}
