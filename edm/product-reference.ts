import { z } from 'zod';
import { EdmeshError } from './errors.ts';
import type { ProductType } from './product-type.ts';

/** Product types that a process names in its parameters, by name. */
export type ProductTypes = ReadonlyMap<string, ProductType>;

/** Whether a value is a product type. */
function isProductType(value: unknown): value is ProductType {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'layoutHash' in value &&
    'canonicalBytes' in value
  );
}

/**
 * A parameter that is a product type: in a config the type itself, `{ type: VeloHits }`; in the plain data of the process
 * its name. A module gets the type back with `context.productType(name)`.
 */
export const productTypeReference = z
  .custom<ProductType | string>(
    (value) => typeof value === 'string' || isProductType(value),
    'not a product type: give the type itself',
  )
  .transform((type) => (typeof type === 'string' ? type : type.name));

/** Every product type in parameters, however deep; parameters that hold themselves are no plain data, and not followed. */
export function productTypesIn(
  parameters: unknown,
  within: readonly unknown[] = [],
): ProductType[] {
  if (typeof parameters !== 'object' || parameters === null) return [];
  if (isProductType(parameters)) return [parameters];
  if (within.includes(parameters)) return [];
  const inside = [...within, parameters];
  return Object.values(parameters).flatMap((each) => productTypesIn(each, inside));
}

/** The type with a name among those in parameters. Throws `EDMESH_PARAMETER`. */
export function knownProductType(types: Iterable<ProductType>, name: string): ProductType {
  for (const type of types) if (type.name === name) return type;
  throw new EdmeshError(
    'EDMESH_PARAMETER',
    `no product type '${name}' is known: give the type itself, { type: ${name} }`,
  );
}
