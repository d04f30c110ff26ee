import {
  createJob,
  defaultJobOptions,
  defineGpuProducer,
  defineHostCopy,
  gpuOptions,
  nodeEnvironment,
  onGpu,
} from '../actors/index.ts';
import { defineAnalyzer, defineProcess, defineSoA, silentLogger } from '../edm/index.ts';
import { EmptySource } from '../io/index.ts';
import { packageFile } from './command-runs.ts';
import type { Row } from './rows.ts';

const size = 1024;
const events = 12;
const rounds = 3;

const Matrix = defineSoA('Matrix', { value: 'float32' });
const numbers = () => Float32Array.from({ length: size * size }, (_, index) => (index % 97) / 97);

/** Matrices that never change, as weights do. */
const [left, right] = [numbers(), numbers()];

const MatrixProduct = defineGpuProducer({
  type: 'MatrixProduct',
  description: 'the product of two matrices',
  construct: () => ({
    outputs: [Matrix],
    enqueue(work) {
      const made = work.allocate(Matrix, size * size);
      work.run('matmul', {
        ...{ rows: size, columns: size, inner: size },
        ...{ a: work.constant(left), b: work.constant(right), c: made.columns.value },
      });
      return [made];
    },
  }),
});

const MatrixCopy = defineHostCopy({
  type: 'MatrixCopy',
  description: 'matrices, from the GPU',
  products: [Matrix],
});

const Reader = defineAnalyzer({
  type: 'Reader',
  description: 'reads a matrix',
  construct(context) {
    const token = context.consumes(Matrix, 'copy');
    context.consumes(onGpu(Matrix), 'product');
    let sum = 0;
    return {
      analyze(event) {
        sum += event.get(token).value[0] ?? 0;
      },
      endJob: () => ({ sum }),
    };
  },
});

/** Matrix products by wasm, through GPU modules of a job, over tfjs called in a loop. */
export async function matmulRows(): Promise<Row[]> {
  const direct = await directRate();
  const through = await jobRate();
  return [
    { name: 'matmul 1024², tfjs wasm called directly', value: direct, unit: '/s', bar: null },
    {
      name: 'matmul 1024², GPU module on wasm over it',
      value: through / direct,
      unit: '×',
      bar: 0.95,
      moreIsBetter: true,
    },
  ];
}

async function directRate(): Promise<number> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-wasm');
  tf.enableProdMode();
  await tf.setBackend('wasm');
  const [a, b] = [left, right].map((values) => tf.tensor2d(values, [size, size]));
  if (a === undefined || b === undefined) throw new Error('there are no tensors');
  let best = 0;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    for (let event = 0; event < events; event++) {
      const product = tf.matMul(a, b);
      product.dataSync();
      product.dispose();
    }
    best = Math.max(best, (events * 1000) / (performance.now() - began));
  }
  return best;
}

async function jobRate(): Promise<number> {
  const definition = defineProcess({
    name: 'MATMUL',
    source: EmptySource(),
    modules: { product: MatrixProduct(), copy: MatrixCopy({ input: 'product' }), read: Reader() },
    tasks: { copies: ['copy'] },
    paths: { path: ['product', 'read'] },
  }).configure();
  const gpu = gpuOptions('wasm', { packageFolder: packageFile(''), environment: {} });
  const options = { ...defaultJobOptions, streams: 2, warmupEvents: 2, maxEvents: events, gpu };
  let best = 0;
  // Its thread, with what it has compiled, stays from one job to the next.
  const lease = await gpu.open(silentLogger);
  for (let round = 0; round < rounds; round++) {
    const report = await createJob(definition, options, nodeEnvironment(silentLogger)).run();
    if (report.exitCode !== 0) throw new Error(report.errors[0]?.message ?? 'the job failed');
    if (report.gpu?.fallbacks !== 0) throw new Error('the host has done the work');
    best = Math.max(best, report.eventsPerSecond);
  }
  await lease.release();
  return best;
}
