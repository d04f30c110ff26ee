export { backendKinds } from './backend.ts';
export type {
  BackendKind,
  BackendRefusal,
  BodyKind,
  DeviceArray,
  DeviceBlock,
  DeviceInfo,
  GpuBackend,
  GpuEvent,
  GpuQueue,
  HostBlock,
  OperationArguments,
} from './backend.ts';
export type { Allocation } from './cached-block.ts';
export { deviceAllocator, hostAllocator } from './caching-allocator.ts';
export type { AllocatorCounters, CachingAllocator } from './caching-allocator.ts';
export { gpuChoices, refusalText } from './choose-backend.ts';
export type { GpuChoice } from './choose-backend.ts';
export type { CudaAddon } from './cuda/cuda-addon.ts';
export { loadAddon } from './cuda/load-addon.ts';
export { openCuda } from './cuda/open-cuda.ts';
export { tryOperations } from './conformance.ts';
export { serveEngine } from './engine/serve-engine.ts';
export type { EngineStart } from './engine/engine-messages.ts';
export { backendOpeners, gpuOpener } from './open-gpu.ts';
export type { GpuInstallation, GpuLease, OpenGpu } from './open-gpu.ts';
export { ownOperations, registryOf } from './operations/load-operations.ts';
export type { OwnOperations } from './operations/load-operations.ts';
export { argument, defineOperation } from './operations/operation.ts';
export type {
  ArrayParameter,
  CudaBody,
  Operation,
  OperationDeclaration,
  OperationParameters,
  OperationSample,
  ScalarParameter,
  Tolerance,
} from './operations/operation.ts';
export type { OperationRegistry } from './operations/operation-registry.ts';
export type { ElementArray } from './operations/elements.ts';
export { runOnHost } from './operations/run-on-host.ts';
export { EventCache, QueueCache } from './queue-cache.ts';
export type { SharedQueue } from './queue-cache.ts';
