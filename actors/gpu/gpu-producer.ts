import type { z } from 'zod';
import {
  defineProducer,
  EdmeshError,
  noteBackend,
  type AcquireEvent,
  type CallableModuleType,
  type Event,
  type EventSetup,
  type GetToken,
  type ModuleContext,
  type NoParameters,
  type ParameterSchema,
  type PutToken,
  type SoA,
  type SoAType,
} from '../../edm/index.ts';
import type { OperationRegistry } from '../../gpu/index.ts';
import { DeviceRows, DeviceWork } from './device-work.ts';
import { gpuOf, operationsOf } from './gpu-access.ts';
import { GpuProduct, onGpu, type Lineage } from './gpu-product.ts';
import type { GpuStream } from './gpu-stream.ts';
import type { GpuResult, GpuWork } from './gpu-work.ts';
import { HostRows, HostWork } from './host-work.ts';
import type { LaneGpu } from './lane-gpu.ts';

/** An instance of a GPU producer. */
export interface GpuProducerInstance {
  /** The SoA types that it makes; it puts each as `onGpu` of that type. */
  readonly outputs: readonly SoAType[];
  /** Tokens of the products on the GPU that it reads; the queue of the first that nobody has followed is its own. */
  readonly inputs?: readonly GetToken<unknown>[];
  /**
   * Queues the work of one event and returns its products, in the order of `outputs`. It must not wait, and must do the
   * same each time: it is called once more for the host where the device fails.
   */
  enqueue(
    work: GpuWork,
    event: Pick<AcquireEvent, 'get' | 'find' | 'allocate'>,
    setup: EventSetup,
  ): readonly GpuResult[];
}

/** The declaration of a GPU producer; see {@link defineProducer}. */
export interface GpuProducerDeclaration<S extends ParameterSchema> {
  readonly type: string;
  readonly description: string;
  readonly parameters?: S;
  readonly construct: (context: ModuleContext, parameters: z.output<S>) => GpuProducerInstance;
}

/**
 * Declares a producer whose work is done on the GPU of the job, and on the host where there is none or it fails. The thread
 * only queues it: modules on the GPU follow it there, and who needs its products in host memory copies them with
 * {@link defineHostCopy}.
 */
export function defineGpuProducer<S extends ParameterSchema = NoParameters>(
  declaration: GpuProducerDeclaration<S>,
): CallableModuleType<S> {
  const { type, description, parameters, construct } = declaration;
  return defineProducer<S>({
    type,
    description,
    ...(parameters === undefined ? {} : { parameters }),
    construct(context, given) {
      const gpu = gpuOf(context);
      gpu?.need();
      const module = construct(context, given);
      const tokens = module.outputs.map((output) => context.produces(onGpu(output)));
      return new GpuProducer(context.label, gpu, operationsOf(context), module, tokens);
    },
  });
}

class GpuProducer {
  readonly #label: string;
  readonly #gpu: LaneGpu | undefined;
  readonly #operations: OperationRegistry;
  readonly #module: GpuProducerInstance;
  readonly #inputs: readonly GetToken<GpuProduct>[];
  readonly #tokens: readonly PutToken<GpuProduct>[];
  #streamIndex = 0;

  constructor(
    label: string,
    gpu: LaneGpu | undefined,
    operations: OperationRegistry,
    module: GpuProducerInstance,
    tokens: readonly PutToken<GpuProduct>[],
  ) {
    this.#label = label;
    this.#gpu = gpu;
    this.#operations = operations;
    this.#module = module;
    this.#inputs = (module.inputs ?? []) as readonly GetToken<GpuProduct>[];
    this.#tokens = tokens;
  }

  beginStream(streamIndex: number): void {
    this.#streamIndex = streamIndex;
  }

  produce(event: Event, setup: EventSetup): void {
    let made: readonly SoA[] | undefined;
    const lineage: Lineage = { remake: () => (made ??= this.#onHost(event, setup)) };
    const products =
      this.#onDevice(event, setup, lineage) ??
      lineage.remake().map((host, index) => this.#product(index, host.size, host, lineage));
    for (const [index, token] of this.#tokens.entries()) {
      const product = products[index];
      if (product !== undefined) event.put(token, product);
    }
  }

  /** The products on the device; nothing where it cannot make them. */
  #onDevice(event: Event, setup: EventSetup, lineage: Lineage): GpuProduct[] | undefined {
    const gpu = this.#gpu;
    const stream: GpuStream | undefined = gpu?.stream(this.#streamIndex);
    if (gpu === undefined) return undefined;
    try {
      if (stream !== undefined) {
        const work = new DeviceWork(stream, event, this.#inputs);
        const rows = this.#checked(this.#module.enqueue(work, event, setup));
        const { origin } = work;
        origin.queue.queue.record(origin.event);
        return rows.map((each, index) => {
          if (!(each instanceof DeviceRows)) throw this.#wrong('returns rows of another work');
          const place = { block: each.block, origin };
          const product = this.#product(index, each.size, each.host, lineage, place);
          noteBackend(product, stream.parts.backend.kind);
          return product;
        });
      }
    } catch (error) {
      gpu.failed(error);
    }
    gpu.fellBack();
    return undefined;
  }

  #onHost(event: Event, setup: EventSetup): readonly SoA[] {
    const work = new HostWork(event, this.#operations, this.#inputs);
    return this.#checked(this.#module.enqueue(work, event, setup)).map((rows) => {
      if (rows instanceof HostRows) return rows.host;
      throw this.#wrong('returns rows of another work');
    });
  }

  #product(
    index: number,
    size: number,
    host: SoA | undefined,
    lineage: Lineage,
    place?: GpuProduct['place'],
  ): GpuProduct {
    const type = this.#module.outputs[index] as SoAType;
    return new GpuProduct({ type, size, host, lineage, index, ...(place && { place }) });
  }

  #checked(rows: readonly GpuResult[]): readonly GpuResult[] {
    const { outputs } = this.#module;
    if (rows.length !== outputs.length) {
      throw this.#wrong(`returns ${String(rows.length)} products, not ${String(outputs.length)}`);
    }
    for (const [index, { type }] of rows.entries()) {
      const wanted = outputs[index]?.name;
      if (type.name !== wanted) throw this.#wrong(`returns ${type.name}, not ${String(wanted)}`);
    }
    return rows;
  }

  #wrong(what: string): EdmeshError {
    const label = this.#label;
    return new EdmeshError('EDMESH_MODULE_CONTRACT', `enqueue of ${label} ${what}`, {
      fields: { label },
    });
  }
}
