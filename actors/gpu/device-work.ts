import {
  EdmeshError,
  type Columns,
  type EventReader,
  type GetToken,
  type SoA,
  type SoAType,
} from '../../edm/index.ts';
import type { DeviceArray, DeviceBlock, ElementArray } from '../../gpu/index.ts';
import type { DeviceOrigin, GpuProduct } from './gpu-product.ts';
import type { GpuStream } from './gpu-stream.ts';
import type { GpuArray, GpuRows, GpuWork } from './gpu-work.ts';
import { notAnInput, notToWrite, writes } from './host-work.ts';
import { columnPlaces } from './soa-offsets.ts';

/** An array in a block of a device. */
class DeviceColumn implements GpuArray, DeviceArray {
  readonly block: DeviceBlock;
  readonly byteOffset: number;
  readonly length: number;
  /** It belongs to somebody else, or is the copy of what does. */
  readonly isReadOnly: boolean;

  constructor(block: DeviceBlock, byteOffset: number, length: number, isReadOnly: boolean) {
    this.block = block;
    this.byteOffset = byteOffset;
    this.length = length;
    this.isReadOnly = isReadOnly;
  }
}

/** Rows of an SoA type on a device: one block, laid out as the buffer of the product. */
export class DeviceRows<C extends Columns = Columns> implements GpuRows<C> {
  readonly type: SoAType<C>;
  readonly size: number;
  readonly block: DeviceBlock;
  readonly columns: GpuRows<C>['columns'];
  readonly host: SoA<C> | undefined;

  constructor(
    type: SoAType<C>,
    size: number,
    block: DeviceBlock,
    isReadOnly: boolean,
    host?: SoA<C>,
  ) {
    this.type = type;
    this.size = size;
    this.block = block;
    this.host = host;
    const columns: Record<string, GpuArray> = {};
    for (const { name, byteOffset } of columnPlaces(type, size)) {
      columns[name] = new DeviceColumn(block, byteOffset, size, isReadOnly);
    }
    this.columns = columns as unknown as GpuRows<C>['columns'];
  }
}

/**
 * Work of a GPU module on a device, in one queue: that of the first of its inputs that nobody has taken over, else one of
 * its own. It waits, on the device, for inputs that are made in other queues.
 */
export class DeviceWork implements GpuWork {
  readonly origin: DeviceOrigin;
  readonly #stream: GpuStream;
  readonly #event: Pick<EventReader, 'get'>;
  readonly #inputs: readonly GetToken<GpuProduct>[];

  constructor(
    stream: GpuStream,
    event: Pick<EventReader, 'get'>,
    inputs: readonly GetToken<GpuProduct>[],
  ) {
    this.#stream = stream;
    this.#event = event;
    this.#inputs = inputs;
    this.origin = stream.follow(inputs.map((token) => event.get(token)));
  }

  get<C extends Columns>(token: GetToken<GpuProduct<C>>): DeviceRows<C> {
    if (!this.#inputs.includes(token)) throw notAnInput();
    const { type, size, place, host } = this.#event.get(token);
    if (place !== undefined) return new DeviceRows(type, size, place.block, true, host);
    if (host !== undefined) return this.upload(type, host);
    throw new EdmeshError('EDMESH_INTERNAL', `${type.name} is neither on a device nor on the host`);
  }

  upload<C extends Columns>(type: SoAType<C>, product: SoA<C>): DeviceRows<C> {
    const rows = this.#rows(type, product.size, product);
    this.#bring(rows.block, 0, new Uint8Array(product.buffer));
    return rows;
  }

  allocate<C extends Columns>(type: SoAType<C>, size: number): DeviceRows<C> {
    return this.#rows(type, size);
  }

  constant(values: ElementArray): GpuArray {
    const { parts, device } = this.#stream;
    const block = parts.constants[device]?.blockOf(values, this.origin.queue.queue);
    if (block === undefined) throw noDevice(device);
    return new DeviceColumn(block, 0, values.length, true);
  }

  write(target: GpuArray, values: ElementArray): void {
    const column = deviceColumn(target);
    if (column.isReadOnly) throw notToWrite('write');
    const { block, byteOffset } = column;
    const { buffer, byteOffset: from, byteLength } = values;
    this.#bring(block, byteOffset, new Uint8Array(buffer, from, byteLength));
  }

  run(name: string, args: Readonly<Record<string, GpuArray | number>>): void {
    const operation = this.#stream.parts.operations.get(name);
    const given: Record<string, DeviceArray | number> = {};
    for (const key in args) {
      const value = args[key];
      if (value === undefined) continue;
      if (typeof value === 'number') given[key] = value;
      else {
        const column = deviceColumn(value);
        if (column.isReadOnly && writes(operation, key)) throw notToWrite(`${name}: ${key}`);
        given[key] = column;
      }
    }
    this.#stream.run(name, given, this.origin.queue.queue);
  }

  #rows<C extends Columns>(type: SoAType<C>, size: number, host?: SoA<C>): DeviceRows<C> {
    const bytes = type.byteLength(size);
    const block = this.#stream.allocate(bytes, this.origin.queue.queue);
    return new DeviceRows(type, size, block, host !== undefined, host);
  }

  /** Uploads by way of pinned memory, so that the host need not wait. */
  #bring(block: DeviceBlock, byteOffset: number, bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    const { queue } = this.origin.queue;
    const { parts, hostMemory } = this.#stream;
    const staging = hostMemory.allocate(bytes.byteLength, queue);
    try {
      const copy = staging.block.memory.subarray(0, bytes.byteLength);
      copy.set(bytes);
      queue.upload(block, copy, byteOffset);
      parts.counts.bytesUp += bytes.byteLength;
    } finally {
      hostMemory.free(staging);
    }
  }
}

function deviceColumn(array: GpuArray): DeviceColumn {
  if (array instanceof DeviceColumn) return array;
  throw new EdmeshError('EDMESH_GPU_CONTRACT', 'the array was made by the work of another event');
}

function noDevice(device: number): EdmeshError {
  return new EdmeshError('EDMESH_INTERNAL', `there is no device ${String(device)}`);
}
