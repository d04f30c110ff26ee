import type { z } from 'zod';
import { canonicalJson, hash128, type PlainData } from './canonical.ts';
import { listedError } from './errors.ts';
import {
  noParameters,
  parseParameters,
  plainParameters,
  typeOf,
  type ConfigurableRole,
  type ConfigurableType,
  type Configuration,
  type NoParameters,
  type ParameterData,
  type ParameterSchema,
} from './parameters.ts';
import { processOptions, type ProcessOptions } from './process-options.ts';
import { bodyProblems, headProblems } from './process-problems.ts';
import { productTypesIn, type ProductTypes } from './product-reference.ts';
import type { ProductType } from './product-type.ts';

/** What makes up a process. Items of paths and sequences are labels; `!label` negates a filter, `-label` ignores it. */
export interface ProcessBody {
  readonly source?: Configuration<'source'>;
  readonly modules?: Readonly<Record<string, Configuration<'module'>>>;
  readonly eventSetup?: Readonly<Record<string, Configuration<'setup'>>>;
  /** Ordered lists that paths can name. */
  readonly sequences?: Readonly<Record<string, readonly string[]>>;
  /** Modules that run when a product of theirs is asked for, even where a path that has them stops early. */
  readonly tasks?: Readonly<Record<string, readonly string[]>>;
  readonly paths?: Readonly<Record<string, readonly string[]>>;
  /** Paths that run after all others. Decisions of filters on them are ignored. */
  readonly endPaths?: Readonly<Record<string, readonly string[]>>;
  readonly options?: z.input<typeof processOptions>;
}

/** A configured type as plain data. */
export interface ConfigurationData {
  readonly type: string;
  readonly parameters: ParameterData;
}

/** A process as plain data: what can be dumped, hashed, sent to a thread or rewritten. */
export interface ProcessData {
  readonly name: string;
  readonly source: ConfigurationData | null;
  readonly modules: Readonly<Record<string, ConfigurationData>>;
  readonly eventSetup: Readonly<Record<string, ConfigurationData>>;
  readonly sequences: Readonly<Record<string, readonly string[]>>;
  readonly tasks: Readonly<Record<string, readonly string[]>>;
  readonly paths: Readonly<Record<string, readonly string[]>>;
  readonly endPaths: Readonly<Record<string, readonly string[]>>;
  readonly options: ProcessOptions;
}

/** The types that a process is made of, by role and name. */
export type TypeRegistry = ReadonlyMap<string, ConfigurableType>;

/** Plain data, and the types they name. */
export interface ProcessDefinition {
  readonly data: ProcessData;
  readonly types: TypeRegistry;
  /** The product types that stand in parameters, by name. */
  readonly productTypes?: ProductTypes;
  /** Operations for GPU modules, beside the built-in ones. */
  readonly gpuOperations?: readonly NamedOperation[];
}

/** An operation for GPU modules, as far as a definition knows it. */
export interface NamedOperation {
  readonly name: string;
  readonly description: string;
}

const templateBrand = Symbol.for('edmesh.ProcessTemplate');

/** What a config file exports: a process that may depend on parameters of its own. */
export interface ProcessTemplate<S extends ParameterSchema = ParameterSchema> {
  readonly name: string;
  readonly description: string;
  readonly parameters: S;
  readonly gpuOperations?: readonly NamedOperation[];
  /** The process for these parameters. Throws `EDMESH_PARAMETER` or `EDMESH_CONFIGURATION`. */
  configure(parameters?: unknown): ProcessDefinition;
  readonly [templateBrand]: true;
}

interface TemplateHead {
  /** Name of the process: letters and digits. */
  readonly name: string;
  readonly description?: string;
  /** Operations of `defineOperation` that GPU modules of the process run, beside the built-in ones. */
  readonly gpuOperations?: readonly NamedOperation[];
}

/**
 * Declares a process; the default export of a config file. Either its body stands in it, or, where the process depends
 * on parameters (`-p key=value`), `configure` makes the body from them. Throws `EDMESH_CONFIGURATION` that lists what is
 * wrong with name, description and parameters; what is wrong with the body is listed when it is configured.
 */
export function defineProcess<S extends ParameterSchema = NoParameters>(
  declaration: TemplateHead & {
    readonly parameters: S;
    readonly configure: (parameters: z.output<S>) => ProcessBody;
  },
): ProcessTemplate<S>;
export function defineProcess(declaration: TemplateHead & ProcessBody): ProcessTemplate;
export function defineProcess(
  declaration: TemplateHead &
    ProcessBody & {
      readonly parameters?: ParameterSchema;
      readonly configure?: (parameters: Record<string, unknown>) => ProcessBody;
    },
): ProcessTemplate {
  if (typeof (declaration as unknown) !== 'object' || (declaration as unknown) === null) {
    throw listedError('EDMESH_CONFIGURATION', 'process definition', [
      "defineProcess takes an object: defineProcess({ name: '…', … })",
    ]);
  }
  const { name, description = '', parameters = noParameters, configure, ...rest } = declaration;
  const { gpuOperations, ...body } = rest;
  const operations = gpuOperations === undefined ? {} : { gpuOperations };
  const parts = Object.keys(body);
  const problems = headProblems({ name, description, parameters, configure, parts });
  if (problems.length > 0) {
    if (configure === undefined) problems.push(...bodyProblems(body));
    throw listedError('EDMESH_CONFIGURATION', 'process definition', problems);
  }
  const schema = parameters.strict();
  return {
    name,
    description,
    parameters: schema,
    ...operations,
    configure(given = {}) {
      const parsed = parseParameters(`parameters of process ${name}`, schema, given);
      const made = configure === undefined ? body : configure(parsed);
      const found = bodyProblems(made);
      if (found.length > 0) throw listedError('EDMESH_CONFIGURATION', `process ${name}`, found);
      return { ...definitionOf(name, made), ...operations };
    },
    [templateBrand]: true,
  };
}

/** Whether a value came from {@link defineProcess}. */
export function isProcessTemplate(value: unknown): value is ProcessTemplate {
  return typeof value === 'object' && value !== null && templateBrand in value;
}

/** The key of a type in a {@link TypeRegistry}. */
export function registryKey(role: ConfigurableRole, typeName: string): string {
  return `${role} ${typeName}`;
}

/** The hash that provenance records: it changes with anything in the plain data. */
export function configurationHash(data: ProcessData): string {
  return hash128(canonicalJson(data as unknown as PlainData));
}

/** A process whose parts have been checked. */
function definitionOf(name: string, body: ProcessBody): ProcessDefinition {
  const types = new Map<string, ConfigurableType>();
  const productTypes = new Map<string, ProductType>();
  const plain = (configuration: Configuration): ConfigurationData => {
    const type = typeOf(configuration);
    types.set(registryKey(type.role, type.typeName), type);
    for (const each of productTypesIn(configuration.parameters)) productTypes.set(each.name, each);
    return { type: configuration.type, parameters: plainParameters(configuration) };
  };
  const plainAll = (part: Readonly<Record<string, Configuration>> = {}) =>
    Object.fromEntries(Object.entries(part).map(([label, each]) => [label, plain(each)]));
  const data: ProcessData = {
    name,
    source: body.source === undefined ? null : plain(body.source),
    modules: plainAll(body.modules),
    eventSetup: plainAll(body.eventSetup),
    sequences: { ...body.sequences },
    tasks: { ...body.tasks },
    paths: { ...body.paths },
    endPaths: { ...body.endPaths },
    options: parseParameters(`options of process ${name}`, processOptions, body.options ?? {}),
  };
  return { data, types, productTypes };
}
