import { createJob, defaultJobOptions, nodeEnvironment, type GpuReport } from '../actors/index.ts';
import { silentLogger } from '../edm/index.ts';
import gpu from '../examples/velo/gpu.config.ts';
import { deviceAllocator, gpuOpener, loadAddon, openCuda, type OpenGpu } from '../gpu/index.ts';
import { memorySource, rawEvents, withSource } from './flagship.ts';
import type { BenchDriver } from './gpu-addon.ts';
import type { Row } from './rows.ts';

const driverOptions = ({ root, library }: BenchDriver) => ({
  loadAddon: () => loadAddon({ packageFolder: root, environment: {} }),
  kernelFolder: `${root}gpu/cuda/kernels`,
  libraries: [library],
});

function openerOf(driver: BenchDriver): OpenGpu {
  const cuda = () => openCuda(driverOptions(driver));
  return gpuOpener('cuda', { cuda, 'tfjs-node-gpu': cuda, webgpu: cuda, wasm: cuda, cpu: cuda });
}

async function runFlagship(driver: BenchDriver, maxEvents: number) {
  const definition = withSource(gpu.configure(), memorySource(rawEvents()));
  const options = {
    ...defaultJobOptions,
    maxEvents,
    timing: true,
    gpu: { open: openerOf(driver) },
  };
  const report = await createJob(definition, options, nodeEnvironment(silentLogger)).run();
  if (report.exitCode !== 0) throw new Error(report.errors[0]?.message ?? 'the job failed');
  return report;
}

/** What the GPU modules of the flagship take of the thread, and what its memory does. */
export async function flagshipGpuRows(driver: BenchDriver): Promise<Row[]> {
  const warm = await runFlagship(driver, 1000);
  const long = await runFlagship(driver, 10_000);
  const modules = ['hitsOnGpu', 'doubletsOnGpu', 'fitsOnGpu'];
  const wallMs = modules.reduce((sum, label) => sum + (long.modules[label]?.wallMs ?? 0), 0);
  const copies = ['hits', 'doublets', 'fittedTracks'];
  const copyMs = copies.reduce((sum, label) => sum + (long.modules[label]?.wallMs ?? 0), 0);
  const [before, after] = [blocksOf(warm.gpu), blocksOf(long.gpu)];
  return [
    {
      name: 'flagship: GPU modules, time to enqueue an event',
      value: (wallMs * 1000) / long.events,
      unit: 'µs',
      bar: 200,
    },
    {
      name: 'flagship: copies from the GPU, JS an event',
      value: (copyMs * 1000) / long.events,
      unit: 'µs',
      bar: null,
    },
    {
      name: 'flagship: allocations that are hits',
      value: (100 * after.hits) / (after.hits + after.misses),
      unit: '%',
      bar: 99,
      moreIsBetter: true,
    },
    {
      name: 'flagship: memory after 10,000 events over after 1,000',
      value: after.bytes / before.bytes,
      unit: '×',
      bar: null,
    },
    {
      name: 'flagship: blocks made between 1,000 and 10,000 events',
      value: after.misses - before.misses,
      unit: '',
      bar: null,
    },
  ];
}

function blocksOf(report: GpuReport | undefined) {
  const { device, host } = report?.allocator ?? {};
  if (device === undefined || host === undefined) throw new Error('the job has used no GPU');
  return {
    hits: device.hits + host.hits,
    misses: device.misses + host.misses,
    bytes: device.cachedBytes + host.cachedBytes,
  };
}

/** Allocations in steady state, with the sizes of the flagship. */
export async function allocatorRows(driver: BenchDriver): Promise<Row[]> {
  const { backend, refused } = await openCuda(driverOptions(driver));
  if (backend === undefined) throw new Error(refused.reason);
  const sizes = [24_000, 32_000, 256, 8000, 130_000, 1024, 8000, 9000];
  const allocator = deviceAllocator(backend, 0);
  const queue = backend.createQueue(0);
  const repeats = 20_000;
  let [allocateNs, freeNs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < 9; round++) {
    let [allocating, freeing] = [0, 0];
    for (let repeat = 0; repeat < repeats / 100; repeat++) {
      const groups = Array.from({ length: 100 }, () => sizes);
      const began = performance.now();
      const given = groups.flatMap((group) =>
        group.map((bytes) => allocator.allocate(bytes, queue)),
      );
      const between = performance.now();
      for (const each of given) allocator.free(each);
      allocating += between - began;
      freeing += performance.now() - between;
      await queue.done();
    }
    const calls = repeats * sizes.length;
    allocateNs = Math.min(allocateNs, (allocating * 1e6) / calls);
    freeNs = Math.min(freeNs, (freeing * 1e6) / calls);
  }
  await backend.close();
  return [
    { name: 'allocator: an allocation', value: allocateNs, unit: 'ns', bar: 500 },
    { name: 'allocator: a free, with its event', value: freeNs, unit: 'ns', bar: null },
  ];
}
