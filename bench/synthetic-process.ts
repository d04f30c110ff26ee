import { createJob, defaultJobOptions, nodeEnvironment, type JobReport } from '../actors/index.ts';
import { defineProcess, silentLogger, type ProcessDefinition } from '../edm/index.ts';
import { EmptySource } from '../io/index.ts';
import { emptyModules, type Shape } from './configs/empty-producer.ts';

/** A process of empty producers on one path. */
export function emptyProducers(shape: Shape, modules: number): ProcessDefinition {
  return defineProcess({
    name: 'BENCH',
    source: EmptySource(),
    ...emptyModules(shape, modules),
  }).configure();
}

/** Runs a process on a number of events. Throws where the job fails: a benchmark of a failed job is none. */
export async function runEvents(
  definition: ProcessDefinition,
  maxEvents: number,
  timing = false,
): Promise<JobReport> {
  const options = { ...defaultJobOptions, maxEvents, timing };
  const report = await createJob(definition, options, nodeEnvironment(silentLogger)).run();
  if (report.exitCode !== 0) throw new Error(report.errors[0]?.message ?? 'the job failed');
  return report;
}
