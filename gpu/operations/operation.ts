import type { OperationArguments } from '../backend.ts';

/** Typed arrays by element type. float64 and the 64-bit integers have no counterpart in tfjs. */
export const elementArrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;
/** The type of the elements of an array argument. */
export type ElementType = keyof typeof elementArrays;
/** The type of a number argument. */
export type ScalarType = 'int32' | 'uint32' | 'float32' | 'float64';

/** An array on the device. What an operation says it writes (`out`) it writes whole; `inout` it also reads. */
export interface ArrayParameter<T extends ElementType = ElementType> {
  readonly use: 'in' | 'out' | 'inout';
  readonly type: T;
}

/** A number. */
export interface ScalarParameter {
  readonly use: 'scalar';
  readonly type: ScalarType;
}

/** The parameters of an operation by name. Their order is the one in which a kernel takes them. */
export type OperationParameters = Readonly<Record<string, ArrayParameter | ScalarParameter>>;

/** Arguments as the `ref` body sees them: typed arrays and numbers. */
export type HostArguments<P extends OperationParameters> = {
  readonly [K in keyof P]: P[K] extends ArrayParameter<infer T>
    ? InstanceType<(typeof elementArrays)[T]>
    : number;
};

/** A kernel, how many threads run it, and nothing else: it takes the arguments in order of the parameters. */
export interface CudaBody {
  /** Name of the entry point in the module (`extern "C"`). */
  readonly kernel: string;
  /** Threads of a block: x, y, z. */
  readonly block: readonly [x: number, y: number, z: number];
  /** Blocks of the grid; all zero where there is nothing to do, and nothing is launched. Lengths are in elements. */
  grid(args: OperationArguments): readonly [x: number, y: number, z: number];
  /** Dynamic shared memory of a block, bytes. */
  readonly sharedBytes: number;
}
