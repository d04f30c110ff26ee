/** The VELO job spread over two processes, through the built command: the same products as in one process. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runBuilt, runWithSignals } from './built-command.ts';
import { useNatsServer } from '../nats-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'edmesh-mesh-'));
const example = (name: string) =>
  fileURLToPath(new URL(`../../examples/velo/${name}.config.ts`, import.meta.url));
/** Lets 37 of 60 events pass. */
const filter = ['-p', 'minTracks=120'];
const none: readonly string[] = [];
const common = ['-p', 'events=60', '--digest', '--quiet'];

interface Report {
  readonly exitCode: number;
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

const alone = new Map<readonly string[], Promise<Report>>();

/** The report of the job in one process; run once for each choice of parameters. */
function runAlone(parameters: readonly string[]): Promise<Report> {
  const run = async () => {
    const file = join(folder, `${String(alone.size)}.json`);
    const args = ['run', example('velo'), ...common, ...parameters, '--report', file];
    expect((await runBuilt(folder, args)).status).toBe(0);
    return reportIn(file);
  };
  const known = alone.get(parameters) ?? run();
  alone.set(parameters, known);
  return known;
}

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
  it.each(cases)(
    '%s makes what one process makes',
    async (_, options) => {
      const two = join(folder, 'two.json');
      const given = options();
      const parameters = given.includes('minTracks=120') ? filter : none;
      const one = await runAlone(parameters);
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
      const { events, digests, modules, paths } = one;
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
    },
    90_000,
  );

  it.each([[[]], [['--in-process']]])(
    'drains both at SIGINT: %j',
    async (more) => {
      const file = join(folder, 'early.json');
      const args = ['cluster', example('local'), example('remote'), '-p', 'events=100000', ...more];
      const { status, err } = await runWithSignals(
        folder,
        [...args, '--quiet', '--report', file],
        [['Processing', 'SIGINT']],
      );
      expect(err).not.toMatch(/ExternalFailure|silent/);
      expect(status).toBe(40);
      const { LOCAL: local, REMOTE: remote } = reportIn(file).processes;
      expect([local?.exitCode, remote?.exitCode]).toEqual([9000, 9000]);
      expect(remote?.events).toBe(local?.events);
      expect(remote?.transport?.framesReceived).toBe(local?.transport?.framesSent);
    },
    90_000,
  );
});
