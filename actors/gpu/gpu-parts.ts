import type {
  BodyKind,
  CachingAllocator,
  DeviceBlock,
  EventCache,
  GpuBackend,
  HostBlock,
  OperationRegistry,
  QueueCache,
} from '../../gpu/index.ts';
import type { DeviceConstants } from './device-constants.ts';

/** What the modules of a lane share of an open backend. Allocators and constants are one a device. */
export interface GpuParts {
  readonly backend: GpuBackend;
  readonly operations: OperationRegistry;
  readonly queues: QueueCache;
  readonly events: EventCache;
  readonly memory: readonly CachingAllocator<DeviceBlock>[];
  readonly hostMemory: readonly CachingAllocator<HostBlock>[];
  readonly constants: readonly DeviceConstants[];
  readonly counts: GpuCounts;
}

/** What a lane counts of its work on devices. */
export interface GpuCounts {
  readonly operations: Map<string, { readonly body: BodyKind; runs: number }>;
  fallbacks: number;
  bytesUp: number;
  bytesDown: number;
}
