/** Records the packets of a job over several processes, and replays one of them on these. */
import {
  createJob,
  defaultJobOptions,
  meshConnection,
  nodeEnvironment,
  Replay,
  thisThread,
  type JobOptions,
  type JobReport,
  type ReplayResult,
  type ReplaySelection,
} from '../../../actors/index.ts';
import { silentLogger, type EdmeshError, type ProcessTemplate } from '../../../edm/index.ts';
import {
  MemoryBroker,
  parseLinkSubject,
  type Channel,
  type JournalRecord,
} from '../../../transport/index.ts';
import { inBatches } from '../../transport/journal-kit.ts';
import type { MeshProcess } from './mesh-jobs.ts';

/** What a job has sent, and how its processes ended. */
export interface RecordedJob {
  readonly records: readonly JournalRecord[];
  readonly reports: readonly JobReport[];
  readonly processes: readonly {
    readonly process: string;
    readonly endpoints: readonly string[];
  }[];
}

const environment = nodeEnvironment(silentLogger);

/** Runs all processes side by side and keeps every packet of their links, in the order in which they were published. */
export async function recordJob(processes: readonly MeshProcess[]): Promise<RecordedJob> {
  const broker = new MemoryBroker(environment.defer, { scrub: true });
  const records: JournalRecord[] = [];
  const endpoints = new Map<string, Set<string>>();
  const recorded = (channel: Channel): Channel => {
    const publish = channel.publish.bind(channel);
    channel.publish = (subject, payload) => {
      const sequence = records.length + 1;
      if (parseLinkSubject(subject) !== undefined) {
        records.push({ sequence, subject, payload: payload.slice(), timeMs: 0 });
      }
      publish(subject, payload);
    };
    return channel;
  };
  const reports = await Promise.all(
    processes.map(({ template, options = {} }) => {
      const definition = template.configure();
      const known = new Set<string>();
      endpoints.set(definition.data.name, known);
      return run(definition, options, (place, process, lanes) =>
        meshConnection({
          job: 'test',
          session: definition.data.name,
          openChannel: (endpoint) => {
            known.add(endpoint);
            return Promise.resolve(recorded(broker.connect()));
          },
          heartbeatMs: 1000,
          peerTimeoutMs: 20_000,
          joinTimeoutMs: 20_000,
        })(place, process, lanes),
      );
    }),
  );
  return {
    records,
    reports,
    processes: [...endpoints].map(([process, known]) => ({ process, endpoints: [...known] })),
  };
}

/** What came of the replay of a process. */
export interface Replayed {
  readonly report: JobReport;
  readonly result: ReplayResult;
  /** What has ended the replay itself. */
  readonly errors: readonly EdmeshError[];
}

/** Replays a process on what was recorded. */
export async function replayOf(
  template: ProcessTemplate,
  { records, processes }: Pick<RecordedJob, 'records' | 'processes'>,
  options: {
    readonly job?: Partial<JobOptions>;
    readonly selection?: ReplaySelection;
    readonly offset?: number;
    readonly hasProducts?: boolean;
  } = {},
): Promise<Replayed> {
  const definition = template.configure();
  const errors: EdmeshError[] = [];
  const { selection, offset, hasProducts = true } = options;
  const kept = hasProducts
    ? records
    : records.filter(({ subject }) => parseLinkSubject(subject)?.instance === 0);
  let stop = (): void => undefined;
  const replay = new Replay({
    job: 'test',
    process: definition.data.name,
    processes,
    records: inBatches(kept, 5),
    hasProducts,
    ...(selection === undefined ? {} : { selection }),
    ...(offset === undefined ? {} : { offset }),
    defer: environment.defer,
    failed: (error) => {
      errors.push(error);
      stop();
    },
  });
  const report = await run(definition, { ...options.job }, replay.connect, (job) => {
    stop = () => {
      job.stop();
    };
  });
  return { report, result: await replay.close(report.exitCode === 0), errors };
}

function run(
  definition: ReturnType<ProcessTemplate['configure']>,
  options: Partial<JobOptions>,
  connect: NonNullable<JobOptions['mesh']>['connect'],
  see: (job: ReturnType<typeof createJob>) => void = () => undefined,
): Promise<JobReport> {
  const all = { ...defaultJobOptions, laneHost: thisThread, ...options, mesh: { connect } };
  const job = createJob(definition, all, environment);
  see(job);
  return job.run();
}
