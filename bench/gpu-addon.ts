import { readFileSync } from 'node:fs';
import { loadAddon, type CudaAddon } from '../gpu/index.ts';
import type { Row } from './rows.ts';

/** The driver that is measured on. */
export interface BenchDriver {
  /** The folder of the package, with a slash at its end. */
  readonly root: string;
  readonly library: string;
}

const rounds = 9;

/** Opens the addon for a measurement, and closes it afterwards. */
async function withAddon<T>(
  { root, library }: BenchDriver,
  work: (addon: CudaAddon, context: number, done: (queue: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  const addon = await loadAddon({ packageFolder: root, environment: {} });
  const waiting = new Map<number, () => void>();
  let ids = 0;
  const { batch } = addon.open(
    library,
    (count) => {
      for (let index = 0; index < count; index++) {
        const id = batch[2 * index] ?? 0;
        waiting.get(id)?.();
        waiting.delete(id);
      }
    },
    8,
    1000,
  );
  const done = (queue: number): Promise<void> =>
    new Promise((resolve) => {
      const id = ++ids;
      waiting.set(id, resolve);
      addon.complete(queue, id);
    });
  try {
    return await work(addon, addon.openContext(0), done);
  } finally {
    addon.close();
  }
}

/** A packed launch of one thread, with these arguments. */
function packedLaunch(argumentBytes: number, words: readonly number[] = []) {
  const packed = new Uint8Array(new SharedArrayBuffer(32 + argumentBytes));
  new Uint32Array(packed.buffer).set([1, 1, 1, 1, 1, 1, 0, argumentBytes, ...words]);
  return packed;
}

function kernelOf(
  addon: CudaAddon,
  { root }: BenchDriver,
  context: number,
  name: string,
  packed: Uint8Array<SharedArrayBuffer>,
): number {
  const ptx = readFileSync(`${root}test/gpu/mock-driver/mock-kernels.ptx`, 'utf8');
  return addon.getKernel(addon.loadModule(context, ptx), name, packed);
}

/** A call that launches a kernel, where the driver does nothing. */
export function launchRows(driver: BenchDriver): Promise<Row[]> {
  const calls = 1_000_000;
  return withAddon(driver, (addon, context) => {
    const queue = addon.createQueue(context, false);
    const kernel = kernelOf(addon, driver, context, 'mock_nothing', packedLaunch(56));
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      for (let call = 0; call < calls; call++) addon.launch(queue, kernel);
      best = Math.min(best, ((performance.now() - began) * 1e6) / calls);
    }
    return Promise.resolve([{ name: 'addon: a launch', value: best, unit: 'ns', bar: 100 }]);
  });
}

/** How long a thread of the addon is busy with a completion while JavaScript is busy. */
export function completionRows(driver: BenchDriver): Promise<Row[]> {
  const completions = 200;
  return withAddon(driver, async (addon, context, done) => {
    const queues = Array.from({ length: 8 }, () => addon.createQueue(context, false));
    const busy = async (): Promise<number> => {
      const before = addon.statistics();
      const ends = Array.from({ length: completions }, (_, index) =>
        done(queues[index % queues.length] ?? 0),
      );
      const until = performance.now() + 200;
      while (performance.now() < until);
      await Promise.all(ends);
      const after = addon.statistics();
      return (after.foreignNs - before.foreignNs) / (after.delivered - before.delivered) / 1000;
    };
    await busy();
    const values: number[] = [];
    for (let round = 0; round < rounds; round++) values.push(await busy());
    const { foreignNsMax, batches, delivered } = addon.statistics();
    return [
      {
        name: 'addon: a completion, foreign thread, JS busy',
        value: Math.min(...values),
        unit: 'µs',
        bar: 20,
      },
      { name: 'the slowest of all', value: foreignNsMax / 1000, unit: 'µs', bar: null },
      { name: 'completions a call', value: delivered / batches, unit: '', bar: null },
    ];
  });
}

/** Eight chains of 5 ms operations in queues of their own, over the same in one queue. */
export function chainRows(driver: BenchDriver): Promise<Row[]> {
  const [chains, links, microseconds] = [8, 8, 5000];
  return withAddon(driver, async (addon, context, done) => {
    const packed = packedLaunch(4, [microseconds]);
    const kernel = kernelOf(addon, driver, context, 'mock_sleep', packed);
    const queues = Array.from({ length: chains }, () => addon.createQueue(context, false));
    const timed = async (queueOf: (chain: number) => number): Promise<number> => {
      const began = performance.now();
      for (let link = 0; link < links; link++) {
        for (let chain = 0; chain < chains; chain++) addon.launch(queueOf(chain), kernel);
      }
      await Promise.all(queues.map(done));
      return performance.now() - began;
    };
    const one = await timed(() => queues[0] ?? 0);
    const own = await timed((chain) => queues[chain] ?? 0);
    return [
      {
        name: '8 chains of 5 ms operations, 8 queues over 1',
        value: one / own,
        unit: '×',
        bar: 7,
        moreIsBetter: true,
      },
    ];
  });
}
