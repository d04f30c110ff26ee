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
