import type { Columns, GetToken, SoA, SoAType } from '../../edm/index.ts';
import type { ElementArray } from '../../gpu/index.ts';
import type { GpuProduct } from './gpu-product.ts';

/** An array argument of an operation: on a device, or in host memory where the work is done there. */
export interface GpuArray {
  readonly length: number;
}

/** Rows of an SoA type where the work is done. */
export interface GpuRows<C extends Columns = Columns> {
  readonly type: SoAType<C>;
  readonly size: number;
  /** Its columns, as arguments of operations. */
  readonly columns: { readonly [K in keyof C]: GpuArray };
  /** The same in host memory, where it is there already: what was uploaded. */
  readonly host: SoA<C> | undefined;
}

/** What a GPU module gives: rows of any SoA type. */
export interface GpuResult {
  readonly type: { readonly name: string };
  readonly size: number;
}

/**
 * What a GPU module does to one event: it brings data, and runs operations in order. The same calls put commands into a
 * queue of a device, or compute at once on the host with the `ref` bodies.
 */
export interface GpuWork {
  /** Rows of an input. Throws `EDMESH_MODULE_CONTRACT` for a token that is not in the `inputs` of the module. */
  get<C extends Columns>(token: GetToken<GpuProduct<C>>): GpuRows<C>;
  /** A product in host memory, brought to where the work is done. */
  upload<C extends Columns>(type: SoAType<C>, product: SoA<C>): GpuRows<C>;
  /** Rows with undefined content. */
  allocate<C extends Columns>(type: SoAType<C>, size: number): GpuRows<C>;
  /** Numbers that never change, such as parts of the geometry: brought over once for each device. */
  constant(values: ElementArray): GpuArray;
  /** Writes the beginning of an array. */
  write(target: GpuArray, values: ElementArray): void;
  /** Runs an operation. Throws `EDMESH_GPU_CONTRACT` where its arguments are wrong. */
  run(operation: string, args: Readonly<Record<string, GpuArray | number>>): void;
}
