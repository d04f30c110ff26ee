import { EdmeshError, type LevelTable, type ProductType } from '../../edm/index.ts';

/** A product on its way to another thread: an SoA as its memory, anything else as it is. */
export type PackedProduct =
  { readonly size: number; readonly buffer: SharedArrayBuffer } | { readonly value: unknown };

/** Products with the slots that they stand in. */
export type PackedProducts = readonly (readonly [slot: number, product: PackedProduct])[];

interface OnBuffer {
  readonly size: number;
  readonly buffer: ArrayBufferLike;
}

/**
 * Packs a product for another thread. The memory of an SoA goes as it is where it is shared, and is copied to shared
 * memory once where it is not. Throws `EDMESH_DEFINITION` for a transient product.
 */
export function packProduct(type: ProductType, product: unknown): PackedProduct {
  switch (type.layout) {
    case 'soa': {
      const { size, buffer } = product as OnBuffer;
      return { size, buffer: inSharedMemory(buffer) };
    }
    case 'serialised':
      return { value: product };
    case 'transient':
      throw new EdmeshError(
        'EDMESH_DEFINITION',
        `a product of the transient type ${type.name} cannot go to another thread`,
        { fields: { type: type.name } },
      );
  }
}

/** The product that was packed; an SoA is a view on the same memory. */
export function unpackProduct(type: ProductType, packed: PackedProduct): unknown {
  if ('value' in packed) return packed.value;
  const { view } = type as ProductType & {
    view?: (buffer: ArrayBufferLike, size: number) => unknown;
  };
  if (view === undefined) {
    throw new EdmeshError('EDMESH_INTERNAL', `${type.name} came as memory, but it is no SoA`);
  }
  return view(packed.buffer, packed.size);
}

/** Packs the products of a level that are not the ones that were given, by slot. */
export function packChanged(
  { branches }: LevelTable,
  products: readonly unknown[],
  given: readonly unknown[],
): PackedProducts {
  return branches.flatMap(({ type }, slot) => {
    const product = products[slot];
    if (product === undefined || product === given[slot]) return [];
    return [[slot, packProduct(type, product)] as const];
  });
}

/** Puts packed products where they belong; those that are there already are combined by their reduction. */
export function unpackInto(
  { branches, reductions }: LevelTable,
  products: unknown[],
  packed: PackedProducts,
): void {
  for (const [slot, each] of packed) {
    const type = branches[slot]?.type;
    if (type === undefined)
      throw new EdmeshError('EDMESH_INTERNAL', `there is no slot ${String(slot)}`);
    const product = unpackProduct(type, each);
    const present = products[slot];
    if (present === undefined) {
      products[slot] = product;
      continue;
    }
    const reduce = reductions[slot];
    const label = branches[slot]?.moduleLabel ?? '';
    if (reduce === undefined) {
      throw new EdmeshError(
        'EDMESH_PUT_TWICE',
        `${label} puts ${type.name} in several lanes; declare its reduction, or make the module one of kind 'one'`,
        { fields: { label, type: type.name } },
      );
    }
    products[slot] = reduce(present, product);
  }
}

function inSharedMemory(buffer: ArrayBufferLike): SharedArrayBuffer {
  if (buffer instanceof SharedArrayBuffer) return buffer;
  const shared = new SharedArrayBuffer(buffer.byteLength);
  new Uint8Array(shared).set(new Uint8Array(buffer));
  return shared;
}
