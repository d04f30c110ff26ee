export { declaredWays } from './declared-ways.ts';
export { meshConnection } from './mesh-connection.ts';
export type { MeshParts } from './mesh-options.ts';
export { MPIController } from './mpi-controller.ts';
export { MPIReceiver } from './mpi-receiver.ts';
export { MPISender } from './mpi-sender.ts';
export { MPISource } from './mpi-source.ts';
export { MPIToken, PathStateToken } from './mpi-token.ts';
export { PathStateCapture, PathStateRelease } from './path-state.ts';
