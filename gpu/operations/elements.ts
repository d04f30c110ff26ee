/** Typed arrays by the type of their elements. */
export interface ElementArrays {
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  float32: Float32Array;
  float64: Float64Array;
}

/** The type of the elements of an array argument. */
export type ElementType = keyof ElementArrays;

/** An array argument in host memory. */
export type ElementArray = ElementArrays[ElementType];

interface ElementConstructor {
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: ElementArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ElementArray;
}

const constructors: Readonly<Record<ElementType, ElementConstructor>> = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};

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
