/**
 * Runs processes of one job side by side in this thread, over a broker in memory. Each has a channel of its own that can
 * do harm; what is published can be watched frame by frame. On a simulated clock unless another environment is given.
 */
import {
  createJob,
  defaultJobOptions,
  meshConnection,
  nodeEnvironment,
  thisThread,
  type Environment,
  type Job,
  type JobOptions,
  type JobReport,
} from '../../../actors/index.ts';
import { simulatedEnvironment, type SimulatedEnvironment } from '../../../actors/testing/index.ts';
import { silentLogger, type ProcessTemplate } from '../../../edm/index.ts';
import {
  frameKinds,
  Inbox,
  MemoryBroker,
  type Channel,
  type FrameKind,
} from '../../../transport/index.ts';
import { FaultyChannel, type FaultRule } from '../../../transport/testing/faulty-channel.ts';

/** A process of the job with options of its own. */
export interface MeshProcess {
  readonly template: ProcessTemplate;
  readonly options?: Partial<JobOptions>;
  /** When it starts; at once unless said otherwise. */
  readonly starts?: Promise<unknown>;
}

/** A message on its way out. */
export interface Published {
  readonly endpoint: string;
  readonly subject: string;
  readonly kinds: readonly (keyof typeof frameKinds)[];
  /** Of the event of each frame. */
  readonly ordinals: readonly number[];
  readonly channel: FaultyChannel;
}

/** What surrounds the processes of a test. */
export interface MeshSurroundings {
  readonly environment?: Environment;
  readonly maxPayloadBytes?: number;
  readonly heartbeatMs?: number;
  readonly peerTimeoutMs?: number;
  readonly joinTimeoutMs?: number;
  readonly slots?: number;
  /** Which start each process is; they differ unless said otherwise. */
  readonly sessions?: readonly string[];
  readonly seed?: number;
  readonly faults?: readonly FaultRule[];
  /** Sees each message before it goes. */
  readonly published?: (message: Published) => void;
  /** Stands between an endpoint and its channel. */
  readonly between?: (channel: FaultyChannel, endpoint: string) => Channel;
}

/** Processes that run. */
export interface RunningMesh {
  readonly jobs: readonly Job[];
  readonly channels: ReadonlyMap<string, FaultyChannel>;
  readonly reports: Promise<JobReport[]>;
}

const nameOf = new Map(Object.entries(frameKinds).map(([name, kind]) => [kind, name])) as Map<
  FrameKind,
  keyof typeof frameKinds
>;

/** The kinds and ordinals of the frames in a packet; none where it is no packet. */
function framesIn(subject: string, payload: Uint8Array): Pick<Published, 'kinds' | 'ordinals'> {
  const kinds: (keyof typeof frameKinds)[] = [];
  const ordinals: number[] = [];
  new Inbox({
    subject,
    onFrame: ({ kind, ordinal }) => {
      kinds.push(nameOf.get(kind) ?? 'abort');
      ordinals.push(ordinal);
    },
    onProblem: () => undefined,
  }).accept(payload);
  return { kinds, ordinals };
}

/** Starts all processes. */
export function startMesh(
  processes: readonly MeshProcess[],
  surroundings: MeshSurroundings = {},
): RunningMesh {
  const { maxPayloadBytes, sessions, seed = 1, faults = [], published, slots } = surroundings;
  const environment = surroundings.environment ?? nodeEnvironment(silentLogger);
  const broker = new MemoryBroker(
    environment.defer,
    maxPayloadBytes === undefined ? { scrub: true } : { scrub: true, maxPayloadBytes },
  );
  const channels = new Map<string, FaultyChannel>();
  const openChannel = (endpoint: string): Promise<Channel> => {
    const channel = new FaultyChannel(broker.connect(), environment, seed + channels.size, faults);
    channels.set(endpoint, channel);
    if (published !== undefined) {
      const publish = channel.publish.bind(channel);
      channel.publish = (subject, payload) => {
        published({ endpoint, subject, ...framesIn(subject, payload), channel });
        publish(subject, payload);
      };
    }
    return Promise.resolve(surroundings.between?.(channel, endpoint) ?? channel);
  };
  const jobs = processes.map(({ template, options = {} }, at) =>
    createJob(
      template.configure(),
      {
        ...defaultJobOptions,
        laneHost: thisThread,
        ...options,
        mesh: {
          connect: meshConnection({
            job: 'test',
            session: sessions?.[at] ?? `start-${String(at)}`,
            openChannel,
            heartbeatMs: surroundings.heartbeatMs ?? 1000,
            peerTimeoutMs: surroundings.peerTimeoutMs ?? 5000,
            joinTimeoutMs: surroundings.joinTimeoutMs ?? 20_000,
            ...(slots === undefined ? {} : { slots }),
          }),
        },
      },
      environment,
    ),
  );
  const run = async (job: Job, at: number): Promise<JobReport> => {
    await processes[at]?.starts;
    return job.run();
  };
  return { jobs, channels, reports: Promise.all(jobs.map(run)) };
}

/** Runs all processes to their end; the reports are in the same order. */
export function runMesh(
  processes: readonly MeshProcess[],
  surroundings: MeshSurroundings = {},
): Promise<JobReport[]> {
  return startMesh(processes, surroundings).reports;
}

/**
 * Runs all processes to their end on a simulated clock, which goes on in small steps. Rejects where they have not come to
 * their end within so much simulated time: somebody waits for ever.
 */
export async function runSimulated(
  processes: readonly MeshProcess[],
  surroundings: Omit<MeshSurroundings, 'environment'> = {},
  during: (mesh: RunningMesh, environment: SimulatedEnvironment) => void = () => undefined,
): Promise<JobReport[]> {
  const environment = simulatedEnvironment();
  const mesh = startMesh(processes, { ...surroundings, environment });
  during(mesh, environment);
  let reports: JobReport[] | undefined;
  void mesh.reports.then((all) => {
    reports = all;
  });
  while (reports === undefined) {
    if (environment.now() > 200_000) throw new Error('somebody waits for ever');
    await environment.advance(100);
  }
  return reports;
}
