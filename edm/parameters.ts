import { z } from 'zod';
import type { PlainData } from './canonical.ts';
import { EdmeshError, listedError } from './errors.ts';

/** The schema of a configurable type: a zod object. Keys it does not name are refused. */
export type ParameterSchema = z.ZodObject;

/** The schema of a type without parameters. */
export type NoParameters = z.ZodObject<Record<never, never>>;

/** Parameters as plain data. */
export type ParameterData = Readonly<Record<string, PlainData>>;

/** What can be configured by label in a process. */
export type ConfigurableRole = 'module' | 'source' | 'setup';

/** What every configurable type has, whatever its role. */
export interface ConfigurableType {
  readonly typeName: string;
  readonly role: ConfigurableRole;
  readonly description: string;
  readonly parameters: ParameterSchema;
}

const typeLink = Symbol.for('edmesh.type');

/** A type with its parameters: plain data, and beside them a hidden link to the type. */
export interface Configuration<R extends ConfigurableRole = ConfigurableRole> {
  readonly type: string;
  readonly parameters: ParameterData;
  readonly [typeLink]: ConfigurableType & { readonly role: R };
}

/** The call that configures a type; parameters without default are required. */
export type Configure<S extends ParameterSchema, R extends ConfigurableRole> = (
  ...parameters: Record<never, never> extends z.input<S>
    ? [parameters?: z.input<S>]
    : [parameters: z.input<S>]
) => Configuration<R>;

/** The type that a configuration was made from. */
export function typeOf<R extends ConfigurableRole>(
  configuration: Configuration<R>,
): ConfigurableType & { readonly role: R } {
  return configuration[typeLink];
}

/** Whether a value was made by calling a configurable type. */
export function isConfiguration(value: unknown): value is Configuration {
  return typeof value === 'object' && value !== null && typeLink in value;
}

const typeName = /^[A-Za-z][A-Za-z0-9]*$/;

/**
 * Makes a type callable: the call gives a {@link Configuration} of it. The schema becomes strict.
 * @internal
 */
export function configurable<S extends ParameterSchema, T extends ConfigurableType>(
  type: T & { readonly parameters: S },
): Configure<S, T['role']> & T {
  if (!typeName.test(type.typeName)) {
    throw new EdmeshError(
      'EDMESH_DEFINITION',
      `'${type.typeName}' cannot name a type: use a letter followed by letters and digits`,
    );
  }
  const configure = (parameters: ParameterData = {}) => {
    const configuration = { type: type.typeName, parameters };
    Object.defineProperty(configuration, typeLink, { value: callable });
    return configuration;
  };
  const strict = type.parameters.strict();
  const callable = Object.assign(configure, { ...type, parameters: strict });
  return callable as unknown as Configure<S, T['role']> & T;
}

/** What is wrong with parameters, a line a field; empty when nothing is. */
export function parameterProblems(schema: ParameterSchema, parameters: unknown): string[] {
  const result = schema.safeParse(parameters);
  if (result.success) return [];
  return result.error.issues.map((issue) => {
    const field = issue.path.join('.');
    return field === '' ? issue.message : `${field}: ${issue.message}`;
  });
}

/** Parameters with their defaults filled in. Throws `EDMESH_PARAMETER` that lists every wrong field, `where` first. */
export function parseParameters<S extends ParameterSchema>(
  where: string,
  schema: S,
  parameters: unknown,
): z.output<S> {
  const result = schema.safeParse(parameters);
  if (result.success) return result.data;
  throw listedError('EDMESH_PARAMETER', where, parameterProblems(schema, parameters));
}

/**
 * The parameters of a configuration as plain data, defaults filled in; as given where they do not match the schema, which
 * construction reports. Throws where they are not plain data.
 * @internal
 */
export function plainParameters(configuration: Configuration): ParameterData {
  const parsed = typeOf(configuration).parameters.safeParse(configuration.parameters);
  const parameters: unknown = parsed.success ? parsed.data : configuration.parameters;
  return JSON.parse(JSON.stringify(parameters)) as ParameterData;
}

/** The schema of a type that declares no parameters. */
export const noParameters: NoParameters = z.strictObject({});
