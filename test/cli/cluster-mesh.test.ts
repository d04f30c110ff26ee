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
/** Lets 37 of 60 events pass. */
const filter = ['-p', 'minTracks=120'];
const common = ['-p', 'events=60', '--digest', '--quiet'];

interface Report {
  readonly events: number;
  readonly paths: Readonly<Record<string, { readonly pass: number }>>;
  readonly digests: Readonly<Record<string, string>>;
  readonly modules: Readonly<Record<string, { readonly summary: unknown }>>;
  readonly transport?: Readonly<Record<string, number>>;
}

function reportIn(file: string): Report & { readonly processes: Readonly<Record<string, Report>> } {
  return JSON.parse(readFileSync(file, 'utf8')) as never;
}

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the VELO job in two processes', () => {
  const server = useNatsServer();

  const cases: readonly (readonly [string, () => readonly string[]])[] = [
    ['in one OS process', () => ['--in-process']],
    ['in one OS process, with a filter whose decision travels', () => ['--in-process', ...filter]],
    ['over a server of its own', () => filter],
    [
      'over a server that is there, in several lanes',
      () => ['--nats', server.url, '--job', 'velo', '--threads', '2', '--streams', '4'],
    ],
  ];
  it.each(cases)('%s makes what one process makes', async (_, options) => {
    const [one, two] = [join(folder, 'one.json'), join(folder, 'two.json')];
    const given = options();
    const parameters = given.includes('minTracks=120') ? filter : [];
    const run = ['run', example('velo'), ...common, ...parameters];
    const alone = await runBuilt(folder, [...run, '--report', one]);
    expect(alone.status).toBe(0);
    const configs = [example('local'), example('remote')];
    const spread = await runBuilt(folder, [
      'cluster',
      ...configs,
      ...common,
      ...given,
      '--report',
      two,
    ]);
    expect(spread.err).toBe('');
    expect(spread.status).toBe(0);
    const { LOCAL: local, REMOTE: remote } = reportIn(two).processes;
    const { events, digests, modules, paths } = reportIn(one);
    expect([local?.events, remote?.events, events]).toEqual([60, 60, 60]);
    for (const [label, digest] of Object.entries(digests)) {
      expect([label, local?.digests[label]]).toEqual([label, digest]);
    }
    for (const label of ['hits', 'tracks', 'fittedTracks', 'vertices']) {
      expect([label, remote?.digests[label]]).toEqual([label, digests[label]]);
    }
    expect(local?.paths.reconstruction).toEqual(paths.reconstruction);
    expect(remote?.paths.reconstruction).toEqual(paths.reconstruction);
    expect(paths.reconstruction?.pass).toBe(parameters.length === 0 ? 60 : 37);
    const { framesSent, framesReceived, bytesSent, bytesReceived } = local?.transport ?? {};
    expect(remote?.transport).toEqual({
      framesSent: framesReceived,
      framesReceived: framesSent,
      bytesSent: bytesReceived,
      bytesReceived: bytesSent,
    });
    expect(framesSent).toBeGreaterThan(120);
    for (const [label, { summary }] of Object.entries(modules)) {
      expect([label, local?.modules[label]?.summary ?? null]).toEqual([label, summary]);
    }
  });
});
