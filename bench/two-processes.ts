import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { BareOrder } from './bare-clients.ts';
import type { ReaderOrder } from './bare-reader.ts';
import { packageFile, throughputIn } from './command-runs.ts';

/** A run that takes longer hangs. */
const hangsMs = 120_000;

/** The argument that makes the benchmark a bare client; its order follows as JSON. */
export const bareRole = {
  echo: '--bare-echo',
  driver: '--bare-driver',
  reader: '--bare-reader',
} as const;

/** Two configs of one job, with their parameters and options. */
export interface PairOfJobs {
  readonly here: readonly string[];
  readonly there: readonly string[];
  /** The name of the job, which then keeps a journal of its transitions. */
  readonly journalOf?: string;
}

/** Enough for the transitions of any job here; the server sets it aside. */
const journalSize = '256M';

const edmesh = packageFile('dist/cli/edmesh.js');
let jobs = 0;

/** Runs a job of two OS processes with the built command, and says how many events a second went through the first. */
export async function rateOfPair(url: string, pair: PairOfJobs): Promise<number> {
  const { here, there, journalOf } = pair;
  const keeping = ['--journal', 'transitions', '--journal-size', journalSize];
  const mesh = [
    ...['--nats', url, '--job', journalOf ?? `bench${String(jobs++)}`, '--quiet'],
    ...(journalOf === undefined ? [] : keeping),
  ];
  const follower = start([edmesh, 'run', ...there, ...mesh]);
  const controller = start([edmesh, 'run', ...here, ...mesh]);
  const [, out] = await Promise.all([ended(follower), ended(controller)]);
  return throughputIn(out);
}

/** Events a second of the replay of a process from the journal of its job. */
export async function rateOfReplay(url: string, job: string, process: string): Promise<number> {
  const args = ['replay', process, '--nats', url, '--job', job, '--streams', '4', '--quiet'];
  return throughputIn(await ended(start([edmesh, ...args])));
}

/** Seconds in which a bare ordered consumer reads a stream, in an OS process of its own. */
export async function secondsOfReader(order: ReaderOrder): Promise<number> {
  const program = process.argv[1] ?? '';
  const seconds = Number(await ended(start([program, bareRole.reader, JSON.stringify(order)])));
  if (seconds > 0) return seconds;
  throw new Error('a bare consumer told no time');
}

/** Events a second of two bare clients in two OS processes. */
export async function bareRate(order: BareOrder): Promise<number> {
  const program = process.argv[1] ?? '';
  const echo = start([program, bareRole.echo, JSON.stringify(order)]);
  try {
    if (echo.stdout !== null) await once(echo.stdout, 'data');
    const rate = Number(await ended(start([program, bareRole.driver, JSON.stringify(order)])));
    if (rate > 0) return rate;
    throw new Error('two bare clients told no rate');
  } finally {
    echo.kill('SIGKILL');
  }
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: hangsMs });
}

/** What the process has written to its standard output. Throws where it fails. */
async function ended(child: ChildProcess): Promise<string> {
  let [out, errors] = ['', ''];
  child.stdout?.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (errors += text.toString()));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (status === 0) return out;
  throw new Error(`${child.spawnargs.slice(1).join(' ')}: status ${String(status)}\n${errors}`);
}
