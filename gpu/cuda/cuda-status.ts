import type { EdmeshError } from '../../edm/index.ts';
import { contractError, lostError, memoryError, messageOf, operationError } from '../gpu-errors.ts';
import {
  cudaNotReady,
  cudaOutOfMemory,
  cudaResultOf,
  cudaSuccess,
  type CudaAddon,
  type Handle,
} from './cuda-addon.ts';

/** Whether the devices of a backend can be used: a context that has failed stays so until the process ends. */
export class CudaStatus {
  /** Resolves when the devices are lost. */
  readonly lost: Promise<EdmeshError>;
  readonly #addon: CudaAddon;
  #failure: EdmeshError | undefined;
  #isClosed = false;
  #sayLost: (error: EdmeshError) => void = () => undefined;

  constructor(addon: CudaAddon) {
    this.#addon = addon;
    this.lost = new Promise((resolve) => {
      this.#sayLost = resolve;
    });
  }

  /** Why the devices are lost, if they are. */
  get failure(): EdmeshError | undefined {
    return this.#failure;
  }

  /** Whether the devices can be asked for something. */
  get isUsable(): boolean {
    return this.#failure === undefined && !this.#isClosed;
  }

  /** Throws where nothing can be asked of the devices any more. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isClosed) throw contractError('backend cuda is closed');
  }

  /** Nothing is to be asked of the devices from now on. */
  close(): void {
    this.#isClosed = true;
  }

  /** Takes an answer of the driver about work that was queued: whatever went wrong there has ended the context. */
  observe(result: number, cause?: unknown): EdmeshError | undefined {
    if (result === cudaSuccess || result === cudaNotReady) return undefined;
    if (this.#failure === undefined) {
      const [name, text] = [this.#addon.resultName(result), this.#addon.resultText(result)];
      this.#failure = lostError('cuda', `${name} (${String(result)}): ${text}`, cause);
      this.#sayLost(this.#failure);
    }
    return this.#failure;
  }

  /** Whether a call has failed because the context of its queue had; then the devices are lost. */
  blame(queue: Handle, cause: unknown): EdmeshError | undefined {
    return this.#failure ?? this.observe(this.#addon.queryQueue(queue), cause);
  }

  /**
   * Asks the driver for something outside of a queue. What it refuses is `EDMESH_GPU_MEMORY`, `EDMESH_GPU_LOST` where the
   * context has failed, or `EDMESH_GPU_OPERATION`.
   *
   * @param bytes how much memory is asked for
   */
  ask<T>(context: Handle, what: string, bytes: number, call: () => T): T {
    this.check();
    try {
      return call();
    } catch (error) {
      const result = cudaResultOf(error);
      if (result === undefined) throw error;
      if (result === cudaOutOfMemory) {
        throw memoryError(
          `backend cuda has no memory for ${what}: ${messageOf(error)}`,
          bytes,
          error,
        );
      }
      throw (
        this.#blameContext(context, error) ??
        operationError({ backend: 'cuda', operation: what }, error)
      );
    }
  }

  #blameContext(context: Handle, cause: unknown): EdmeshError | undefined {
    try {
      this.#addon.memoryInfo(context);
      return undefined;
    } catch (error) {
      return this.observe(cudaResultOf(error) ?? cudaSuccess, cause);
    }
  }
}
