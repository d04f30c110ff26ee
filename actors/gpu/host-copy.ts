import { z } from 'zod';
import {
  defineProducer,
  noteBackend,
  type AcquireEvent,
  type CallableModuleType,
  type Event,
  type EventSetup,
  type GetToken,
  type Holder,
  type PutToken,
  type SoA,
  type SoAType,
} from '../../edm/index.ts';
import type { Allocation, HostBlock } from '../../gpu/index.ts';
import { gpuOf } from './gpu-access.ts';
import { onGpu, type GpuProduct } from './gpu-product.ts';
import type { GpuStream } from './gpu-stream.ts';
import type { LaneGpu } from './lane-gpu.ts';
import { columnPlaces } from './soa-offsets.ts';

const parameters = z.object({
  input: z.string().describe('label of the products on the GPU'),
});

/**
 * Declares a producer that copies products of a GPU module to host memory. It works while its event does something else,
 * and only for events in which a module reads what it puts: leave it to a task or to nothing, not on a path.
 */
export function defineHostCopy(declaration: {
  readonly type: string;
  readonly description: string;
  /** What is copied, of the same module. */
  readonly products: readonly SoAType[];
}): CallableModuleType<typeof parameters> {
  const { type, description, products } = declaration;
  return defineProducer({
    type,
    description,
    parameters,
    construct(context, { input }) {
      const gpu = gpuOf(context);
      gpu?.need();
      const copies = products.map((product) => ({
        type: product,
        from: context.consumes(onGpu(product), input),
        to: context.produces(product),
      }));
      return new HostCopy(gpu, copies);
    },
  });
}

interface Copy {
  readonly type: SoAType;
  readonly from: GetToken<GpuProduct>;
  readonly to: PutToken<SoA>;
}

/** A product that is on its way to host memory. */
interface Download {
  readonly staging: Allocation<HostBlock>;
  readonly stream: GpuStream;
}

class HostCopy {
  readonly #gpu: LaneGpu | undefined;
  readonly #copies: readonly Copy[];
  #downloads: readonly (Download | undefined)[] = [];
  #streamIndex = 0;
  /** Counts the events, as what was given up on may come late. */
  #turn = 0;

  constructor(gpu: LaneGpu | undefined, copies: readonly Copy[]) {
    this.#gpu = gpu;
    this.#copies = copies;
  }

  beginStream(streamIndex: number): void {
    this.#streamIndex = streamIndex;
  }

  acquire(event: AcquireEvent, _setup: EventSetup, holder: Holder): void {
    this.#downloads = [];
    const products = this.#copies.map(({ from }) => event.get(from));
    const stream = this.#gpu?.stream(this.#streamIndex);
    const isNeeded = products.some(({ host, size }) => host === undefined && size > 0);
    if (stream === undefined || !isNeeded) {
      holder.done();
      return;
    }
    const downloads: (Download | undefined)[] = [];
    const turn = ++this.#turn;
    this.#start(stream, products, downloads).then(
      () => {
        this.#gpu?.worked();
        if (turn === this.#turn) this.#downloads = downloads;
        else this.#settle(downloads);
        holder.done();
      },
      (error: unknown) => {
        try {
          this.#gpu?.failed(error);
          this.#settle(downloads);
          holder.done();
        } catch (notOfDevice) {
          holder.fail(notOfDevice);
        }
      },
    );
  }

  produce(event: Event): void {
    const downloads = this.#downloads;
    this.#downloads = [];
    try {
      for (const [index, { type, from, to }] of this.#copies.entries()) {
        const product = event.get(from);
        const download = downloads[index];
        if (product.size === 0) event.put(to, event.allocate(type, 0));
        else if (download !== undefined && product.host === undefined) {
          const copy = copied(event, type, product.size, download.staging.block.memory);
          noteBackend(copy, download.stream.parts.backend.kind);
          event.put(to, copy);
        } else {
          if (product.host === undefined) this.#gpu?.fellBack();
          event.put(to, product.onHost());
        }
      }
    } finally {
      this.#settle(downloads);
    }
  }

  async #start(
    stream: GpuStream,
    products: readonly GpuProduct[],
    downloads: (Download | undefined)[],
  ): Promise<void> {
    const origin = stream.follow(products);
    const { queue } = origin.queue;
    for (const { type, size, host, place } of products) {
      const bytes = type.byteLength(size);
      if (host !== undefined || place === undefined || bytes === 0) {
        downloads.push(undefined);
        continue;
      }
      const staging = stream.hostMemory.allocate(bytes, queue);
      downloads.push({ staging, stream });
      queue.download(staging.block.memory.subarray(0, bytes), place.block);
      this.#gpu?.downloaded(bytes);
    }
    await stream.done(origin);
  }

  #settle(downloads: readonly (Download | undefined)[]): void {
    if (this.#gpu?.isUsable !== true) return;
    for (const download of downloads) download?.stream.hostMemory.free(download.staging);
  }
}

/** A product with the columns that lie in a region; its padding stays zero. */
function copied(event: Event, type: SoAType, size: number, region: Uint8Array): SoA {
  const product = event.allocate(type, size);
  const bytes = new Uint8Array(product.buffer);
  for (const { byteOffset, rowBytes } of columnPlaces(type, size)) {
    bytes.set(region.subarray(byteOffset, byteOffset + rowBytes * size), byteOffset);
  }
  return product;
}
