import { EdmeshError } from './errors.ts';

/** How a product is laid out: columns in one buffer, an object behind a codec, or something that never leaves the process. */
export type ProductLayout = 'soa' | 'serialised' | 'transient';

/** A type of product, declared once. Both ends of a channel compare `name` and `layoutHash`. */
export interface ProductType<T = unknown> {
  /** The friendly type name in branch names: letters and digits. */
  readonly name: string;
  readonly layout: ProductLayout;
  /** 32 hexadecimal digits that change whenever the layout does. */
  readonly layoutHash: string;
  /** What is wrong with a value that should be of this type, or `undefined`. */
  problem(value: unknown): string | undefined;
  /** Bytes that are equal for equal products; digests are made of them. Throws `EDMESH_DEFINITION` for a transient type. */
  canonicalBytes(product: T): Uint8Array;
}

/** The product of a type: `ProductOf<typeof VeloHits>`. */
export type ProductOf<P> = P extends ProductType<infer T> ? T : never;

const typeName = /^[A-Za-z][A-Za-z0-9]*$/;

/** Refuses a type name that could not stand in a branch name. */
export function checkTypeName(name: string): void {
  if (!typeName.test(name)) {
    throw new EdmeshError(
      'EDMESH_DEFINITION',
      `product type '${name}': a name is a letter followed by letters and digits`,
    );
  }
}
