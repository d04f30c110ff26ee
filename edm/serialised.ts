import { z } from 'zod';
import { canonicalBytes, canonicalJson, hash128, type PlainData } from './canonical.ts';
import { EdmeshError } from './errors.ts';
import { checkTypeName, type ProductType } from './product-type.ts';

/** A product type that is any plain value, described by a schema. */
export interface SerialisedType<T> extends ProductType<T> {
  readonly layout: 'serialised';
  readonly schema: z.ZodType<T>;
}

/**
 * Declares a serialised product type: `defineProduct('VertexCount', z.number())`. The schema checks values that come
 * from outside; inside a process products are passed on as they are.
 */
export function defineProduct<T>(name: string, schema: z.ZodType<T>): SerialisedType<T> {
  checkTypeName(name);
  let layoutHash: string | undefined;
  return {
    name,
    layout: 'serialised',
    schema,
    get layoutHash() {
      layoutHash ??= hash128(`serialised ${name} ${schemaText(schema)}`);
      return layoutHash;
    },
    problem(value) {
      const result = schema.safeParse(value);
      return result.success ? undefined : z.prettifyError(result.error);
    },
    canonicalBytes,
  };
}

/** The JSON schema as text with sorted keys; what JSON schema cannot say counts as `any`. */
function schemaText(schema: z.ZodType): string {
  return canonicalJson(z.toJSONSchema(schema, { unrepresentable: 'any' }) as PlainData);
}

/**
 * Declares a transient product type: an object that lives in one process alone, such as a handle. It is in no digest and
 * cannot be sent. `check` says what a value must be.
 */
export function defineTransient<T>(
  name: string,
  check: (value: unknown) => value is T,
): ProductType<T> {
  checkTypeName(name);
  return {
    name,
    layout: 'transient',
    layoutHash: hash128(`transient ${name}`),
    problem: (value) => (check(value) ? undefined : `not a ${name}`),
    canonicalBytes() {
      throw new EdmeshError(
        'EDMESH_DEFINITION',
        `product type ${name} is transient: it has no bytes and cannot be sent or hashed`,
      );
    },
  };
}
