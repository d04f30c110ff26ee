/**
 * `edmesh gpu`, and `--gpu` of a run. Proves that every backend is listed or says why it is missing, that the self-test
 * compares, and that lanes in threads of their own use the backend too.
 */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCommand } from './built-command.ts';
import { program } from './program-run.ts';
import { scratchFolder } from './scratch-folder.ts';

const config = fileURLToPath(new URL('../../examples/velo/gpu.config.ts', import.meta.url));

describe('edmesh gpu', () => {
  it('lists every backend, with its devices or what is missing', async () => {
    const { status, out } = await program(['gpu']);
    expect(status).toBe(0);
    const kinds = out
      .trim()
      .split('\n')
      .map((line) => line.split(':')[0]);
    expect(new Set(kinds)).toEqual(new Set(['cuda', 'tfjs-node-gpu', 'webgpu', 'wasm', 'cpu']));
    expect(out).toMatch(/^cpu: device 0, processor, .* free of .*, tfjs 4\.22\.0$/m);
  });

  it('runs every operation with --selftest', async () => {
    const { status, out } = await program(['gpu', '--gpu', 'wasm', '--selftest']);
    expect(status).toBe(0);
    expect(out).toMatch(/^ {2}axpy +65536 elements +ref +[\d.]+ +[\d.]+ tolerances +ok$/m);
    expect(out).toMatch(/velo-doublets/);
    expect(out).not.toMatch(/WRONG/);
  });

  it('ends with a status where the one that was asked for is missing', async () => {
    const { status, out } = await program(['gpu', '--gpu', 'tfjs-node-gpu']);
    expect(status).toBe(8035 % 256);
    expect(out).toMatch(/^tfjs-node-gpu: the package @tensorflow\/tfjs-node-gpu is not installed/);
  });

  it('names the backends where it is given another', async () => {
    const { status, err } = await program(['gpu', '--gpu', 'auto']);
    expect(status).toBe(7000 % 256);
    expect(err).toMatch(/--gpu: 'auto' is none of cuda, tfjs-node-gpu, webgpu, wasm, cpu/);
  });
});

const gpuReport = z.object({
  gpu: z.object({
    backend: z.string(),
    devices: z.array(z.object({ name: z.string() })),
    refused: z.array(z.object({ kind: z.string(), reason: z.string(), remedy: z.string() })),
    state: z.string(),
    fallbacks: z.number(),
    operations: z.record(z.string(), z.object({ body: z.string(), runs: z.number() })),
  }),
});

/** A config with an operation of its own, in a file beside it. */
const operationFile = (change = '') => `
import { defineGpuOperation, gpuArgument } from 'edmesh';
export const square = defineGpuOperation({
  name: 'square',
  description: 'y = x²',
  parameters: {
    size: gpuArgument.scalar('uint32'),
    x: gpuArgument.input('float32'),
    y: gpuArgument.output('float32'),
  },
  ref({ size, x, y }) {
    for (let row = 0; row < size; row++) y[row] = x[row] * x[row];
  },
  tfjs: (tf, { size, x }) => ({ y: tf.square(tf.slice(x, 0, size)) }),
  samples: [{ name: 'two', make: () => ({ size: 2, x: Float32Array.of(3, 4), y: new Float32Array(2) }) }],
  ...{ ${change} },
});
`;
const ownConfig = `
import { square } from './square.ts';
import {
  defineAnalyzer, defineGpuProducer, defineHostCopy, defineProcess, defineSoA, EmptySource,
} from 'edmesh';
const Values = defineSoA('Values', { v: 'float32' });
const Squares = defineGpuProducer({
  type: 'Squares',
  description: 'squares',
  construct: () => ({
    outputs: [Values],
    enqueue(work, event) {
      const rows = event.allocate(Values, 2);
      rows.v.set([event.event, 3]);
      const made = work.allocate(Values, 2);
      work.run('square', { size: 2, x: work.upload(Values, rows).columns.v, y: made.columns.v });
      return [made];
    },
  }),
});
const Copy = defineHostCopy({ type: 'Copy', description: 'copies', products: [Values] });
const Sum = defineAnalyzer({
  type: 'Sum',
  description: 'adds up',
  construct(context) {
    const token = context.consumes(Values, 'copy');
    let sum = 0;
    return { analyze: (event) => void (sum += event.get(token).v[0]), endJob: () => ({ sum }) };
  },
});
export default defineProcess({
  name: 'SQUARE',
  gpuOperations: [square],
  source: EmptySource({ events: 20 }),
  modules: { squares: Squares(), copy: Copy({ input: 'squares' }), sum: Sum() },
  tasks: { copies: ['copy'] },
  paths: { path: ['squares', 'sum'] },
});
`;

describe('operations of a config', () => {
  const { path: folder, write } = scratchFolder();
  const own = write('square.config.ts', ownConfig);
  write('square.ts', operationFile());

  it.each([['off'], ['cpu'], ['cpu', '--threads', '2', '--streams', '4']])(
    'run with --gpu %s %s',
    async (gpu, ...more) => {
      const run = startCommand(folder, ['run', own, '--gpu', gpu, ...more, '--report', 'r.json']);
      const { status, err } = await run.ended;
      expect([status, err.includes('ERROR')]).toEqual([0, false]);
      const report: unknown = JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8'));
      if (gpu === 'off') expect(report).not.toHaveProperty('gpu');
      else {
        const { backend, fallbacks, operations } = gpuReport.parse(report).gpu;
        expect({ backend, fallbacks, operations }).toEqual({
          backend: 'cpu',
          fallbacks: 0,
          operations: { square: { body: 'tfjs', runs: 20 } },
        });
      }
      expect(report).toHaveProperty('modules.sum.summary.sum', 2870);
    },
  );

  it('are tried by the self-test', async () => {
    const { status, out } = await program(['gpu', own, '--gpu', 'wasm', '--selftest']);
    expect(status).toBe(0);
    expect(out).toMatch(/^ {2}square +two +tfjs .* ok$/m);
    expect(out).toMatch(/^ {2}axpy /m);
  });

  it.each([
    ['a name that is taken', "name: 'axpy',", /there is one of that name already/],
    ['a name that is none', "name: 'Sq uare',", /its name is not words/],
    ['no body for the host', 'ref: undefined,', /gives no array of operations/],
    ['parameters that are none', 'parameters: { x: 1 },', /gives no array of operations/],
    ['no samples', 'samples: [],', /it has no samples/],
  ])('are refused with %s', async (name, change, message) => {
    const sub = name.replaceAll(' ', '-');
    const file = write(`${sub}/square.config.ts`, ownConfig);
    write(`${sub}/square.ts`, operationFile(change));
    for (const args of [
      ['run', file],
      ['run', file, '--gpu', 'cpu'],
      ['run', file, '--validate-only'],
      ['gpu', file, '--gpu', 'cpu'],
    ]) {
      const { status, err } = await program(args);
      expect([args, status, err]).toEqual([
        args,
        expect.any(Number),
        expect.stringMatching(message),
      ]);
      expect(err).toContain('EDMESH_DEFINITION');
      expect(status).not.toBe(0);
    }
  });
});

describe('edmesh run --gpu', () => {
  const { path: folder } = scratchFolder();

  it('uses the backend in every lane, and reports it', async () => {
    const args = ['-p', 'events=20', '--threads', '2', '--streams', '4', '--report', 'r.json'];
    const run = startCommand(folder, ['run', config, '--gpu', 'wasm', ...args]);
    const { status, err } = await run.ended;
    expect(err).toMatch(/gpu: backend wasm, processor, by WebAssembly \(tfjs 4\.22\.0\)/);
    expect(status).toBe(0);
    const { gpu } = gpuReport.parse(JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')));
    expect(gpu).toMatchObject({ backend: 'wasm', state: 'ready', refused: [], fallbacks: 0 });
    expect(Object.values(gpu.operations).map(({ runs }) => runs)).toEqual([20, 20, 20]);
  });

  it('fails where that backend is not there, with what to do', async () => {
    const run = startCommand(folder, ['run', config, '--gpu', 'tfjs-node-gpu']);
    const { status, err } = await run.ended;
    expect(status).toBe(8035 % 256);
    expect(err).toMatch(/EDMESH_GPU_UNAVAILABLE/);
    expect(err).toMatch(/npm install @tensorflow\/tfjs-node-gpu@4\.22\.0/);
  });

  it('refuses what is no backend', async () => {
    const { status, err } = await program(['run', config, '--gpu', 'fast']);
    expect(status).toBe(7000 % 256);
    expect(err).toMatch(/--gpu: 'fast' is none of auto, cuda,/);
  });
});
