/** What identifies an object of the addon: a context, queue, event, piece of memory, module or kernel. Never 0. */
export type Handle = number;

/** The functions of the addon; see gpu/cuda/addon. Each throws an error that {@link cudaResultOf} understands. */
export interface CudaAddon {
  /**
   * Opens a driver library for the calling thread. `completed` is called with the number of pairs (id, status) that lie in
   * `batch`. Throws an error named `NoCudaDriver`, and one without a name where a driver is open already.
   */
  open(
    library: string,
    completed: (count: number) => void,
    waitersMax: number,
    watchdogMs: number,
  ): { readonly driverVersion: number; readonly batch: Uint32Array };
  close(): void;
  deviceCount(): number;
  deviceInfo(device: number): CudaDeviceInfo;
  openContext(device: number): Handle;
  memoryInfo(context: Handle): { readonly freeBytes: number; readonly totalBytes: number };
  resultName(result: number): string;
  resultText(result: number): string;
  destroy(handle: Handle): boolean;
  allocate(context: Handle, bytes: number): { readonly handle: Handle; readonly address: number };
  allocateHost(context: Handle, bytes: number): ArrayBuffer;
  freeHost(buffer: ArrayBuffer): void;
  register(context: Handle, view: Uint8Array): Handle;
  addressOf(view: Uint8Array): number;
  upload(queue: Handle, memory: Handle, offset: number, source: ArrayBufferView): void;
  download(queue: Handle, memory: Handle, offset: number, target: ArrayBufferView): void;
  createQueue(context: Handle, hostFunctions: boolean): Handle;
  /** The driver's answer: 0 for idle, 600 for busy, or why its context has failed. */
  queryQueue(queue: Handle): number;
  createEvent(context: Handle): Handle;
  record(queue: Handle, event: Handle): void;
  wait(queue: Handle, event: Handle): void;
  /** As {@link queryQueue}. */
  queryEvent(event: Handle): number;
  /** Asks for a completion with this id. */
  complete(queue: Handle, id: number): void;
  statistics(): CompletionStatistics;
  loadModule(context: Handle, ptx: string): Handle;
  /**
   * `packed` is where launches of the kernel are described: eight words (grid, block, bytes of shared memory, bytes of
   * arguments), then the arguments as the kernel takes them. It is shared memory so that nobody can detach it.
   */
  getKernel(module: Handle, name: string, packed: Uint8Array<SharedArrayBuffer>): Handle;
  /** Puts a launch with what is packed at the time into a queue. */
  launch(queue: Handle, kernel: Handle): void;
}

/** What the driver says about a device. */
export interface CudaDeviceInfo {
  readonly name: string;
  readonly totalBytes: number;
  /** Compute capability. */
  readonly major: number;
  readonly minor: number;
  readonly multiprocessors: number;
}

/** What was counted of completions since a driver was opened. */
export interface CompletionStatistics {
  readonly delivered: number;
  /** Calls into JavaScript, each with all completions that waited for it. */
  readonly batches: number;
  readonly pending: number;
  /** Time that threads of the addon or the driver spent to deliver, in all and at most, nanoseconds. */
  readonly foreignNs: number;
  readonly foreignNsMax: number;
  readonly waiters: number;
}

/** Answers of the driver that are not failures of what was asked. */
export const cudaSuccess = 0;
/** Work is still under way. */
export const cudaNotReady = 600;
/** Not enough memory. */
export const cudaOutOfMemory = 2;

/** The result code of the driver in what the addon has thrown; nothing where it was something else. */
export function cudaResultOf(error: unknown): number | undefined {
  const isOfDriver = error instanceof Error && error.name === 'CudaError' && 'result' in error;
  return isOfDriver && typeof error.result === 'number' ? error.result : undefined;
}

/** Whether an error says that there is no driver that could be used. */
export function isNoDriver(error: unknown): error is Error {
  return error instanceof Error && error.name === 'NoCudaDriver';
}
