import type { z } from 'zod';
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

/** What the intervals of a record are counted in. */
export type IntervalUnit = 'run' | 'lumi' | 'time';

/** A kind of conditions data that change together, and what their intervals of validity are counted in. */
export interface SetupRecord {
  readonly name: string;
  readonly unit: IntervalUnit;
}

/**
 * Declares a record: `defineRecord('VeloGeometryRecord', 'run')`. Its interval is looked up at the begin of each run and of
 * each luminosity block, for records by time too: all events of a block see what is valid at the time of its first event.
 */
export function defineRecord(name: string, unit: IntervalUnit): SetupRecord {
  return { name, unit };
}

/** A point on the axis of a record: a run number, microseconds since 1970, or run and lumi. */
export type SetupPoint = number | readonly [run: number, lumi: number];

/** An interval of validity, both ends included. */
export interface IntervalOfValidity {
  readonly from: SetupPoint;
  readonly to: SetupPoint;
}

/** The interval that covers everything. */
export const alwaysValid: IntervalOfValidity = {
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
};

/** What the `construct` of an event setup producer gets. */
export interface SetupProducerContext {
  readonly label: string;
  readonly logger: Logger;
}

/** One configured event setup producer. */
export interface SetupProducerInstance<T> {
  /** The intervals it has data for, sorted, without overlap. Left out: one interval that is always valid. */
  intervals?(): readonly IntervalOfValidity[] | Promise<readonly IntervalOfValidity[]>;
  /** Makes the product of an interval; called once for each interval that is needed. */
  produce(interval: IntervalOfValidity): T | Promise<T>;
}

/** A type of event setup producer: it makes one product of one record. */
export interface SetupProducerType extends ConfigurableType {
  readonly role: 'setup';
  readonly record: SetupRecord;
  readonly product: ProductType;
  readonly construct: (
    context: SetupProducerContext,
    parameters: never,
  ) => SetupProducerInstance<unknown>;
}

/** Declares a type of event setup producer. */
export function defineSetupProducer<T, S extends ParameterSchema = NoParameters>(declaration: {
  readonly type: string;
  readonly description: string;
  readonly record: SetupRecord;
  readonly product: ProductType<T>;
  readonly parameters?: S;
  readonly construct: (
    context: SetupProducerContext,
    parameters: z.output<S>,
  ) => SetupProducerInstance<T>;
}): Configure<S, 'setup'> & SetupProducerType {
  const parameters: ParameterSchema = declaration.parameters ?? noParameters;
  return configurable({
    typeName: declaration.type,
    role: 'setup',
    description: declaration.description,
    parameters,
    record: declaration.record,
    product: declaration.product,
    construct: declaration.construct,
  });
}
