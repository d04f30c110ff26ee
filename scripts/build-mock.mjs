/** Builds the CUDA driver without a device (test/gpu/mock-driver), for tests and the benchmark. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = process.env.CC || 'cc';
const headers = resolve(process.execPath, '../../include/node');

/**
 * What is missing to build it; nothing where it can be built.
 *
 * @returns {string | undefined}
 */
export function mockLacks() {
  if (spawnSync(compiler, ['--version']).status !== 0) return `there is no C compiler ${compiler}`;
  if (existsSync(`${headers}/node_api.h`)) return undefined;
  return `there are no headers of Node in ${headers}`;
}

/**
 * The library, built into a cache unless it is there.
 *
 * @returns {string} its path
 */
export function buildMock() {
  const folder = `${root}test/gpu/mock-driver/`;
  const kernels = `${root}gpu/cuda/kernels/`;
  const sources = readdirSync(folder).filter((name) => name.endsWith('.c'));
  const digest = createHash('sha256');
  for (const name of readdirSync(folder)) digest.update(readFileSync(folder + name));
  for (const name of readdirSync(kernels)) digest.update(readFileSync(kernels + name));
  const cache = `${root}node_modules/.cache/edmesh/`;
  const built = `${cache}mock-cuda-${digest.digest('hex').slice(0, 16)}.node`;
  if (existsSync(built)) return built;
  mkdirSync(cache, { recursive: true });
  const draft = `${built}.${process.pid}`;
  const { status, stderr } = spawnSync(compiler, [
    ...['-std=gnu11', '-O2', '-Wall', '-Wextra', '-fPIC', '-shared', '-fvisibility=hidden'],
    ...['-ffp-contract=off', '-DNAPI_VERSION=8', `-I${root}gpu/cuda/addon`, `-I${headers}`],
    ...sources.map((name) => folder + name),
    ...['-o', draft, '-Wl,-z,nodelete', '-lpthread', '-lm'],
  ]);
  if (status !== 0) throw new Error(`the mock driver is not built: ${stderr}`);
  // Whoever comes first wins: a file that somebody may have loaded already is never replaced.
  try {
    linkSync(draft, built);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return built;
}
