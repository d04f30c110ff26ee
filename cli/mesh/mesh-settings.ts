import { wrongOption } from '../../edm/index.ts';
import { tokenProblem, type NatsSettings } from '../../transport/index.ts';
import {
  journalSettings,
  type JournalOptions,
  type JournalSettings,
} from '../journal/journal-settings.ts';
import { serverSettings, type ServerArguments } from './mesh-server.ts';
import { optionInteger, optionSeconds } from '../option-values.ts';

/** The options about a job over several processes, whatever its server, as the command line gives them. */
export interface JobArguments extends JournalOptions {
  readonly job?: string;
  readonly heartbeat?: string;
  readonly peerTimeout?: string;
  readonly joinTimeout?: string;
  readonly slots?: string;
}

/** The options about the mesh as the command line gives them. */
export interface MeshArguments extends ServerArguments, JobArguments {}

/** The options about the mesh, read and checked: plain data. */
export interface MeshSettings {
  readonly job: string;
  /** `memory`: all processes of the job are in this OS process. */
  readonly server: NatsSettings | 'memory';
  readonly heartbeatMs: number;
  /** A process that was not heard for so long is dead. */
  readonly peerTimeoutMs: number;
  /** How long the other processes are waited for at the beginning. */
  readonly joinTimeoutMs: number;
  /** Events that a follower holds at once; left out: as its EDM streams need. */
  readonly slots?: number;
  /** Left out where the job keeps no journal. */
  readonly journal?: JournalSettings;
}

/** The options that say how to talk to a server, which are nothing without one. */
const serverOptions = {
  creds: '--creds',
  nkey: '--nkey',
  user: '--user',
  password: '--password',
  tlsCa: '--tls-ca',
  tlsCert: '--tls-cert',
  tlsKey: '--tls-key',
  insecure: '--insecure',
} as const satisfies Partial<Record<keyof MeshArguments, string>>;

/** The options about a job over several processes, whatever the server. */
const jobOptions = {
  job: '--job',
  heartbeat: '--heartbeat',
  peerTimeout: '--peer-timeout',
  joinTimeout: '--join-timeout',
  slots: '--slots',
  journal: '--journal',
  journalSize: '--journal-size',
  journalReplace: '--journal-replace',
} as const satisfies Partial<Record<keyof JobArguments, string>>;

/**
 * Reads the options of a process that may be one of several: `undefined` where there is no `--nats`. Throws
 * `EDMESH_COMMAND_LINE` and `EDMESH_INSECURE_SERVER`, which name the option.
 */
export function meshSettings(given: MeshArguments): MeshSettings | undefined {
  if (given.nats === undefined) {
    refuse(given, { ...jobOptions, ...serverOptions }, 'it needs --nats, the server of the job');
    return undefined;
  }
  if (given.job === undefined) throw wrongOption('--nats', 'it needs --job, the name of the job');
  return { ...jobSettings(given, given.job), server: serverSettings(given.nats, given) };
}

/** Refuses what says how to talk to a server where none is named. Throws `EDMESH_COMMAND_LINE` that names the option. */
export function refuseServerOptions(given: MeshArguments): void {
  refuse(given, serverOptions, 'it needs --nats, the server that it is for');
}

function refuse(
  given: MeshArguments,
  options: Readonly<Partial<Record<keyof MeshArguments, string>>>,
  problem: string,
): void {
  for (const [name, option] of Object.entries(options)) {
    if (given[name as keyof MeshArguments] !== undefined) throw wrongOption(option, problem);
  }
}

/** Reads what the options say about a job of this name, whatever its server. Throws `EDMESH_COMMAND_LINE`. */
export function jobSettings(given: MeshArguments, job: string): Omit<MeshSettings, 'server'> {
  const problem = tokenProblem(job);
  if (problem !== undefined) throw wrongOption('--job', problem);
  const seconds = (option: string, text: string | undefined, otherwise: number) =>
    text === undefined ? otherwise : optionSeconds(option, text);
  const heartbeat = seconds('--heartbeat', given.heartbeat, 1);
  const peerTimeout = seconds('--peer-timeout', given.peerTimeout, Math.max(5, 5 * heartbeat));
  if (peerTimeout < 2 * heartbeat) {
    const problem = `${peerTimeout} s is less than two heartbeats of ${heartbeat} s; raise it`;
    throw wrongOption('--peer-timeout', problem);
  }
  const journal = journalSettings(given);
  return {
    job,
    heartbeatMs: 1000 * heartbeat,
    peerTimeoutMs: 1000 * peerTimeout,
    joinTimeoutMs: 1000 * seconds('--join-timeout', given.joinTimeout, 60),
    ...(given.slots === undefined ? {} : { slots: optionInteger('--slots', given.slots, 1) }),
    ...(journal === undefined ? {} : { journal }),
  };
}
