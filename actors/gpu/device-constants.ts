import type { DeviceBlock, ElementArray, GpuBackend, GpuEvent, GpuQueue } from '../../gpu/index.ts';

interface Constant {
  readonly block: DeviceBlock;
  /** Passed when the numbers are there. */
  readonly event: GpuEvent;
  readonly queue: GpuQueue;
}

/** Numbers that never change, on one device. They stay until the backend closes, as conditions data do. */
export class DeviceConstants {
  readonly #backend: GpuBackend;
  readonly #device: number;
  readonly #known = new WeakMap<ElementArray, Constant>();

  constructor(backend: GpuBackend, device: number) {
    this.#backend = backend;
    this.#device = device;
  }

  /** The block that holds an array; what comes next in the queue sees it. */
  blockOf(values: ElementArray, queue: GpuQueue): DeviceBlock {
    const known = this.#known.get(values) ?? this.#bring(values, queue);
    if (known.queue !== queue && !known.event.ready()) queue.wait(known.event);
    return known.block;
  }

  #bring(values: ElementArray, queue: GpuQueue): Constant {
    const block = this.#backend.allocate(this.#device, values.byteLength);
    const event = this.#backend.createEvent(this.#device);
    queue.upload(block, values);
    queue.record(event);
    const made = { block, event, queue };
    this.#known.set(values, made);
    return made;
  }
}
