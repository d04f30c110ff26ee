import type { NamedOperation } from '../../edm/index.ts';
import { registryOf, type OperationRegistry } from '../../gpu/index.ts';
import type { LaneGpu } from './lane-gpu.ts';

const gpus = new WeakMap<object, LaneGpu>();

/** Says which GPU a module reaches with the context that its `construct` gets. */
export function setGpu(context: object, gpu: LaneGpu | undefined): void {
  if (gpu !== undefined) gpus.set(context, gpu);
}

/** The GPU of the lane that a module is constructed for; there is none where the job runs without. */
export function gpuOf(context: object): LaneGpu | undefined {
  return gpus.get(context);
}

const none: readonly NamedOperation[] = [];
const registries = new WeakMap<readonly NamedOperation[], OperationRegistry>();
const operations = new WeakMap<object, OperationRegistry>();

/** The operations of a process: the built-in ones and its own. Throws `EDMESH_DEFINITION` where one of its own is wrong. */
export function operationsOfProcess({
  gpuOperations = none,
}: {
  readonly gpuOperations?: readonly NamedOperation[];
}): OperationRegistry {
  const found = registries.get(gpuOperations) ?? registryOf(gpuOperations, '`gpuOperations`');
  registries.set(gpuOperations, found);
  return found;
}

/** Says which operations a module can run with the context that its `construct` gets. */
export function setOperations(context: object, registry: OperationRegistry): void {
  operations.set(context, registry);
}

/** The operations that the host can do for a module. */
export function operationsOf(context: object): OperationRegistry {
  return operations.get(context) ?? operationsOfProcess({});
}
