import { join } from 'node:path';
import { startNatsServer } from '../cli/nats-server.ts';
import { packageFile, runJob } from './command-runs.ts';
import type { Row } from './rows.ts';
import { transportRows, type CarriedSize, type Rates } from './transport-rows.ts';
import {
  type PairOfJobs,
  bareRate,
  rateOfPair,
  rateOfReplay,
  secondsOfReader,
} from './two-processes.ts';

/** Rounds of every measurement, in turn; as many as fit, at least one. */
const roundsMax = 5;
const roundsMs = 420_000;

/** Bytes of a packet with the frame of an event alone, and with a small product. */
const tinyMessages = [64, 104];

/** The largest message of the server. A product of 16 MB takes 16 of them. */
const maxPayloadBytes = 1024 * 1024;

interface CarriedJob extends CarriedSize {
  readonly events: number;
  /** Events in flight. */
  readonly window: number;
}

const carried: readonly CarriedJob[] = [
  { name: '16 KiB', bytes: 16 * 1024, bar: 0.85, events: 30_000, window: 32 },
  { name: '256 KiB', bytes: 256 * 1024, bar: 0.85, events: 3000, window: 32 },
  { name: '1 MB', bytes: 1_000_000, bar: 0.85, events: 800, window: 32 },
  { name: '16 MB', bytes: 16_000_000, bar: 0.8, events: 60, window: 2 },
];
// Connected processes have no warm-up, so the bare clients have none either.
const manyTiny = { window: 64, events: 300_000 };
const oneTiny = { window: 1, events: 10_000 };

const config = (name: string) => packageFile(`bench/configs/${name}.config.ts`);

/** Jobs of two processes, against bare clients that exchange such messages, and against the same job in one process. */
export async function transportSuite(): Promise<Row[]> {
  const server = await startNatsServer(process.env, { maxPayloadBytes });
  try {
    return await measure(server.url);
  } finally {
    await server.stop();
  }
}

async function measure(url: string): Promise<Row[]> {
  const sizes = carried.map((size) => ({ size, rates: noRates() }));
  const [roundTrip, tiny, journaled, replayed] = [noRates(), noRates(), noRates(), noRates()];
  const [offloaded, idle, packets]: [Rates, Rates, number[]] = [noRates(), noRates(), []];
  const input = jsonEvents(process.env.EDMESH_DATA);
  const began = performance.now();
  let [rounds, longestMs] = [0, 0];
  for (; rounds < roundsMax; rounds++) {
    const roundBegan = performance.now();
    if (roundBegan - began + longestMs > roundsMs) break;
    for (const { size, rates } of sizes) await addCarried(url, size, rates);
    await addTiny(url, oneTiny, roundTrip, 'request');
    await addTiny(url, manyTiny, tiny, 'exchange');
    const withJournal = { ...tinyJob(manyTiny), journalOf: `tiny${String(rounds)}` };
    journaled.compared.push(tiny.job.at(-1) ?? 0);
    journaled.job.push(await rateOfPair(url, withJournal));
    await addReplay(url, `transitions${String(rounds)}`, replayed, packets);
    if (input !== undefined) await addJson(url, input, offloaded, idle);
    longestMs = Math.max(longestMs, performance.now() - roundBegan);
  }
  const hasJson = input !== undefined;
  return transportRows({
    carried: sizes,
    roundTrip,
    tiny,
    journaled,
    replayed,
    packets,
    offloaded: hasJson ? offloaded : undefined,
    idle: hasJson ? idle : undefined,
    rounds,
  });
}

function noRates(): Rates {
  return { job: [], compared: [] };
}

async function addCarried(url: string, size: CarriedJob, { job, compared }: Rates): Promise<void> {
  const { bytes, window, events } = size;
  const messages = Math.ceil(bytes / maxPayloadBytes);
  const sizes = Array.from({ length: messages }, () => Math.ceil(bytes / messages));
  compared.push(await bareRate({ url, name: 'stream', sizes, window, events }));
  const here = ['-p', `bytes=${String(bytes)}`, ...counts(window, events)];
  job.push(
    await rateOfPair(url, {
      here: [config('transport-local'), ...here],
      there: [config('transport-remote'), '--streams', String(window)],
    }),
  );
}

async function addTiny(
  url: string,
  { window, events }: typeof manyTiny,
  { job, compared }: Rates,
  name: 'request' | 'exchange',
): Promise<void> {
  const sizes = name === 'request' ? [sum(tinyMessages)] : tinyMessages;
  compared.push(await bareRate({ url, name, sizes, window, events }));
  job.push(await rateOfPair(url, tinyJob({ window, events })));
}

function tinyJob({ window, events }: typeof manyTiny): PairOfJobs {
  return {
    here: [config('transport-local'), ...counts(window, events)],
    there: [config('transport-remote'), '-p', 'echo=true', '--streams', String(window)],
  };
}

async function addReplay(
  url: string,
  job: string,
  replayed: Rates,
  packets: number[],
): Promise<void> {
  const { window, events } = manyTiny;
  const follower = config('transitions-remote');
  await rateOfPair(url, {
    here: [config('transitions-local'), ...counts(window, events)],
    there: [follower, '--streams', String(window)],
    journalOf: job,
  });
  const [bytes = 0] = tinyMessages;
  const fill = { messages: events, bytes };
  replayed.compared.push(events / (await secondsOfReader({ url, stream: `bare_${job}`, fill })));
  packets.push(events / (await secondsOfReader({ url, stream: `EDMESH_${job}` })));
  replayed.job.push(await rateOfReplay(url, job, follower));
}

async function addJson(url: string, input: string, offloaded: Rates, idle: Rates): Promise<void> {
  const here = ['-p', `input=${input}`, ...counts(16, 3000)];
  const alone = [packageFile('examples/velo/json.config.ts'), ...here];
  const there = [config('json-remote'), '--streams', '2'];
  const { eventsPerSecond } = runJob(alone);
  offloaded.compared.push(eventsPerSecond);
  idle.compared.push(eventsPerSecond);
  const local = [config('json-local'), ...here];
  offloaded.job.push(await rateOfPair(url, { here: local, there }));
  idle.job.push(await rateOfPair(url, { here: [...local, '-p', 'idle=true'], there }));
}

function counts(streams: number, events: number): string[] {
  return ['--streams', String(streams), '--max-events', String(events)];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function jsonEvents(data: string | undefined): string | undefined {
  if (data !== undefined && data !== '') return join(data, 'lhcb-velo-json', 'minibias');
  console.error('transport: velo JSON is left out: EDMESH_DATA names no folder of real data');
  return undefined;
}
