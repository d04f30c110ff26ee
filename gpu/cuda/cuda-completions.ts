import type { EdmeshError } from '../../edm/index.ts';
import type { CudaAddon, Handle } from './cuda-addon.ts';
import type { CudaStatus } from './cuda-status.ts';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: EdmeshError) => void;
}

/** Places in queues that somebody waits for. The addon tells of many in one call. */
export class CudaCompletions {
  readonly #waiting = new Map<number, Waiting>();
  #batch: Uint32Array = new Uint32Array(0);
  #status: CudaStatus | undefined;
  #lastId = 0;

  /** What the addon calls with the number of pairs (id, status) in the batch. */
  readonly completed = (count: number): void => {
    for (let index = 0; index < count; index++) {
      const id = this.#batch[2 * index] ?? 0;
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) continue;
      this.#waiting.delete(id);
      const failure = this.#status?.observe(this.#batch[2 * index + 1] ?? 0);
      if (failure === undefined) waiting.resolve();
      else waiting.reject(failure);
    }
  };

  /** Says where the addon puts what has completed. */
  use(batch: Uint32Array, status: CudaStatus): void {
    this.#batch = batch;
    this.#status = status;
  }

  /** How many places are waited for. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves when all that is in the queue now has ended. Throws what the addon throws where it cannot say so. */
  ask(addon: CudaAddon, queue: Handle): Promise<void> {
    const id = this.#freeId();
    addon.complete(queue, id);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #freeId(): number {
    do this.#lastId = (this.#lastId + 1) >>> 0;
    while (this.#waiting.has(this.#lastId));
    return this.#lastId;
  }
}
