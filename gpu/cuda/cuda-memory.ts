import type { DeviceBlock, HostBlock } from '../backend.ts';
import { contractError } from '../gpu-errors.ts';
import { cudaResultOf, type CudaAddon, type Handle } from './cuda-addon.ts';
import type { CudaContext } from './cuda-context.ts';
import type { CudaStatus } from './cuda-status.ts';
import { PinnedRanges } from './pinned-ranges.ts';

/** Device memory of the CUDA driver. */
export class CudaBlock implements DeviceBlock {
  readonly device: number;
  readonly bytes: number;
  readonly address: number;
  /** The memory in the addon. */
  readonly handle: Handle;
  readonly owner: CudaMemory;
  isFreed = false;

  constructor(
    owner: CudaMemory,
    device: number,
    bytes: number,
    memory: { readonly handle: Handle; readonly address: number },
  ) {
    this.owner = owner;
    this.device = device;
    this.bytes = bytes;
    this.handle = memory.handle;
    this.address = memory.address;
  }
}

/** Device memory and pinned host memory of a backend. */
export class CudaMemory {
  readonly #addon: CudaAddon;
  readonly #status: CudaStatus;
  readonly #contexts: readonly CudaContext[];
  readonly #hostBlocks = new Map<HostBlock, ArrayBuffer>();
  readonly #registered = new Map<
    Uint8Array,
    { readonly handle: Handle; readonly range: Uint8Array }
  >();
  readonly #pinned = new PinnedRanges();

  constructor(addon: CudaAddon, status: CudaStatus, contexts: readonly CudaContext[]) {
    this.#addon = addon;
    this.#status = status;
    this.#contexts = contexts;
  }

  /** See {@link GpuBackend.allocate}. */
  allocate(context: CudaContext, bytes: number): CudaBlock {
    checkBytes(bytes);
    const { handle, device } = context;
    // The driver gives no memory of 0 bytes.
    const what = `${String(bytes)} bytes on device ${String(device)}`;
    const made = this.#status.ask(handle, what, bytes, () =>
      this.#addon.allocate(handle, Math.max(bytes, 1)),
    );
    return new CudaBlock(this, device, bytes, made);
  }

  /** See {@link GpuBackend.free}. */
  free(given: DeviceBlock): void {
    const block = this.own(given);
    block.isFreed = true;
    this.#addon.destroy(block.handle);
  }

  /** A block as one of this backend. Throws `EDMESH_GPU_CONTRACT` where it is not, or was freed. */
  own(block: DeviceBlock): CudaBlock {
    if (!(block instanceof CudaBlock) || block.owner !== this) {
      throw contractError('the memory is not of backend cuda');
    }
    if (block.isFreed) throw contractError(`the memory at ${String(block.address)} was freed`);
    return block;
  }

  /** See {@link GpuBackend.allocateHost}. */
  allocateHost(bytes: number): HostBlock {
    checkBytes(bytes);
    const context = this.#anyContext;
    const what = `${String(bytes)} bytes of pinned host memory`;
    const buffer = this.#status.ask(context, what, bytes, () =>
      this.#addon.allocateHost(context, Math.max(bytes, 1)),
    );
    const block: HostBlock = { memory: new Uint8Array(buffer, 0, bytes) };
    this.#hostBlocks.set(block, buffer);
    this.#pinned.add(new Uint8Array(buffer));
    return block;
  }

  /** See {@link GpuBackend.freeHost}. */
  freeHost(block: HostBlock): void {
    const buffer = this.#hostBlocks.get(block);
    if (buffer === undefined) {
      throw contractError('the host memory is not of backend cuda, or was freed');
    }
    this.#hostBlocks.delete(block);
    this.#pinned.remove(new Uint8Array(buffer));
    this.#addon.freeHost(buffer);
  }

  /** See {@link GpuBackend.pin}: the memory, or where the driver wants whole pages, those that lie in it. */
  pin(memory: Uint8Array<SharedArrayBuffer>): boolean {
    if (this.#registered.has(memory)) return true;
    for (const range of [memory, this.#wholePages(memory)]) {
      if (range.byteLength === 0) continue;
      try {
        const handle = this.#addon.register(this.#anyContext, range);
        this.#registered.set(memory, { handle, range });
        this.#pinned.add(range);
        return true;
      } catch (error) {
        // A refusal costs speed only: transfers then go by way of a copy.
        if (cudaResultOf(error) === undefined) throw error;
      }
    }
    return false;
  }

  /** See {@link GpuBackend.unpin}. */
  unpin(memory: Uint8Array<SharedArrayBuffer>): void {
    const registered = this.#registered.get(memory);
    if (registered === undefined) return;
    this.#registered.delete(memory);
    this.#pinned.remove(registered.range);
    this.#addon.destroy(registered.handle);
  }

  /** Whether the driver can copy from or to a view while the host does something else. */
  isPinned(view: ArrayBufferView): boolean {
    return this.#pinned.holds(view);
  }

  /** Takes host memory back from all who may still have it: their views become empty, and never point at what is gone. */
  close(): void {
    for (const buffer of this.#hostBlocks.values()) {
      try {
        this.#addon.freeHost(buffer);
      } catch (error) {
        // A context that has failed gives nothing back; the end of the process does.
        if (cudaResultOf(error) === undefined) throw error;
      }
    }
    this.#hostBlocks.clear();
  }

  get #anyContext(): Handle {
    const [context] = this.#contexts;
    if (context === undefined) throw contractError('backend cuda has no device');
    return context.handle;
  }

  #wholePages(memory: Uint8Array<SharedArrayBuffer>): Uint8Array<SharedArrayBuffer> {
    const address = this.#addon.addressOf(memory);
    const start = Math.ceil(address / pageBytes) * pageBytes - address;
    const end = Math.floor((address + memory.byteLength) / pageBytes) * pageBytes - address;
    return memory.subarray(start, Math.max(start, end));
  }
}

const pageBytes = 4096;

function checkBytes(bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return;
  throw contractError(`${String(bytes)} is no number of bytes`);
}
