/** The nats-server that a command runs for itself. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { findNatsServer, startNatsServer } from '../../cli/nats-server.ts';
import type { EdmeshError } from '../../edm/index.ts';
import { connectNats } from '../../transport/index.ts';
import { startTestServer } from '../nats-server.ts';
import { isAlive } from './built-command.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();

function program(name: string, text: string): string {
  const file = folder.write(name, text);
  chmodSync(file, 0o755);
  return file;
}

// Other test files start servers at the same time.
process.env.TMPDIR = join(folder.path, 'temporary');
mkdirSync(process.env.TMPDIR);
const temporaryFolders = (): string[] => readdirSync(tmpdir());

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const failure = (promise: Promise<unknown>): Promise<EdmeshError> =>
  promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as EdmeshError,
  );

describe('finding a nats-server', () => {
  const fake = program('bin/nats-server', '#!/bin/sh\n');

  it('takes the one that the environment names, and only that', () => {
    expect(findNatsServer({ EDMESH_NATS_SERVER: fake, PATH: '' })).toBe(fake);
    expect(findNatsServer({ EDMESH_NATS_SERVER: `${fake}x`, PATH: join(folder.path, 'bin') })).toBe(
      undefined,
    );
  });

  it('takes the first in the PATH that can be run', () => {
    mkdirSync(join(folder.path, 'other/nats-server'), { recursive: true });
    const path = ['none', 'other', 'bin'].map((name) => join(folder.path, name)).join(':');
    expect(findNatsServer({ PATH: path })).toBe(fake);
  });
});

describe('a nats-server of a command', () => {
  beforeAll(async () => {
    await (await startTestServer()).stop();
  }, 120_000);

  it('runs on a free port of this machine, and is gone when it is stopped', async () => {
    const [one, two] = await Promise.all([
      startNatsServer(process.env),
      startNatsServer(process.env, { maxPayloadBytes: 4096 }),
    ]);
    expect(one.port).not.toBe(two.port);
    expect(one.url).toBe(`nats://127.0.0.1:${one.port}`);
    const channels = [
      await connectNats({ url: one.url }, 'A'),
      await connectNats({ url: two.url }, 'A'),
    ];
    expect(channels.map(({ maxPayloadBytes }) => maxPayloadBytes)).toEqual([1024 * 1024, 4096]);
    await Promise.all(channels.map((channel) => channel.close()));
    expect(temporaryFolders()).toHaveLength(2);
    await Promise.all([one.stop(), two.stop()]);
    await one.stop();
    expect([isAlive(one.pid), isAlive(two.pid)]).toEqual([false, false]);
    expect(temporaryFolders()).toEqual([]);
  });

  it('keeps its store where it is told to', async () => {
    const storeFolder = join(folder.path, 'store');
    const server = await startNatsServer(process.env, { storeFolder });
    await server.stop();
    expect(existsSync(join(storeFolder, 'jetstream'))).toBe(true);
  });

  it('says when it has ended by itself', async () => {
    const server = await startNatsServer(process.env);
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
    await server.stop();
  });

  it('ends with its parent, even when that is killed, and leaves nothing behind', async () => {
    const script = join(folder.path, 'parent.mjs');
    await build({
      stdin: {
        contents: `import { startNatsServer } from './cli/nats-server.ts';
const server = await startNatsServer(process.env);
console.log(server.pid);
setInterval(() => undefined, 1000);`,
        resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: script,
    });
    const scratch = join(folder.path, 'tmp');
    mkdirSync(scratch);
    const parent = spawn(process.execPath, [script], {
      env: { ...process.env, TMPDIR: scratch },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => {
      createInterface({ input: parent.stdout }).once('line', (line) => {
        resolve(Number(line));
      });
    });
    expect(isAlive(pid)).toBe(true);
    expect(readdirSync(scratch)).toHaveLength(1);
    parent.kill('SIGKILL');
    await until(() => !isAlive(pid) && readdirSync(scratch).length === 0);
  });
});

describe('a nats-server that does not start', () => {
  it('is not there: the error says how to get it', async () => {
    const error = await failure(startNatsServer({ EDMESH_NATS_SERVER: '/nowhere/nats-server' }));
    expect(error.code).toBe('EDMESH_SERVER');
    expect(error.exitCode).toBe(8036);
    expect(error.message).toBe(
      'EDMESH_NATS_SERVER is /nowhere/nats-server, which is no program: install it ' +
        '(Debian: apt-get install nats-server; else https://nats.io/download) ' +
        'or set EDMESH_NATS_SERVER to its path',
    );
  });

  it('ends at once: the error has its last lines', async () => {
    const lines = Array.from({ length: 20 }, (_, i) => `echo "line ${String(i)}" >&2`);
    const executable = program('failing', `#!/bin/sh\n${lines.join('\n')}\nexit 3\n`);
    const error = await failure(startNatsServer({}, { executable }));
    expect(error.code).toBe('EDMESH_SERVER');
    expect(error.message).toBe(
      `nats-server did not start: it ended at once${[12, 13, 14, 15, 16, 17, 18, 19]
        .map((i) => `\n  line ${String(i)}`)
        .join('')}`,
    );
    expect(temporaryFolders()).toEqual([]);
  });

  it('finds its port taken, or its configuration wrong', async () => {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    const taken = await failure(startNatsServer(process.env, { port }));
    expect(taken.message).toContain('address already in use');
    listener.close();
    const wrong = await failure(startNatsServer(process.env, { configuration: 'no_such: 1' }));
    expect(wrong.message).toContain('no_such');
  });

  it('is not ready in time, and is ended', async () => {
    const executable = program('silent', '#!/bin/sh\nexec sleep 60\n');
    const error = await failure(startNatsServer({}, { executable, startTimeoutMs: 100 }));
    expect(error.message).toBe('nats-server did not start: it is not ready after 100 ms');
  });
});
