import {
  EdmeshError,
  type AcquireEvent,
  type Columns,
  type GetToken,
  type SoA,
  type SoAType,
} from '../../edm/index.ts';
import {
  runOnHost,
  type ElementArray,
  type Operation,
  type OperationRegistry,
} from '../../gpu/index.ts';
import type { GpuProduct } from './gpu-product.ts';
import type { GpuArray, GpuRows, GpuWork } from './gpu-work.ts';

/** An array in host memory. */
class HostArray implements GpuArray {
  readonly values: ElementArray;
  /** It belongs to somebody else. */
  readonly isReadOnly: boolean;

  constructor(values: ElementArray, isReadOnly: boolean) {
    this.values = values;
    this.isReadOnly = isReadOnly;
  }

  get length(): number {
    return this.values.length;
  }
}

/** Rows in host memory: those of a product. */
export class HostRows<C extends Columns = Columns> implements GpuRows<C> {
  readonly type: SoAType<C>;
  readonly host: SoA<C>;
  readonly columns: GpuRows<C>['columns'];

  constructor(type: SoAType<C>, product: SoA<C>, isReadOnly: boolean) {
    this.type = type;
    this.host = product;
    const views = product as unknown as Readonly<Record<string, ElementArray>>;
    this.columns = Object.fromEntries(
      Object.keys(type.columns).map((name) => [
        name,
        new HostArray(views[name] ?? none, isReadOnly),
      ]),
    ) as unknown as GpuRows<C>['columns'];
  }

  get size(): number {
    return this.host.size;
  }
}

const none = new Uint8Array(0);

/** Work of a GPU module on the host: operations run at once, by their `ref` bodies. */
export class HostWork implements GpuWork {
  readonly #event: Pick<AcquireEvent, 'get' | 'allocate'>;
  readonly #operations: OperationRegistry;
  readonly #inputs: readonly GetToken<GpuProduct>[];

  constructor(
    event: Pick<AcquireEvent, 'get' | 'allocate'>,
    operations: OperationRegistry,
    inputs: readonly GetToken<GpuProduct>[],
  ) {
    this.#event = event;
    this.#operations = operations;
    this.#inputs = inputs;
  }

  get<C extends Columns>(token: GetToken<GpuProduct<C>>): HostRows<C> {
    if (!this.#inputs.includes(token)) throw notAnInput();
    const product = this.#event.get(token);
    return new HostRows(product.type, product.onHost(), true);
  }

  upload<C extends Columns>(type: SoAType<C>, product: SoA<C>): HostRows<C> {
    return new HostRows(type, product, true);
  }

  allocate<C extends Columns>(type: SoAType<C>, size: number): HostRows<C> {
    return new HostRows(type, this.#event.allocate(type, size), false);
  }

  constant(values: ElementArray): GpuArray {
    return new HostArray(values, true);
  }

  write(target: GpuArray, values: ElementArray): void {
    const array = hostArray(target);
    if (array.isReadOnly) throw notToWrite('write');
    array.values.set(values);
  }

  run(name: string, args: Readonly<Record<string, GpuArray | number>>): void {
    const operation = this.#operations.get(name);
    const given: Record<string, ElementArray | number> = {};
    for (const key in args) {
      const value = args[key];
      if (value === undefined) continue;
      if (typeof value === 'number') given[key] = value;
      else {
        const array = hostArray(value);
        if (array.isReadOnly && writes(operation, key)) throw notToWrite(`${name}: ${key}`);
        given[key] = array.values;
      }
    }
    runOnHost(operation, given);
  }
}

function hostArray(array: GpuArray): HostArray {
  if (array instanceof HostArray) return array;
  throw new EdmeshError('EDMESH_GPU_CONTRACT', 'the array was made by the work of another event');
}

/** Whether an operation writes an argument. */
export function writes({ parameters }: Operation, argument: string): boolean {
  const use = parameters[argument]?.use;
  return use === 'out' || use === 'inout';
}

/** A module writes what it has not allocated itself. */
export function notToWrite(where: string): EdmeshError {
  return new EdmeshError(
    'EDMESH_GPU_CONTRACT',
    `${where} would write an input, a constant or what was uploaded; write into rows of \`allocate\``,
  );
}

/** A module reads a GPU product that it has not listed. */
export function notAnInput(): EdmeshError {
  return new EdmeshError(
    'EDMESH_MODULE_CONTRACT',
    'a GPU module gets a product that is not in its `inputs`; list the token there',
  );
}
