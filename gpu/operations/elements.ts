import { columnArrays, type ColumnType } from '../../edm/index.ts';

/** The type of the elements of an array argument: that of a column of an SoA that is no integer of 64 bits. */
export type ElementType = Exclude<ColumnType, 'int64' | 'uint64'>;

/** Typed arrays by the type of their elements. */
export type ElementArrays = {
  [K in ElementType]: (typeof columnArrays)[K]['prototype'];
};

/** An array argument in host memory. */
export type ElementArray = ElementArrays[ElementType];

interface ElementConstructor {
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: ElementArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ElementArray;
}

const constructors: Readonly<Record<ElementType, ElementConstructor>> = columnArrays;

/** Bytes of one element. */
export function elementBytes(type: ElementType): number {
  return constructors[type].BYTES_PER_ELEMENT;
}

/** Whether an array has elements of a type. */
export function isOfElementType(type: ElementType, array: ElementArray): boolean {
  return Object.getPrototypeOf(array) === constructors[type].prototype;
}

/** A view on `length` elements of a buffer. */
export function elementView(
  type: ElementType,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): ElementArray {
  return new constructors[type](buffer, byteOffset, length);
}

/** The element types that tfjs has tensors for: int32 for integers of up to 32 bits, and float32. */
export function tensorType(type: ElementType): 'int32' | 'float32' | undefined {
  if (type === 'float64') return undefined;
  return type === 'float32' ? 'float32' : 'int32';
}
