import {
  defineTransient,
  type Columns,
  type ProductType,
  type SoA,
  type SoAType,
} from '../../edm/index.ts';
import type { DeviceBlock, GpuEvent, SharedQueue } from '../../gpu/index.ts';

/** Work on a device: the queue it is in, and the event that marks its end. */
export interface DeviceOrigin {
  readonly queue: SharedQueue;
  readonly event: GpuEvent;
  /** A consumer has taken the queue over; others take one of their own. */
  isClaimed: boolean;
}

/** How a product can be had in host memory without the device: its module does the work once more, there. */
export interface Lineage {
  remake(): readonly SoA[];
}

/** What a {@link GpuProduct} is made of. */
export interface GpuProductParts<C extends Columns> {
  readonly type: SoAType<C>;
  readonly size: number;
  /** Where it is on a device, if it is. */
  readonly place?: { readonly block: DeviceBlock; readonly origin: DeviceOrigin };
  /** The same in host memory, if it is there already. */
  readonly host: SoA<C> | undefined;
  readonly lineage: Lineage;
  /** Which of the products of its module it is. */
  readonly index: number;
}

/**
 * A structure of arrays on a device, from the moment its work is queued. It carries device, queue and event; it comes to
 * host memory only where somebody asks.
 */
export class GpuProduct<C extends Columns = Columns> {
  readonly type: SoAType<C>;
  readonly size: number;
  readonly place: GpuProductParts<C>['place'];
  readonly #parts: GpuProductParts<C>;
  #host: SoA<C> | undefined;

  constructor(parts: GpuProductParts<C>) {
    this.type = parts.type;
    this.size = parts.size;
    this.place = parts.place;
    this.#parts = parts;
    this.#host = parts.host;
  }

  /** The product in host memory, where it is there already. */
  get host(): SoA<C> | undefined {
    return this.#host;
  }

  /** The product in host memory, made once more where it is not there. Throws what its module throws. */
  onHost(): SoA<C> {
    if (this.#host !== undefined) return this.#host;
    const { lineage, index } = this.#parts;
    const made = lineage.remake()[index];
    // The module gives products of the same types each time, in the same order.
    return (this.#host = made as SoA<C>);
  }
}

const types = new WeakMap<object, ProductType<GpuProduct>>();

/** The type of products that hold an SoA type on a device. */
export function onGpu<C extends Columns>(type: SoAType<C>): ProductType<GpuProduct<C>> {
  let known = types.get(type);
  if (known === undefined) {
    const { name } = type;
    known = defineTransient(
      `${name}OnGpu`,
      (value): value is GpuProduct => value instanceof GpuProduct && value.type.name === name,
    );
    types.set(type, known);
  }
  return known;
}
