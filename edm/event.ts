import type { EventId } from './ids.ts';
import type { ProcessHistory, Provenance } from './provenance.ts';
import type { RandomEngine } from './random.ts';
import type { Columns, SoA, SoAType } from './soa.ts';
import type { ProductLevel } from './branch.ts';

declare const tokenBrand: unique symbol;

/** Permission to read a product, got from `consumes`. An integer: reading is an array access. */
export type GetToken<T, L extends ProductLevel = 'event'> = number & {
  readonly [tokenBrand]: ['get', T, L];
};

/** Permission to put a product, got from `produces`. */
export type PutToken<T, L extends ProductLevel = 'event'> = number & {
  readonly [tokenBrand]: ['put', T, L];
};

/** Permission to read an event setup product, got from `setupConsumes`. */
export type SetupToken<T> = number & { readonly [tokenBrand]: ['setup', T] };

/** Reading products of one level. */
export interface ProductReader<L extends ProductLevel> {
  /** The product. Throws `EDMESH_PRODUCT_NOT_FOUND` when it is absent, `EDMESH_UNDECLARED_ACCESS` for a foreign token. */
  get<T>(token: GetToken<T, L>): T;
  /** The product, or `undefined` when it is absent. */
  find<T>(token: GetToken<T, L>): T | undefined;
  /** How the product was made. Throws like `get`. */
  provenance(token: GetToken<unknown, L>): Provenance;
}

/** Reading and putting products of one level. */
export interface ProductStore<L extends ProductLevel> extends ProductReader<L> {
  /**
   * Puts a product, once. Throws `EDMESH_PUT_TWICE` and `EDMESH_UNDECLARED_ACCESS`. For a product with a declared
   * reduction it gives a partial, and may be called by every EDM stream.
   */
  put<T>(token: PutToken<T, L>, product: T): void;
  /** A zeroed SoA product of `size` rows on a buffer of the framework. */
  allocate<C extends Columns>(type: SoAType<C>, size: number): SoA<C>;
}

/** A run as modules see it. */
export interface Run extends ProductStore<'run'> {
  /** Counts the runs of the job in the order of the data, from 0; a run that comes back is another one. */
  readonly number: number;
  readonly run: number;
  /** Microseconds since 1970 of its first event, 0 where the source knows none. */
  readonly timeUs: number;
  readonly processHistory: ProcessHistory;
}

/** A luminosity block as modules see it. */
export interface LuminosityBlock extends ProductStore<'lumi'> {
  /** Counts the blocks of the job in the order of the data, from 0; a block that comes back is another one. */
  readonly number: number;
  readonly run: number;
  readonly lumi: number;
  /** Microseconds since 1970 of its first event, 0 where the source knows none. */
  readonly timeUs: number;
  readonly processHistory: ProcessHistory;
  /** Products of the run that modules put at its begin. */
  readonly runProducts: ProductReader<'run'>;
}

/** What every module can know of an event. */
export interface EventInfo extends EventId {
  /** Microseconds since 1970, 0 where the source knows none. */
  readonly timeUs: number;
  /** Unique in the job, from 0, in the order in which events were claimed. */
  readonly ordinal: number;
  /** How often the event had been sent before: 0 unless it had to be sent again. */
  readonly attempt: number;
  /**
   * Number of the luminosity block: counts the blocks of the job in the order of the data, from 0; a block that comes back
   * is another one. A source that reads in order does not know it yet.
   */
  readonly lumiNumber: number;
  readonly processHistory: ProcessHistory;
}

/** An event as analyzers see it: read only. */
export interface EventReader extends EventInfo, ProductReader<'event'> {
  /** Products put at the begin of the luminosity block. */
  readonly lumiProducts: ProductReader<'lumi'>;
  /** Products put at the begin of the run. */
  readonly runProducts: ProductReader<'run'>;
  /** Random numbers keyed by seed, module label, run, lumi and event. */
  readonly random: RandomEngine;
}

/** An event as producers and filters see it. */
export interface Event extends EventReader, ProductStore<'event'> {}

/**
 * Conditions data valid for the transition. They change at the begin of a run or a luminosity block and not within one:
 * where a record is by time, its events see what is valid at the time of the first of them.
 */
export interface EventSetup {
  /** The product. Throws `EDMESH_UNDECLARED_ACCESS` for a foreign token. */
  get<T>(token: SetupToken<T>): T;
}
