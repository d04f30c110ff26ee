export { declaredProducts } from './plan/declared-products.ts';
export type { DeclaredProducts } from './plan/declared-products.ts';
export type { Environment, Timer } from './environment.ts';
export { defaultJobOptions } from './job/job-options.ts';
export type { JobOptions } from './job/job-options.ts';
export { createJob } from './job/job.ts';
export type { Job } from './job/job.ts';
export { defineGpuProducer, defineHostCopy, gpuOptions, onGpu } from './gpu/index.ts';
export type {
  GpuArray,
  GpuOptions,
  GpuProducerDeclaration,
  GpuProducerInstance,
  GpuProduct,
  GpuReport,
  GpuResult,
  GpuRows,
  GpuWork,
  OperationReport,
} from './gpu/index.ts';
export { connectionOf } from './lane/lane-connection.ts';
export type {
  ConnectedLane,
  LaneConnection,
  MakeConnection,
  MeshOptions,
} from './lane/lane-connection.ts';
export { thisThread } from './lane/lane-host.ts';
export type { LaneHost, LaneStart, StartedLane } from './lane/lane-host.ts';
export type { LanePlace } from './lane/lane-places.ts';
export type { ConfigModule, LaneOrder } from './lane/lane-wire.ts';
export { nodeEnvironment } from './node-environment.ts';
export { processGraph } from './plan/process-graph.ts';
export type { ProcessGraph } from './plan/process-graph.ts';
export { serveLane } from './lane/serve-lane.ts';
export type { LaneThread } from './lane/serve-lane.ts';
export { WorkerLanes } from './lane/worker-lanes.ts';
export type { WorkerLanesOptions } from './lane/worker-lanes.ts';
export { collectingYoungGarbage } from './lane/young-garbage.ts';
export { errorsListedMax } from './job/report.ts';
export type {
  ErrorReport,
  JobProgress,
  JobReport,
  ModuleReport,
  PathReport,
} from './job/report.ts';
export {
  declaredWays,
  meshConnection,
  MPIController,
  MPIReceiver,
  MPISender,
  MPISource,
  MPIToken,
  PathStateCapture,
  PathStateRelease,
  PathStateToken,
} from './mpi/index.ts';
export { Replay, selectEvents } from './mpi/index.ts';
export type {
  ChannelOwner,
  EventWish,
  MeshParts,
  ReplayResult,
  ReplaySelection,
  ReplayWish,
} from './mpi/index.ts';
