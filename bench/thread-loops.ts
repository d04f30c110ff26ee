import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { CounterRandom } from '../edm/index.ts';
import { createEventSimulation } from '../examples/velo/algorithms/simulate-event.ts';
import { simulatedGeometry } from '../examples/velo/algorithms/simulated-geometry.ts';
import { createPlainReconstruction } from '../examples/velo/plain-reconstruction.ts';

/** Work that a thread repeats: arithmetic alone, or what the simulated demo does to an event, without the framework. */
export type LoopName = 'arithmetic' | 'velo';

/** Makes the work of one thread; it gets the number of the round. */
const loops: Readonly<Record<LoopName, () => (index: number) => void>> = {
  arithmetic: () => {
    let last = 1;
    return (index) => {
      // Each step needs the one before, and none needs memory: a core does it as fast alone as beside another.
      let state = last ^ index;
      for (let i = 0; i < 4_000_000; i++) state = (Math.imul(state, 0x5bd1e995) + i) | 0;
      last = state;
    };
  },
  velo: () => {
    const simulate = createEventSimulation();
    const random = new CounterRandom(1, 'bench');
    const reconstruction = createPlainReconstruction(simulatedGeometry(), 'superpixel');
    return (index) => {
      const event = index + 1;
      random.startEvent({ run: 1, lumi: 1, event });
      reconstruction.process(simulate({ run: 1, event: BigInt(event), gpsTime: 0n }, random));
    };
  },
};

/** Places in the memory that the threads share: whether they may begin, and the next round to take. */
const [gate, next] = [0, 1];

interface LoopOrder {
  readonly loop: LoopName;
  readonly warmup: number;
  readonly rounds: number;
  readonly shared: Int32Array;
}

/** Rounds a second of a loop in so many threads, which share the rounds; each has warmed up by itself before. */
export async function loopRate(
  loop: LoopName,
  threads: number,
  rounds: number,
  warmup: number,
): Promise<number> {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const order: LoopOrder = { loop, warmup, rounds, shared };
  const program = process.argv[1] ?? '';
  const workers = Array.from({ length: threads }, () => new Worker(program, { workerData: order }));
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const done = Promise.all(workers.map((worker) => once(worker, 'message')));
    const began = performance.now();
    Atomics.store(shared, gate, 1);
    Atomics.notify(shared, gate);
    await done;
    return (rounds * 1000) / (performance.now() - began);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** What the benchmark program does in a thread of `loopRate`. */
export function runLoop(): void {
  const { loop, warmup, rounds, shared } = workerData as LoopOrder;
  const work = loops[loop]();
  for (let index = 0; index < warmup; index++) work(index);
  parentPort?.postMessage('ready');
  Atomics.wait(shared, gate, 0);
  for (let index = Atomics.add(shared, next, 1); index < rounds;) {
    work(index);
    index = Atomics.add(shared, next, 1);
  }
  parentPort?.postMessage('done');
}
