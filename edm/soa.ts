import { hash128 } from './canonical.ts';
import { EdmeshError } from './errors.ts';
import { checkTypeName, type ProductType } from './product-type.ts';

/** The typed array of each element type of a column. */
export const columnArrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const;

/** The element type of a column. */
export type ColumnType = keyof typeof columnArrays;
/** The columns of an SoA type: names and element types, in order. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** A structure of arrays: `size` rows, one typed array a column, all of them views on `buffer`. */
export type SoA<C extends Columns = Columns> = {
  readonly [K in keyof C]: InstanceType<(typeof columnArrays)[C[K]]>;
} & SoABase;

/** What every SoA product has besides its columns. */
export interface SoABase {
  /** Number of rows. */
  readonly size: number;
  /** The one buffer that holds all columns; padding is zero. */
  readonly buffer: ArrayBufferLike;
}

/** A product type of named columns in one buffer. */
export interface SoAType<C extends Columns = Columns> extends ProductType<SoA<C>> {
  readonly layout: 'soa';
  readonly columns: C;
  /** Bytes that a product of `size` rows takes; every column starts at a multiple of {@link columnAlignment}. */
  byteLength(size: number): number;
  /** A product on a buffer of exactly `byteLength(size)` bytes. Throws `EDMESH_PRODUCT_INVALID`. */
  view(buffer: ArrayBufferLike, size: number): SoA<C>;
}

/** The columns of an SoA type, as a product: `SoAOf<typeof VeloHits>`. */
export type SoAOf<T> = T extends SoAType<infer C> ? SoA<C> : never;

/** Every column starts at a multiple of this many bytes. */
export const columnAlignment = 64;

const columnName = /^[A-Za-z][A-Za-z0-9]*$/;
const reserved = new Set(['size', 'buffer']);

function padded(bytes: number): number {
  return Math.ceil(bytes / columnAlignment) * columnAlignment;
}

/** Declares an SoA product type: `defineSoA('VeloHits', { x: 'float32', y: 'float32', z: 'float32' })`. */
export function defineSoA<const C extends Columns>(name: string, columns: C): SoAType<C> {
  checkTypeName(name);
  const entries = Object.entries(columns);
  for (const [column] of entries) {
    if (!columnName.test(column) || reserved.has(column)) {
      throw new EdmeshError(
        'EDMESH_DEFINITION',
        `product type ${name}: '${column}' cannot name a column`,
      );
    }
  }
  if (entries.length === 0) {
    throw new EdmeshError('EDMESH_DEFINITION', `product type ${name} has no columns`);
  }
  const widths = entries.map(([, type]) => columnArrays[type].BYTES_PER_ELEMENT);
  const byteLength = (size: number): number => {
    let bytes = 0;
    for (const width of widths) bytes += padded(width * size);
    return bytes;
  };
  const layoutText = entries.map(([column, type]) => `${column}:${type}`).join(',');
  const arrays = entries.map(([column, type]) => ({ column, array: columnArrays[type] }));

  class Product {
    readonly size: number;
    readonly buffer: ArrayBufferLike;
    constructor(buffer: ArrayBufferLike, size: number) {
      this.size = size;
      this.buffer = buffer;
      const target = this as Record<string, unknown>;
      let offset = 0;
      for (const { column, array } of arrays) {
        target[column] = new (array as ViewConstructor)(buffer, offset, size);
        offset += padded(array.BYTES_PER_ELEMENT * size);
      }
    }
  }

  return {
    name,
    layout: 'soa',
    columns,
    layoutHash: hash128(`soa ${name} align ${String(columnAlignment)} ${layoutText}`),
    byteLength,
    view(buffer, size) {
      if (!Number.isInteger(size) || size < 0 || buffer.byteLength !== byteLength(size)) {
        throw new EdmeshError(
          'EDMESH_PRODUCT_INVALID',
          `${name} with ${String(size)} rows does not fit a buffer of ${String(buffer.byteLength)} bytes`,
        );
      }
      return new Product(buffer, size) as unknown as SoA<C>;
    },
    problem: (value) => soaProblem(name, arrays, value),
    canonicalBytes: (product) => new Uint8Array(product.buffer),
  };
}

type ArrayOfColumn = (typeof columnArrays)[ColumnType];
type ViewConstructor = new (
  buffer: ArrayBufferLike,
  offset: number,
  length: number,
) => InstanceType<ArrayOfColumn>;

function soaProblem(
  name: string,
  arrays: readonly { column: string; array: ArrayOfColumn }[],
  value: unknown,
): string | undefined {
  if (typeof value !== 'object' || value === null || !('size' in value) || !('buffer' in value)) {
    return `not a ${name}: use event.allocate(${name}, size)`;
  }
  const columns = value as Readonly<Record<string, unknown>>;
  for (const { column, array } of arrays) {
    const data = columns[column];
    if (!(data instanceof array)) return `column ${column} is not a ${array.name}`;
    if (data.length !== value.size)
      return `column ${column} does not have ${String(value.size)} rows`;
    if (data.buffer !== value.buffer) return `column ${column} is not in the buffer of the product`;
  }
  return undefined;
}
