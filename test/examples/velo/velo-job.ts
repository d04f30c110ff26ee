import { z } from 'zod';
import {
  createJob,
  defaultJobOptions,
  nodeEnvironment,
  silentLogger,
  type JobOptions,
  type JobReport,
  type ProcessTemplate,
} from '../../../index.ts';

const counts = z.strictObject({ found: z.number(), total: z.number() });

/** The summaries that every VELO job gives. */
const summaries = z.object({
  clusterValidator: z.strictObject({ clusters: z.number(), matched: z.number() }),
  trackValidator: z.strictObject({
    tracks: z.number(),
    ghosts: z.number(),
    clones: z.number(),
    velo: counts,
    long: counts,
    long5: counts,
  }),
  vertexValidator: z.strictObject({ found: z.number(), total: z.number(), extra: z.number() }),
});

/** Runs a process with everything real, and a digest. */
export function runVelo(
  template: ProcessTemplate,
  parameters: Readonly<Record<string, unknown>>,
  options: Partial<JobOptions> = {},
): Promise<JobReport> {
  const all = { ...defaultJobOptions, digest: true, ...options };
  return createJob(template.configure(parameters), all, nodeEnvironment(silentLogger)).run();
}

/** Efficiencies and ghost rate as fractions, the rest as counts. */
export function figuresOf(report: JobReport) {
  const { clusterValidator, trackValidator, vertexValidator } = summaries.parse(
    Object.fromEntries(
      Object.entries(report.modules).map(([label, { summary }]) => [label, summary]),
    ),
  );
  const { velo, long, ghosts, tracks } = trackValidator;
  return {
    ...clusterValidator,
    velo: velo.found / velo.total,
    long: long.found / long.total,
    ghosts: ghosts / tracks,
    vertices: vertexValidator,
  };
}
