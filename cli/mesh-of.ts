import type { JobOptions } from '../actors/index.ts';
import type { MeshSettings } from './mesh-settings.ts';

/** What connects a job with the other processes of its mesh, as options of the job. */
export type MeshOf = (settings: MeshSettings) => Partial<JobOptions>;

/** A mesh over a NATS server. */
export const meshOf: MeshOf = () => ({});

/** A mesh of jobs side by side in this OS process; each call makes another. */
export function inProcessMesh(): MeshOf {
  return () => ({});
}
