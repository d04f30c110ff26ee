import { join } from 'node:path';
import { packageFile, runJob, wallTimeOfJob } from './command-runs.ts';
import { laneRows } from './lane-rows.ts';
import type { Row } from './rows.ts';
import { loopRate, type LoopName } from './thread-loops.ts';

/** Rounds of every measurement, in turn; as many as fit, at least one. */
const roundsMax = 5;
const roundsMs = 210_000;

/** Pairs of start-ups, which are short. */
const startups = 8;

/** Both ways have as many EDM streams, so that the lanes alone make the difference. */
const streams = ['--streams', '2'];

/** A job of the suite: its config with parameters, and its events. Warming up is before the clock starts. */
interface Job {
  readonly config: readonly string[];
  readonly events: number;
  readonly warmup: number;
}

const demo: Job = {
  config: [packageFile('examples/velo/velo.config.ts')],
  events: 2400,
  warmup: 800,
};
const chain: Job = {
  config: [packageFile('bench/configs/chain.config.ts')],
  events: 1_200_000,
  warmup: 200_000,
};
const streamed: Job = {
  config: [...chain.config, '-p', 'streamed=true'],
  events: 800_000,
  warmup: 200_000,
};

/** The JSON events go round several times: 200 files, whose cost varies by a factor of a thousand. */
function jsonJob(data: string | undefined): Job | undefined {
  if (data === undefined || data === '') {
    console.error('lanes: velo JSON is left out: EDMESH_DATA names no folder of real data');
    return undefined;
  }
  const input = join(data, 'lhcb-velo-json', 'minibias');
  return {
    config: [packageFile('examples/velo/json.config.ts'), '-p', `input=${input}`],
    events: 7000,
    warmup: 1000,
  };
}

/** What a second lane brings and costs, from jobs of the built command with one lane and with two. */
export async function lanesRows(): Promise<Row[]> {
  const json = jsonJob(process.env.EDMESH_DATA);
  const jsonFigures = noFigures();
  const demoFigures = noFigures();
  const chainFigures = noFigures();
  const streamedRates: number[] = [];
  const arithmetic = noPair();
  const plainDemo = noPair();
  const began = performance.now();
  let longestMs = 0;
  for (let round = 0; round < roundsMax; round++) {
    const roundBegan = performance.now();
    if (roundBegan - began + longestMs > roundsMs) break;
    // Each goes first in turn: the machine may slow down or recover in between.
    const turns = round % 2 === 0 ? ([1, 2] as const) : ([2, 1] as const);
    for (const lanes of turns) await addLoop(arithmetic, 'arithmetic', lanes, 600, 20);
    for (const lanes of turns) if (json !== undefined) addJob(jsonFigures, json, lanes);
    for (const lanes of turns) addJob(demoFigures, demo, lanes);
    for (const lanes of turns) await addLoop(plainDemo, 'velo', lanes, 1000, 200);
    for (const lanes of turns) addJob(chainFigures, chain, lanes);
    streamedRates.push(figuresOf(streamed, 2).eventsPerSecond);
    longestMs = Math.max(longestMs, performance.now() - roundBegan);
  }
  return laneRows({
    json: json === undefined ? undefined : jsonFigures,
    demo: demoFigures,
    chain: chainFigures.rate,
    streamed: streamedRates,
    startup: startupTimes(),
    arithmetic,
    plainDemo,
  });
}

/** A pair that is still filled, round by round. */
interface GatheredPair {
  readonly one: number[];
  readonly two: number[];
}

interface GatheredJob {
  readonly rate: GatheredPair;
  readonly memory: GatheredPair;
}

function noPair(): GatheredPair {
  return { one: [], two: [] };
}

function noFigures(): GatheredJob {
  return { rate: noPair(), memory: noPair() };
}

function figuresOf({ config, events, warmup }: Job, lanes: 1 | 2) {
  const counts = ['--warmup-events', String(warmup), '--max-events', String(events)];
  return runJob([...config, '--threads', String(lanes), ...streams, ...counts]);
}

function addJob({ rate, memory }: GatheredJob, job: Job, lanes: 1 | 2): void {
  const { eventsPerSecond, peakRssBytes } = figuresOf(job, lanes);
  const side = lanes === 1 ? 'one' : 'two';
  rate[side].push(eventsPerSecond);
  memory[side].push(peakRssBytes);
}

async function addLoop(
  pair: GatheredPair,
  loop: LoopName,
  threads: 1 | 2,
  rounds: number,
  warmup: number,
): Promise<void> {
  const rate = await loopRate(loop, threads, rounds, warmup);
  pair[threads === 1 ? 'one' : 'two'].push(rate);
}

function startupTimes(): GatheredPair {
  const pair = noPair();
  const config = packageFile('bench/configs/empty.config.ts');
  for (let round = 0; round < startups; round++) {
    pair.one.push(wallTimeOfJob([config, '--threads', '1', ...streams]));
    pair.two.push(wallTimeOfJob([config, '--threads', '2', ...streams]));
  }
  return pair;
}
