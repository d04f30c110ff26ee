import type { AllocatorCounters, BackendRefusal, BodyKind, DeviceInfo } from '../../gpu/index.ts';

/** How often an operation ran. */
export interface OperationReport {
  /** Which body ran on the device. */
  readonly body: BodyKind;
  /** Runs on the device. */
  readonly runs: number;
}

/** What became of the GPU in a job. */
export interface GpuReport {
  /** The backend that was used. */
  readonly backend: string;
  readonly devices: readonly DeviceInfo[];
  /** Why others were not used. */
  readonly refused: readonly BackendRefusal[];
  /** Where it stood at the end: `ready`, `degraded` or `lost`; of several lanes the worst. */
  readonly state: string;
  /** Runs on the device, by operation. */
  readonly operations: Readonly<Record<string, OperationReport>>;
  /** Works of modules that were done on the host because they could not be done, or had failed, on the device. */
  readonly fallbacks: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Queues that were made. */
  readonly queues: number;
  /** Counters of the caching allocators: of the memory of all devices, and of host memory. */
  readonly allocator: { readonly device: AllocatorCounters; readonly host: AllocatorCounters };
}

const fromBestToWorst = ['ready', 'degraded', 'lost'];

/** The reports of all lanes as one; nothing where no lane has any. */
export function mergedGpuReports(reports: readonly GpuReport[]): GpuReport | undefined {
  const [first, ...others] = reports;
  if (first === undefined) return undefined;
  return others.reduce(merged, first);
}

function merged(a: GpuReport, b: GpuReport): GpuReport {
  const operations: Record<string, OperationReport> = { ...a.operations };
  for (const [name, { body, runs }] of Object.entries(b.operations)) {
    operations[name] = { body, runs: runs + (operations[name]?.runs ?? 0) };
  }
  const rank = (state: string): number => fromBestToWorst.indexOf(state);
  return {
    ...a,
    state: rank(b.state) > rank(a.state) ? b.state : a.state,
    operations,
    fallbacks: a.fallbacks + b.fallbacks,
    bytesUp: a.bytesUp + b.bytesUp,
    bytesDown: a.bytesDown + b.bytesDown,
    queues: a.queues + b.queues,
    allocator: {
      device: addedCounters(a.allocator.device, b.allocator.device),
      host: addedCounters(a.allocator.host, b.allocator.host),
    },
  };
}

/** Counters of two allocators together. */
export function addedCounters(a: AllocatorCounters, b: AllocatorCounters): AllocatorCounters {
  return {
    liveBlocks: a.liveBlocks + b.liveBlocks,
    liveBytes: a.liveBytes + b.liveBytes,
    requestedBytes: a.requestedBytes + b.requestedBytes,
    cachedBlocks: a.cachedBlocks + b.cachedBlocks,
    cachedBytes: a.cachedBytes + b.cachedBytes,
    retiringBlocks: a.retiringBlocks + b.retiringBlocks,
    retiringBytes: a.retiringBytes + b.retiringBytes,
    hits: a.hits + b.hits,
    misses: a.misses + b.misses,
    flushes: a.flushes + b.flushes,
  };
}
