import type { z } from 'zod';
import { canonicalJson, hash128, type PlainData } from './canonical.ts';
import { EdmeshError } from './errors.ts';
import {
  isConfiguration,
  noParameters,
  parseParameters,
  typeOf,
  type ConfigurableRole,
  type ConfigurableType,
  type Configuration,
  type NoParameters,
  type ParameterData,
  type ParameterSchema,
} from './parameters.ts';
import { processOptions, type ProcessOptions } from './process-options.ts';

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
}

const templateBrand = Symbol.for('edmesh.ProcessTemplate');

/** What a config file exports: a process that may depend on parameters of its own. */
export interface ProcessTemplate<S extends ParameterSchema = ParameterSchema> {
  readonly name: string;
  readonly description: string;
  readonly parameters: S;
  /** The process for these parameters. Throws `EDMESH_PARAMETER` or `EDMESH_CONFIGURATION`. */
  configure(parameters?: unknown): ProcessDefinition;
  readonly [templateBrand]: true;
}

interface TemplateHead {
  /** Name of the process: letters and digits. */
  readonly name: string;
  readonly description?: string;
}

/**
 * Declares a process; the default export of a config file. Either its body stands in it, or, where the process depends
 * on parameters (`-p key=value`), `configure` makes the body from them.
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
  const { name, description = '', parameters = noParameters, configure, ...body } = declaration;
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name)) {
    throw new EdmeshError(
      'EDMESH_CONFIGURATION',
      `process name '${name}': use a letter followed by letters and digits`,
    );
  }
  const schema = parameters.strict();
  return {
    name,
    description,
    parameters: schema,
    configure(given = {}) {
      const parsed = parseParameters(`parameters of process ${name}`, schema, given);
      return definitionOf(name, configure === undefined ? body : configure(parsed));
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

const bodyParts = new Set([
  'source',
  'modules',
  'eventSetup',
  'sequences',
  'tasks',
  'paths',
  'endPaths',
  'options',
] satisfies (keyof ProcessBody)[] as string[]);

function definitionOf(name: string, body: ProcessBody): ProcessDefinition {
  const unknown = Object.keys(body).filter((part) => !bodyParts.has(part));
  if (unknown.length > 0) {
    throw new EdmeshError(
      'EDMESH_CONFIGURATION',
      `process ${name} has no part '${unknown.join("', '")}'; there are ${[...bodyParts].join(', ')}`,
      { fields: { parts: unknown } },
    );
  }
  const types = new Map<string, ConfigurableType>();
  const plain = (label: string, configuration: Configuration): ConfigurationData => {
    if (!isConfiguration(configuration)) {
      throw new EdmeshError(
        'EDMESH_CONFIGURATION',
        `process ${name}, ${label}: not a configured type; call the type with its parameters`,
      );
    }
    const type = typeOf(configuration);
    const key = registryKey(type.role, type.typeName);
    const known = types.get(key);
    if (known !== undefined && known !== type) {
      throw new EdmeshError(
        'EDMESH_CONFIGURATION',
        `process ${name}, ${label}: two different types are called ${type.typeName}`,
      );
    }
    types.set(key, type);
    return { type: configuration.type, parameters: plainParameters(label, configuration) };
  };
  const plainAll = (part: Readonly<Record<string, Configuration>> = {}) =>
    Object.fromEntries(Object.entries(part).map(([label, each]) => [label, plain(label, each)]));
  const data: ProcessData = {
    name,
    source: body.source === undefined ? null : plain('source', body.source),
    modules: plainAll(body.modules),
    eventSetup: plainAll(body.eventSetup),
    sequences: { ...body.sequences },
    tasks: { ...body.tasks },
    paths: { ...body.paths },
    endPaths: { ...body.endPaths },
    options: parseParameters(`options of process ${name}`, processOptions, body.options ?? {}),
  };
  return { data, types };
}

/** The parameters with defaults filled in; as given where they do not match the schema, which construction reports. */
function plainParameters(label: string, configuration: Configuration): ParameterData {
  const schema = typeOf(configuration).parameters;
  const parsed = schema.safeParse(configuration.parameters);
  const parameters: unknown = parsed.success ? parsed.data : configuration.parameters;
  try {
    const text = JSON.stringify(parameters);
    return JSON.parse(text) as ParameterData;
  } catch (cause) {
    throw new EdmeshError(
      'EDMESH_PARAMETER',
      `${label}: parameters are not plain data (strings, numbers, booleans, lists, objects)`,
      { cause },
    );
  }
}
