/**
 * Real processes of one job, each through the built command, over a real server: one is killed at any point of its life, is
 * stopped alone, or the server crashes and comes back. The others end by themselves, and say why.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { NatsServer } from '../../cli/nats-server.ts';
import { startTestServer } from '../nats-server.ts';
import { startCommand, type RunningCommand } from './built-command.ts';
import { meshConfig } from './mesh-configs.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();
const configs = {
  LOCAL: folder.write('local.config.ts', meshConfig('LOCAL')),
  REMOTE: folder.write('remote.config.ts', meshConfig('REMOTE')),
};
type Name = keyof typeof configs;

const servers: NatsServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

interface Report {
  readonly exitCode: number;
  readonly events: number;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
  readonly modules: Readonly<Record<string, { readonly summary: { right: number } | null }>>;
}

async function serverOn(port?: number): Promise<NatsServer> {
  const server = await startTestServer(port === undefined ? {} : { port });
  servers.push(server);
  return server;
}

let jobs = 0;

/** Starts both processes of a job; what one is told beside is its own. */
function startBoth(
  url: string,
  args: Partial<Record<Name, readonly string[]>>,
): Readonly<Record<Name, RunningCommand>> {
  const job = `job${String(++jobs)}`;
  const start = (name: Name): RunningCommand => {
    rmSync(`${folder.path}/${name}.json`, { force: true });
    const mesh = ['--nats', url, '--job', job, '--heartbeat', '0.2', '--peer-timeout', '1.5'];
    const report = ['--report', `${name}.json`, '--streams', '4'];
    return startCommand(folder.path, [
      'run',
      configs[name],
      ...mesh,
      ...report,
      ...(args[name] ?? []),
    ]);
  };
  return { REMOTE: start('REMOTE'), LOCAL: start('LOCAL') };
}

function reportOf(name: Name): Report | undefined {
  const file = `${folder.path}/${name}.json`;
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')) as Report;
}

const long = ['-p', 'events=100000', '--set', 'work.delayMs=2'];

describe.each(['LOCAL', 'REMOTE'] as const)('%s is killed', (dead) => {
  const other = dead === 'LOCAL' ? 'REMOTE' : 'LOCAL';

  // A follower begins its job before its controller may have been heard of, which then waits long for another start.
  const hooks = ['beginLumi', 'analyze', 'endJob', ...(dead === 'LOCAL' ? ['beginJob'] : [])];

  it.each(hooks)('in %s', async (hook) => {
    const { url } = await serverOn();
    const both = startBoth(url, { [dead]: ['--set', `work.diesIn=${hook}`] });
    expect((await both[dead].ended).signal).toBe('SIGKILL');
    const { status, err } = await both[other].ended;
    const report = reportOf(other);
    if (status === 0) expect([hook, report?.events]).toEqual(['endJob', 100]);
    else {
      expect(status).toBe(100);
      expect(report?.errors[0]?.code).toBe('EDMESH_PEER_LOST');
      expect(err).toContain(dead);
    }
  });
});

describe('a follower', () => {
  it.each([
    ['', []],
    [', in lanes of their own', ['--threads', '2']],
  ])('that is stopped alone finishes, and its controller is interrupted%s', async (_, lanes) => {
    const { url } = await serverOn();
    const both = startBoth(url, {
      LOCAL: [...long, ...lanes],
      REMOTE: ['--set', 'work.delayMs=2', ...lanes],
    });
    await both.REMOTE.written('working');
    both.REMOTE.kill('SIGINT');
    const [local, remote] = await Promise.all([both.LOCAL.ended, both.REMOTE.ended]);
    expect([local.status, remote.status]).toEqual([40, 40]);
    const [own, there] = [reportOf('LOCAL'), reportOf('REMOTE')];
    expect(own?.errors).toMatchObject([{ code: 'EDMESH_INTERRUPTED' }]);
    expect(own?.errors[0]?.message).toContain('REMOTE');
    expect(there?.events).toBe(own?.events);
    expect(own?.modules.checked?.summary?.right).toBe(own?.events);
  });

  it('that is started twice says so, and the first one goes on', async () => {
    const { url } = await serverOn();
    const both = startBoth(url, { LOCAL: ['-p', 'events=1500', '--set', 'work.delayMs=2'] });
    await both.LOCAL.written('working');
    const job = `job${String(jobs)}`;
    const twin = startCommand(folder.path, ['run', configs.REMOTE, '--nats', url, '--job', job]);
    const { status, err } = await twin.ended;
    expect(status).toBe(73);
    expect(err).toContain(`process REMOTE is in job ${job} already`);
    expect((await both.LOCAL.ended).status).toBe(0);
    expect((await both.REMOTE.ended).status).toBe(0);
    expect(reportOf('REMOTE')?.events).toBe(1500);
  });
});

describe('a server that crashes in the middle of a job', () => {
  const typed = [
    'EDMESH_FRAME_GAP',
    'EDMESH_PEER_LOST',
    'EDMESH_PEER_FAILED',
    'EDMESH_CONNECTION',
    'EDMESH_EVENT_TIMEOUT',
  ];

  it('and comes back leaves a complete result, or an error on both sides', async () => {
    const server = await serverOn();
    const args = ['--peer-timeout', '6', '--set', 'work.delayMs=1'];
    const both = startBoth(server.url, {
      LOCAL: ['-p', 'events=1500', ...args],
      REMOTE: args,
    });
    await both.LOCAL.written('working');
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
    await serverOn(server.port);
    const [local, remote] = await Promise.all([both.LOCAL.ended, both.REMOTE.ended]);
    const [own, there] = [reportOf('LOCAL'), reportOf('REMOTE')];
    if (local.status === 0 && remote.status === 0) {
      expect([own?.events, there?.events]).toEqual([1500, 1500]);
      expect(own?.modules.checked?.summary?.right).toBe(1500);
    } else {
      for (const report of [own, there]) expect(typed).toContain(report?.errors[0]?.code);
    }
  });

  it('for good is an error on both sides', async () => {
    const server = await serverOn();
    const both = startBoth(server.url, { LOCAL: long, REMOTE: ['--set', 'work.delayMs=2'] });
    await both.LOCAL.written('working');
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
    const ended = await Promise.all([both.LOCAL.ended, both.REMOTE.ended]);
    expect(ended.map(({ status }) => status)).toEqual([100, 100]);
    for (const name of ['LOCAL', 'REMOTE'] as const) {
      expect(typed).toContain(reportOf(name)?.errors[0]?.code);
    }
  });
});
