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
