/** Permissions for the processes of a job: a real server takes them as they are printed, the job runs, more is refused. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nkeys } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NatsServer } from '../../cli/nats-server.ts';
import { connectNats } from '../../transport/index.ts';
import { startTestServer } from '../nats-server.ts';
import { runBuilt, startCommand } from './built-command.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();
const example = (name: string) =>
  fileURLToPath(new URL(`../../examples/velo/${name}.config.ts`, import.meta.url));
const [local, remote] = [example('local'), example('remote')];
const auth = (...args: readonly string[]) => runBuilt(folder.path, ['auth', ...args]);

const mpi = (name: string, text: string) =>
  folder.write(
    `${name}.config.ts`,
    `import { defineProcess, EmptySource, MPIController, MPISender, MPISource } from 'edmesh';
export default defineProcess({ name: '${name}', ${text} });
`,
  );

describe('a server with the users that edmesh auth prints', () => {
  const passwords = { LOCAL_PASSWORD: 'secret-of-local', REMOTE_PASSWORD: 'secret-of-remote' };
  const lanes = ['--threads', '2'];
  let server: NatsServer | undefined;
  const as = (user: string, password = `secret-of-${user.toLowerCase()}`) => [
    ...['--nats', server?.url ?? '', '--user', user, '--password', password],
  ];

  beforeAll(async () => {
    const printed = await auth(local, remote, '--job', 'velo', '--for', 'REMOTE', lanes.join(' '));
    expect({ status: printed.status, err: printed.err }).toEqual({ status: 0, err: '' });
    Object.assign(process.env, passwords);
    server = await startTestServer({ configuration: printed.out });
  }, 60_000);
  afterAll(() => server?.stop());

  it('lets the job run, each process as its user', async () => {
    const run = (config: string, ...args: readonly string[]) =>
      startCommand(folder.path, ['run', config, '--job', 'velo', '--quiet', ...args]).ended;
    const ended = await Promise.all([
      run(local, '-p', 'events=30', ...as('LOCAL')),
      run(remote, ...lanes, ...as('REMOTE')),
    ]);
    expect(ended.map(({ status, err }) => ({ status, err }))).toEqual([
      { status: 0, err: '' },
      { status: 0, err: '' },
    ]);
    for (const { out } of ended) expect(out).toMatch(/^Processed 30 events/m);
  });

  it('refuses a process that does what another one may', async () => {
    const { status, err } = await runBuilt(folder.path, [
      ...['run', local, '--job', 'velo', '--quiet', ...as('REMOTE')],
    ]);
    expect(status).toBe(100);
    expect(err).toContain('EDMESH_PERMISSION');
    expect(err).toContain('`edmesh auth` writes');
  });

  it.each([
    ['publish to', 'edm.velo.REMOTE-0.LOCAL.2'],
    ['publish to', 'edm.velo.LOCAL.REMOTE-0.2'],
    ['publish to', 'edm.other.hello'],
    ['subscribe to', 'edm.velo.LOCAL.REMOTE-0.1'],
  ])('does not let LOCAL %s %s', async (what, subject) => {
    const credentials = {
      kind: 'user',
      user: 'LOCAL',
      password: passwords.LOCAL_PASSWORD,
    } as const;
    const channel = await connectNats({ url: server?.url ?? '', credentials }, 'LOCAL');
    const ended = new Promise((resolve) => {
      channel.onStatus((status) => {
        if (status.kind === 'closed') resolve(status.error);
      });
    });
    if (what === 'publish to') channel.publish(subject, Uint8Array.of(1));
    else channel.subscribe(subject, () => undefined);
    expect(await ended).toMatchObject({
      code: 'EDMESH_PERMISSION',
      message: expect.stringContaining(`may not ${what} ${subject}`),
    });
  });

  it('refuses a wrong password, and says which options to look at', async () => {
    const { status, err } = await runBuilt(folder.path, [
      ...['run', remote, '--job', 'velo', ...as('REMOTE', 'guessed')],
    ]);
    expect(status).not.toBe(0);
    expect(err).toContain(`joining job velo at ${server?.url ?? ''} as user REMOTE\n`);
    expect(err).toContain('check --creds, --nkey or --user and --password');
    expect(err).not.toContain('guessed');
  });
});

describe('what edmesh auth prints', () => {
  it('has an nkey instead of a password where it is told of one', async () => {
    const key = nkeys.createUser().getPublicKey();
    const args = [local, remote, '--job', 'velo', '--public-key', `LOCAL=${key}`];
    const { out } = await auth(...args);
    expect(out).toContain(`nkey: ${key}\n`);
    expect(out).toContain('environment: REMOTE_PASSWORD.\n');
  });

  it('is JSON where it is asked for, with the journal too', async () => {
    const { out } = await auth(local, remote, '--job', 'velo', '--journal', '--json');
    const { job, users } = JSON.parse(out) as { job: string; users: Record<string, unknown> };
    expect([job, Object.keys(users)]).toEqual(['velo', ['LOCAL', 'REMOTE', 'journal']]);
    expect(users.REMOTE).toEqual({
      publish: [
        'edm.velo.hello',
        'edm.velo.hb.REMOTE',
        ...[0, 2, 3, 4].map((instance) => `edm.velo.REMOTE.LOCAL.${String(instance)}`),
        '$JS.API.STREAM.INFO.EDMESH_velo',
      ],
      subscribe: [
        'edm.velo.hello',
        'edm.velo.*.REMOTE.*',
        'edm.velo.hb.LOCAL',
        '_INBOX_velo_REMOTE.>',
      ],
    });
    const without = await auth(local, remote, '--job', 'velo', '--json');
    expect(without.out).not.toMatch(/\$JS|_INBOX|journal/);
  });

  it('is taken by a server as it is', async () => {
    const { out } = await auth(local, remote, '--job', 'velo', '--journal');
    const file = folder.write('users.conf', out);
    const env = { PATH: '/usr/sbin:/usr/local/bin', ...process.env };
    const secrets = { LOCAL_PASSWORD: 'a', REMOTE_PASSWORD: 'b', JOURNAL_PASSWORD: 'c' };
    const { EDMESH_NATS_SERVER: program = 'nats-server' } = process.env;
    execFileSync(program, ['-t', '-c', file], { env: { ...env, ...secrets }, stdio: 'pipe' });
  });
});

describe('edmesh auth refuses', () => {
  const alone = mpi('ALONE', 'source: EmptySource({ events: 1 }), modules: {}, paths: {}');
  const follower = mpi('REMOTE', "source: MPISource({ controller: 'OTHER' }), modules: {}");
  const lost = mpi(
    'LOST',
    `source: EmptySource({ events: 1 }),
  modules: { send: MPISender({ upstream: 'nowhere', instance: 1, products: ['x'] }) }`,
  );
  it.each([
    [
      'a process whose follower is missing',
      [local],
      73,
      'none of the configs is of process REMOTE; give its config too',
    ],
    [
      'one whose controller is missing',
      [remote],
      73,
      'none of the configs is of process LOCAL; give its config too',
    ],
    [
      'processes that do not agree',
      [local, follower],
      73,
      "has no MPISource with controller 'LOCAL'",
    ],
    ['one without a part', [local, remote, alone], 73, 'ALONE has no MPIController or MPISource'],
    ['one whose upstream leads nowhere', [lost], 73, "its upstream 'nowhere' leads to no"],
    ['a key of nobody', [local, remote, '--public-key', 'X=U'], 88, "'X' is none of LOCAL, REMOTE"],
    [
      'what is no key',
      [local, remote, '--public-key', 'LOCAL=SU'],
      88,
      "'SU' is not the public key",
    ],
    ['lanes of nobody', [local, remote, '--for', 'X', '--threads 2'], 88, 'no such process'],
  ])('%s', async (_what, args, expected, message) => {
    const { status, out, err } = await auth(...args, '--job', 'velo');
    expect({ status, out }).toEqual({ status: expected, out: '' });
    expect(err).toContain(message);
  });

  it('to guess the name of the job', async () => {
    const { status, err } = await auth(local, remote);
    expect(status).toBe(88);
    expect(err).toContain("required option '--job <name>' not specified");
  });
});
