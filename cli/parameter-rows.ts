import { z } from 'zod';
import type { ParameterSchema } from '../edm/index.ts';

/** One parameter as people read it. */
export interface ParameterRow {
  /** Its name; that of a field within it after a dot. */
  readonly name: string;
  readonly type: string;
  /** As JSON; `undefined` where there is none. */
  readonly defaultValue: string | undefined;
  readonly required: boolean;
  readonly description: string;
}

/** The part of JSON schema that parameters use. */
interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/** The parameters that a schema declares, in its order; the fields of an object follow it. */
export function parameterRows(schema: ParameterSchema): ParameterRow[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return rowsOf(json, '');
}

function rowsOf(json: JsonSchema, prefix: string): ParameterRow[] {
  const required = new Set(json.required);
  return Object.entries(json.properties ?? {}).flatMap(([key, property]) => {
    const name = prefix + key;
    const row: ParameterRow = {
      name,
      type: typeText(property),
      defaultValue: property.default === undefined ? undefined : JSON.stringify(property.default),
      required: required.has(key),
      description: property.description ?? '',
    };
    return [row, ...rowsOf(property, `${name}.`)];
  });
}

function typeText(json: JsonSchema): string {
  if (json.enum) return json.enum.map(String).join('|');
  if (json.const !== undefined) return JSON.stringify(json.const);
  if (json.anyOf) return json.anyOf.map(typeText).join(' or ');
  switch (json.type) {
    case undefined:
      return 'anything';
    case 'array':
      return `list of ${typeText(json.items ?? {})}`;
    case 'integer':
    case 'number':
      return json.type + range(json);
    default:
      return json.type;
  }
}

function range(json: JsonSchema): string {
  const safe = (value: number | undefined) =>
    value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
  const low = safe(json.minimum) ?? safe(json.exclusiveMinimum);
  const high = safe(json.maximum) ?? safe(json.exclusiveMaximum);
  const above = safe(json.minimum) === undefined ? '>' : '≥';
  const below = safe(json.maximum) === undefined ? '<' : '≤';
  const parts = [
    ...(low === undefined ? [] : [`${above} ${low}`]),
    ...(high === undefined ? [] : [`${below} ${high}`]),
  ];
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`;
}
