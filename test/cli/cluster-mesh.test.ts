/** The VELO job spread over two processes, through the built command: the same products as in one process. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runBuilt } from './built-command.ts';
import { useNatsServer } from '../nats-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'edmesh-mesh-'));
const example = (name: string) =>
  fileURLToPath(new URL(`../../examples/velo/${name}.config.ts`, import.meta.url));
const common = ['-p', 'events=60', '--digest', '--quiet'];

interface Report {
  readonly events: number;
  readonly digests: Readonly<Record<string, string>>;
  readonly modules: Readonly<Record<string, { readonly summary: unknown }>>;
}

function reportIn(file: string): Report & { readonly processes: Readonly<Record<string, Report>> } {
  return JSON.parse(readFileSync(file, 'utf8')) as never;
}

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the VELO job in two processes', () => {
  const server = useNatsServer();

  it.each([
    ['in one OS process', () => ['--in-process']],
    ['over a server of its own', () => []],
    [
      'over a server that is there, in several lanes',
      () => ['--nats', server.url, '--job', 'velo', '--threads', '2', '--streams', '4'],
    ],
  ])('%s makes what one process makes', async (_, options) => {
    const [one, two] = [join(folder, 'one.json'), join(folder, 'two.json')];
    const alone = await runBuilt(folder, ['run', example('velo'), ...common, '--report', one]);
    expect(alone.status).toBe(0);
    const configs = [example('local'), example('remote')];
    const spread = await runBuilt(folder, [
      'cluster',
      ...configs,
      ...common,
      ...options(),
      '--report',
      two,
    ]);
    expect(spread.err).toBe('');
    expect(spread.status).toBe(0);
    const { LOCAL: local, REMOTE: remote } = reportIn(two).processes;
    const { digests, modules } = reportIn(one);
    expect([local?.events, remote?.events]).toEqual([60, 60]);
    for (const label of [
      'banks',
      'clusters',
      'hits',
      'tracks',
      'fittedTracks',
      'vertices',
      'hitOwners',
    ]) {
      expect([label, local?.digests[label]]).toEqual([label, digests[label]]);
    }
    for (const label of ['hits', 'tracks', 'fittedTracks', 'vertices']) {
      expect([label, remote?.digests[label]]).toEqual([label, digests[label]]);
    }
    for (const label of ['trackValidator', 'vertexValidator', 'clusterValidator']) {
      expect(local?.modules[label]?.summary).toEqual(modules[label]?.summary);
    }
  });
});
