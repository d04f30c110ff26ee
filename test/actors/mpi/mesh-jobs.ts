/** Runs processes of one job side by side in this thread, over a broker in memory. */
import {
  createJob,
  defaultJobOptions,
  meshConnection,
  nodeEnvironment,
  thisThread,
  type JobOptions,
  type JobReport,
} from '../../../actors/index.ts';
import { silentLogger, type ProcessTemplate } from '../../../edm/index.ts';
import { MemoryBroker } from '../../../transport/index.ts';

/** A process of the job with options of its own. */
export interface MeshProcess {
  readonly template: ProcessTemplate;
  readonly options?: Partial<JobOptions>;
}

/** Runs all processes to their end; the reports are in the same order. */
export async function runMesh(
  processes: readonly MeshProcess[],
  maxPayloadBytes?: number,
): Promise<JobReport[]> {
  const environment = nodeEnvironment(silentLogger);
  const broker = new MemoryBroker(
    environment.defer,
    maxPayloadBytes === undefined ? { scrub: true } : { scrub: true, maxPayloadBytes },
  );
  return await Promise.all(
    processes.map(({ template, options = {} }) => {
      const job = createJob(
        template.configure(),
        {
          ...defaultJobOptions,
          laneHost: thisThread,
          ...options,
          mesh: {
            connect: meshConnection({
              job: 'test',
              openChannel: () => Promise.resolve(broker.connect()),
              heartbeatMs: 1000,
              peerTimeoutMs: 20_000,
              joinTimeoutMs: 20_000,
            }),
          },
        },
        environment,
      );
      return job.run();
    }),
  );
}
