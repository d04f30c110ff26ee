import type { z } from 'zod';
import type { Branch, ProductLevel } from './branch.ts';
import type { GetToken, PutToken, SetupToken } from './event.ts';
import type { Logger } from './logger.ts';
import type {
  AnalyzerInstance,
  FilterInstance,
  ProducerInstance,
  TransitionHooks,
} from './module-instance.ts';
import {
  configurable,
  noParameters,
  type ConfigurableType,
  type Configure,
  type NoParameters,
  type ParameterSchema,
} from './parameters.ts';
import type { ProductType } from './product-type.ts';
import { sumOf, type Reduction } from './reduction.ts';

/**
 * How many instances a module has: one per EDM stream; one that runs concurrently, `global`; or `one` that runs one event
 * at a time. A `global` module has an instance in each lane of the job, a `one` module a single one, to which the products
 * of all lanes come. Either way `construct` is called in every lane, to declare: open files in `beginJob`.
 */
export type ModuleKind = 'stream' | 'global' | 'one';

/** What a module does to events: put products, decide, or only look. */
export type ModuleRole = 'producer' | 'filter' | 'analyzer';

/** What the `construct` of a module gets. Every declaration is made here; later it is too late. */
export interface ModuleContext {
  readonly label: string;
  readonly processName: string;
  readonly logger: Logger;
  /** Whether this instance runs warm-up events: it should write nothing. */
  readonly warmUp: boolean;
  /** Declares that a product is read. The tag is `label[:instance[:process]]`. Without a producer: an error. */
  consumes<T, L extends ProductLevel = 'event'>(
    type: ProductType<T>,
    tag: string,
    level?: L,
  ): GetToken<T, L>;
  /** Like `consumes`, but the process need not have a producer for it. */
  mayConsume<T, L extends ProductLevel = 'event'>(
    type: ProductType<T>,
    tag: string,
    level?: L,
  ): GetToken<T, L>;
  /**
   * Declares that every event product that a predicate selects is read; `selected` is filled before the first event.
   * The module's own products, path statuses and trigger results are never selected. `check` says what is wrong with the
   * selection, before the first event.
   */
  consumesMatching(
    predicate: (branch: Branch) => boolean,
    check?: SelectionCheck,
  ): SelectedProducts;
  /** A product type that stands in the parameters of this process, by name. Throws `EDMESH_PARAMETER`. */
  productType(name: string): ProductType;
  /** Declares that a product is put. */
  produces<T, L extends ProductLevel = 'event'>(
    type: ProductType<T>,
    options?: ProducesOptions<T, L>,
  ): PutToken<T, L>;
  /** Declares that an event setup product is read. */
  setupConsumes<T>(type: ProductType<T>): SetupToken<T>;
}

/** Options of `produces`. */
export interface ProducesOptions<T, L extends ProductLevel> {
  /** The product instance name; empty unless a module puts several products of one type. */
  readonly instance?: string;
  readonly level?: L;
  /** Combines the partials of the EDM streams; needed for what a `stream` module puts into a lumi or run. */
  readonly reduce?: Reduction<T>;
}

/** Branches that `consumesMatching` selected, with their tokens. */
export interface SelectedProducts {
  readonly selected: readonly {
    readonly branch: Branch;
    readonly type: ProductType;
    readonly token: GetToken<unknown>;
  }[];
}

/** Says what is wrong with a selection; what it returns are problems of the configuration. */
export type SelectionCheck = (selected: SelectedProducts['selected']) => readonly string[];

/** A constructed module, before its role is looked at. */
export type AnyInstance = TransitionHooks &
  Partial<Pick<ProducerInstance, 'produce' | 'acquire'>> &
  Partial<Pick<FilterInstance, 'filter'>> &
  Partial<Pick<AnalyzerInstance, 'analyze'>>;

/** A type of module, declared once; calling it with parameters configures a module. */
export interface ModuleType extends ConfigurableType {
  readonly role: 'module';
  readonly moduleRole: ModuleRole;
  readonly kind: ModuleKind;
  readonly reduceSummary: Reduction<unknown>;
  /** Makes an instance with parameters that have been parsed. */
  readonly construct: (context: ModuleContext, parameters: never) => AnyInstance;
}

/** The declaration of a module type. */
export interface ModuleDeclaration<I, S extends ParameterSchema> {
  /** Name of the type, unique in a process: letters and digits. */
  readonly type: string;
  readonly description: string;
  /** `stream` unless said otherwise. */
  readonly kind?: ModuleKind;
  readonly parameters?: S;
  /** Combines what the instances return at the end of the job; numbers and histograms add up unless said otherwise. */
  readonly reduceSummary?: Reduction<unknown>;
  /** Declares what is read and put, and makes an instance. Must declare the same every time. */
  readonly construct: (context: ModuleContext, parameters: z.output<S>) => I;
}

/** A module type that can be called with its parameters. */
export type CallableModuleType<S extends ParameterSchema> = Configure<S, 'module'> & ModuleType;

function define<I extends AnyInstance, S extends ParameterSchema>(
  moduleRole: ModuleRole,
  declaration: ModuleDeclaration<I, S>,
): CallableModuleType<S> {
  const { type, description, kind = 'stream', reduceSummary = sumOf, construct } = declaration;
  const parameters: ParameterSchema = declaration.parameters ?? noParameters;
  return configurable({
    typeName: type,
    role: 'module',
    description,
    parameters,
    moduleRole,
    kind,
    reduceSummary,
    construct,
  });
}

/** Declares a type of producer: it reads products and puts new ones. */
export function defineProducer<S extends ParameterSchema = NoParameters>(
  declaration: ModuleDeclaration<ProducerInstance, S>,
): CallableModuleType<S> {
  return define('producer', declaration);
}

/** Declares a type of filter: it decides whether the rest of its path runs. */
export function defineFilter<S extends ParameterSchema = NoParameters>(
  declaration: ModuleDeclaration<FilterInstance, S>,
): CallableModuleType<S> {
  return define('filter', declaration);
}

/** Declares a type of analyzer: it only looks. */
export function defineAnalyzer<S extends ParameterSchema = NoParameters>(
  declaration: ModuleDeclaration<AnalyzerInstance, S>,
): CallableModuleType<S> {
  return define('analyzer', declaration);
}
