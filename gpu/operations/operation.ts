import type * as tfjsCore from '@tensorflow/tfjs-core';
import type { RandomEngine } from '../../edm/index.ts';
import type { OperationArguments } from '../backend.ts';
import type { ElementArrays, ElementType } from './elements.ts';

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

/** Arguments in host memory, as the `ref` body takes them: typed arrays and numbers. */
export type HostArguments<P extends OperationParameters = OperationParameters> = {
  readonly [K in keyof P]: P[K] extends ArrayParameter<infer T> ? ElementArrays[T] : number;
};

/** What a `tfjs` body calls: the functions of `@tensorflow/tfjs-core`. */
export type Tfjs = typeof tfjsCore;

/** Arguments as the `tfjs` body takes them: a tensor of one dimension for what is read, numbers for the rest. */
export type TensorArguments<P extends OperationParameters = OperationParameters> = {
  readonly [K in keyof P as P[K] extends { use: 'out' } ? never : K]: P[K] extends ArrayParameter
    ? tfjsCore.Tensor1D
    : number;
};

/** A tensor of any shape for every parameter that is written; int32 stands for all integers. */
export type TensorResults<P extends OperationParameters = OperationParameters> = {
  readonly [K in keyof P as P[K] extends { use: 'out' | 'inout' } ? K : never]: tfjsCore.Tensor;
};

/** A kernel and how many threads run it. It takes the arguments in the order of the parameters: pointers and numbers. */
export interface CudaBody {
  /** Name of the entry point in the module (`extern "C"`). */
  readonly kernel: string;
  /** Threads of a block: x, y, z. */
  readonly block: readonly [x: number, y: number, z: number];
  /** Blocks of the grid. Where one of them is 0 there is nothing to do, and nothing is launched. */
  grid(args: OperationArguments): readonly [x: number, y: number, z: number];
  /** Dynamic shared memory of a block, bytes. */
  readonly sharedBytes: number;
}

/** Arguments with which an operation is tried on every backend. */
export interface OperationSample<P extends OperationParameters = OperationParameters> {
  readonly name: string;
  make(random: RandomEngine): HostArguments<P>;
}

/**
 * An operation that devices run: what it takes and up to three bodies. All bodies compute the same; `ref` is the oracle.
 *
 * Lengths of arrays are no arguments of a kernel, so an operation that needs them takes them as numbers.
 */
export interface Operation<P extends OperationParameters = OperationParameters> {
  /** Lower-case words joined by hyphens. */
  readonly name: string;
  readonly description: string;
  readonly parameters: P;
  /** What is wrong with arguments of the right types, such as an array that is too short; checked before every run. */
  problem?(args: OperationArguments): string | undefined;
  /** Plain TypeScript over host memory. It writes its results into the arrays; arrays may be longer than needed. */
  ref(args: HostArguments<P>): void;
  /** The same in functions of tfjs. It runs inside `tidy`, and what it gives is as long as the arrays it is for. */
  tfjs?(tf: Tfjs, args: TensorArguments<P>): TensorResults<P>;
  readonly cuda?: CudaBody;
  /**
   * How far the bodies may lie from `ref`, for floating point: |difference| <= absolute + relative x |value|. Without, and
   * for integers, they are equal.
   */
  readonly tolerance?: { readonly absolute: number; readonly relative: number };
  /** At least one. The first is of a typical size, with which rates are measured. */
  readonly samples: readonly OperationSample<P>[];
}

/** What {@link Operation.parameters} is made of. */
export const input = <const T extends ElementType>(type: T) => ({ use: 'in', type }) as const;
/** An array that an operation writes whole. */
export const output = <const T extends ElementType>(type: T) => ({ use: 'out', type }) as const;
/** An array that an operation reads and writes. */
export const inout = <const T extends ElementType>(type: T) => ({ use: 'inout', type }) as const;
/** A number that an operation takes. */
export const scalar = <const T extends ScalarType>(type: T) => ({ use: 'scalar', type }) as const;
