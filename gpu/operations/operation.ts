import type * as tfjsCore from '@tensorflow/tfjs-core';
import type { RandomEngine } from '../../edm/index.ts';
import type { OperationArguments } from '../backend.ts';
import type { ElementArray, ElementArrays, ElementType } from './elements.ts';

/** The type of a number argument. */
export type ScalarType = 'int32' | 'uint32' | 'float32' | 'float64';

/**
 * An array on the device: read (`in`), written (`out`) or both. What is written is written from its beginning, as far as
 * the operation says; the content behind that is undefined.
 */
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

/** How far a result may lie from that of `ref`: |difference| <= absolute + relative x |value|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

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
  /** Path of the PTX that holds it; left out: that of a built-in operation. */
  readonly ptx?: string;
  /** Threads of a block: x, y, z. */
  readonly block: readonly [x: number, y: number, z: number];
  /** Blocks of the grid. Where one of them is 0 there is nothing to do, and nothing is launched. */
  grid(args: OperationArguments): readonly [x: number, y: number, z: number];
  /** Dynamic shared memory of a block, bytes. */
  readonly sharedBytes: number;
}

/** Arguments with which an operation is tried on every backend. */
export interface OperationSample<Arguments> {
  readonly name: string;
  make(random: RandomEngine): Arguments;
}

interface OperationBase<P, Host> {
  /** Lower-case words joined by hyphens. */
  readonly name: string;
  readonly description: string;
  readonly parameters: P;
  /** What is wrong with arguments of the right types, such as an array that is too short; checked before every run. */
  problem?(args: OperationArguments): string | undefined;
  /** Plain TypeScript over host memory. It writes its results into the arrays; arrays may be longer than needed. */
  ref(args: Host): void;
  readonly cuda?: CudaBody;
  /** Which of `ref` and `tfjs` is the faster one, as measured, on engines without a GPU; default `tfjs`. */
  readonly fasterOnHost?: 'ref' | 'tfjs';
  /** Whether the `tfjs` body needs integers beyond 2^24 to be exact; engines that round them run `ref`. */
  readonly exactIntegers?: boolean;
  /** By parameters that are written; what is not listed is equal. */
  readonly tolerance?: { readonly [K in keyof P]?: Tolerance };
  /** At least one. The first is of a typical size, with which rates are measured. */
  readonly samples: readonly OperationSample<Host>[];
}

/**
 * An operation as it is declared: what it takes and up to three bodies. All bodies compute the same; `ref` is the oracle.
 * Lengths of arrays are no arguments of a kernel, so an operation that needs them takes them as numbers.
 */
export interface OperationDeclaration<P extends OperationParameters> extends OperationBase<
  P,
  HostArguments<P>
> {
  /** The same in functions of tfjs. It runs inside `tidy`; its results are not longer than the arrays they are for. */
  tfjs?(tf: Tfjs, args: TensorArguments<P>): TensorResults<P>;
}

/** Arguments in host memory of any operation. */
export type AnyHostArguments = Readonly<Record<string, ElementArray | number>>;

/** An operation, whatever its parameters are; arguments have been checked against them. */
export interface Operation extends OperationBase<OperationParameters, AnyHostArguments> {
  tfjs?(
    tf: Tfjs,
    args: Readonly<Record<string, tfjsCore.Tensor1D | number>>,
  ): Readonly<Record<string, tfjsCore.Tensor>>;
}

/** Makes an operation of its declaration. */
export function defineOperation<const P extends OperationParameters>(
  declaration: OperationDeclaration<P>,
): Operation {
  return declaration;
}

/** What {@link Operation.parameters} is made of. */
export const input = <const T extends ElementType>(type: T) => ({ use: 'in', type }) as const;
/** An array that an operation writes. */
export const output = <const T extends ElementType>(type: T) => ({ use: 'out', type }) as const;
/** An array that an operation reads and writes. */
export const inout = <const T extends ElementType>(type: T) => ({ use: 'inout', type }) as const;
/** A number that an operation takes. */
export const scalar = <const T extends ScalarType>(type: T) => ({ use: 'scalar', type }) as const;
/** What an operation takes: arrays that it reads (`input`), writes (`output`) or both (`inout`), and numbers (`scalar`). */
export const argument = { input, output, inout, scalar };
