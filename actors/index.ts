export { declaredProducts } from './declared-products.ts';
export type { DeclaredProducts } from './declared-products.ts';
export type { Environment, Timer } from './environment.ts';
export { defaultJobOptions } from './job-options.ts';
export type { JobOptions } from './job-options.ts';
export { createJob } from './job.ts';
export type { Job } from './job.ts';
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
export { connectionOf } from './lane-connection.ts';
export type {
  ConnectedLane,
  LaneConnection,
  MakeConnection,
  MeshOptions,
} from './lane-connection.ts';
export { thisThread } from './lane-host.ts';
export type { LaneHost, LaneStart, StartedLane } from './lane-host.ts';
export type { LanePlace } from './lane-places.ts';
export type { ConfigModule, LaneOrder } from './lane-wire.ts';
export { nodeEnvironment } from './node-environment.ts';
export { processGraph } from './process-graph.ts';
export type { ProcessGraph } from './process-graph.ts';
export { serveLane } from './serve-lane.ts';
export type { LaneThread } from './serve-lane.ts';
export { WorkerLanes } from './worker-lanes.ts';
export type { WorkerLanesOptions } from './worker-lanes.ts';
export { collectingYoungGarbage } from './young-garbage.ts';
export { errorsListedMax } from './report.ts';
export type { ErrorReport, JobProgress, JobReport, ModuleReport, PathReport } from './report.ts';
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
export type { MeshParts } from './mpi/index.ts';
