import { EdmeshError, type ProcessDefinition, type ProductType } from '../../edm/index.ts';
import { MemoryBroker } from '../../transport/index.ts';
import { createJob } from '../job/job.ts';
import { defaultJobOptions, type JobOptions } from '../job/job-options.ts';
import { contractOf, type LinkEnd } from '../mpi/contract.ts';
import type { Hello } from '../mpi/hello.ts';
import { meshConnection } from '../mpi/index.ts';
import type { JobReport } from '../job/report.ts';
import {
  agreed,
  ProbedPartner,
  type FrameFields,
  type FrameName,
  type ProbedFrame,
} from './probed-partner.ts';
import {
  settle,
  simulatedEnvironment,
  type SimulatedEnvironment,
} from './simulated-environment.ts';

/** What a channel probe plays. */
export interface ChannelProbeOptions {
  /** Name of the process that the test plays: the controller or a follower of the one under test. */
  readonly partner: string;
  /** The product types that the partner sends, by instance of the `MPIReceiver` that gets them, in its order. */
  readonly sends?: Readonly<Record<number, readonly ProductType[]>>;
  /** The product types that the partner receives, by instance of the `MPISender`. */
  readonly receives?: Readonly<Record<number, readonly ProductType[]>>;
  /** Events that the partner takes at once where it follows; 8 unless said otherwise. */
  readonly slots?: number;
  /** Options of the job under test. */
  readonly job?: Partial<JobOptions>;
}

/**
 * The other end of a link: a test sends frames by hand to a process with MPI modules, and reads what that one sends, with no
 * server and no other process, on a clock that stands still unless it is moved.
 */
export interface ChannelProbe {
  readonly environment: SimulatedEnvironment;
  /** Frames that the process has sent, oldest first. */
  readonly frames: readonly ProbedFrame[];
  /** For each event, by ordinal, its products in the process, by branch name. */
  readonly products: ReadonlyMap<number, Readonly<Record<string, unknown>>>;
  /** The report of the process, at its end. */
  readonly report: Promise<JobReport>;
  /** Whether the partner gives no sign of life: its heartbeats come by themselves otherwise. */
  silent: boolean;
  /**
   * Meets the process: says hello, and connects where it plays the controller, or accepts where it plays a follower. Rejects
   * with `EDMESH_CONTRACT` where the process does not agree.
   */
  join(): Promise<void>;
  /** Sends a frame on instance 0. Fields that are left out are as in the frame before; all are 0 at first. */
  send(kind: FrameName, fields?: FrameFields, body?: unknown): void;
  /** Sends products to the `MPIReceiver` of an instance; `undefined`: the path was not active. Fields as for `send`. */
  sendProducts(
    instance: number,
    values: readonly unknown[] | undefined,
    fields?: FrameFields,
  ): void;
  /** Sends a message as it is, sound or not. */
  sendBytes(instance: number, bytes: Uint8Array): void;
  /**
   * Resolves with the next frame of a kind that `next` has not given before, without that time passes. Rejects with
   * `EDMESH_PEER_LOST` where none comes.
   */
  next(kind: FrameName): Promise<ProbedFrame>;
  /** Has the process stop, as a signal does. */
  stop(): void;
}

const job = 'probe';
const heartbeatMs = 1000;
const peerTimeoutMs = 5000;
/** Turns of the event loop after which nothing will come that needs no time. */
const patienceTurns = 50;

/** Starts a process with MPI modules, and stands in for one of its partners. */
export function createChannelProbe(
  definition: ProcessDefinition,
  options: ChannelProbeOptions,
): ChannelProbe {
  const { partner, sends = {}, receives = {}, slots = 8 } = options;
  const environment = simulatedEnvironment();
  const broker = new MemoryBroker(environment.defer, { scrub: true });
  const products = new Map<number, Readonly<Record<string, unknown>>>();
  const { name: process } = definition.data;
  const heard: Hello[] = [];
  const played = new ProbedPartner({
    ...{ job, partner, process, sends, receives, allocate: environment.allocate },
    channel: broker.connect(),
    hello: (hello) => {
      if (hello.process === process) heard.push(hello);
    },
  });
  const connect = meshConnection({
    ...{ job, session: 'tested', heartbeatMs, peerTimeoutMs, joinTimeoutMs: 4 * peerTimeoutMs },
    openChannel: () => Promise.resolve(broker.connect()),
  });
  const onEvent: JobOptions['onEvent'] = (ordinal, seen) => products.set(ordinal, seen);
  const running = createJob(
    definition,
    { ...defaultJobOptions, onEvent, ...options.job, mesh: { connect } },
    environment,
  );
  const taken = new Set<ProbedFrame>();
  const found = (kind: FrameName) =>
    played.frames.find((frame) => frame.kind === kind && !taken.has(frame));
  /** Gives what a look finds as soon as it does; `undefined` where nothing happens any more. */
  const awaited = async <T>(look: () => T | undefined): Promise<T | undefined> => {
    for (let turns = 0; turns < patienceTurns && look() === undefined; turns++) await settle();
    return look();
  };
  const probe: ChannelProbe = {
    environment,
    frames: played.frames,
    products,
    report: running.run(),
    silent: false,
    async join() {
      const hello = await awaited(() => heard.at(0));
      if (hello === undefined) throw nothingCame(process, 'hello', (await ended())?.errors[0]);
      played.greet(hello.session);
      await settle();
      if (found('connect') === undefined) {
        const contract = contractOf([...ends('send', sends), ...ends('receive', receives)]);
        played.send('connect', {}, { process: partner, lanes: 1, contract });
        await probe.next('accept');
      } else {
        await probe.next('connect');
        played.send('accept', {}, { slots });
        await settle();
      }
    },
    send: (kind, fields = {}, body?: unknown) => {
      played.send(kind, fields, body);
    },
    sendProducts: (instance, values, fields = {}) => {
      played.sendProducts(instance, values, fields);
    },
    sendBytes: (instance, bytes) => {
      played.sendBytes(instance, bytes);
    },
    async next(kind) {
      const frame = await awaited(() => found(kind));
      if (frame === undefined) throw nothingCame(process, kind, (await ended())?.errors[0]);
      taken.add(frame);
      return frame;
    },
    stop: () => {
      running.stop();
    },
  };
  const ended = (): Promise<JobReport | undefined> =>
    Promise.race([probe.report, settle().then(() => undefined)]);
  const beat = (): void => {
    if (!probe.silent) played.beat();
    environment.after(heartbeatMs, beat);
  };
  beat();
  return probe;
}

function ends(
  direction: LinkEnd['direction'],
  types: Readonly<Record<number, readonly ProductType[]>>,
): LinkEnd[] {
  return Object.entries(types).map(([instance, each]) => ({
    label: 'probe',
    direction,
    instance: Number(instance),
    products: agreed(each),
  }));
}

/** What the process under test has ended with says better why it does not send what is waited for. */
function nothingCame(
  process: string,
  kind: string,
  error: JobReport['errors'][number] | undefined,
): EdmeshError {
  const why = error === undefined ? '' : `: ${error.message}`;
  const isContract = error?.code === 'EDMESH_CONTRACT';
  return new EdmeshError(
    isContract ? 'EDMESH_CONTRACT' : 'EDMESH_PEER_LOST',
    isContract ? error.message : `${process} sends no frame '${kind}'${why}`,
    { fields: { process, kind } },
  );
}
