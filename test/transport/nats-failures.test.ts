/** What a channel says when the server is away, gone, hostile or not to be used. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { NatsServer, NatsServerOptions } from '../../cli/nats-server.ts';
import type { EdmeshError } from '../../edm/index.ts';
import {
  connectNats,
  type Channel,
  type ChannelStatus,
  type NatsSettings,
} from '../../transport/index.ts';
import { startTestServer } from '../nats-server.ts';
import { thrownBy, until } from './channel.contract.ts';

const servers: NatsServer[] = [];
const channels: Channel[] = [];

afterEach(async () => {
  await Promise.allSettled(channels.splice(0).map((channel) => channel.close()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(options: NatsServerOptions = {}): Promise<NatsServer> {
  const server = await startTestServer(options);
  servers.push(server);
  return server;
}

async function open(url: string, settings: Partial<NatsSettings> = {}) {
  const channel = await connectNats({ url, ...settings }, 'A');
  channels.push(channel);
  const statuses: ChannelStatus[] = [];
  channel.onStatus((status) => statuses.push(status));
  return { channel, statuses };
}

/** Makes a server silent; resolves when every thread of it stands still, so that it answers nothing any more. */
async function silence({ pid }: NatsServer): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const tasks = `/proc/${String(pid)}/task`;
  const stands = (task: string) =>
    /^State:\tT/m.test(readFileSync(`${tasks}/${task}/status`, 'utf8'));
  await until(() => readdirSync(tasks).every(stands));
}

/** Ends a server as a crash would. */
async function crash(server: NatsServer): Promise<void> {
  process.kill(server.pid, 'SIGKILL');
  await server.ended;
}

const failure = (promise: Promise<unknown>): Promise<EdmeshError> =>
  promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as EdmeshError,
  );

describe('a channel whose server is restarted', () => {
  it('keeps what is published meanwhile, says so, and sends it when it is back', async () => {
    const server = await start();
    const { channel, statuses } = await open(server.url);
    const heard: number[] = [];
    channel.subscribe('n.*', (_subject, payload) => heard.push(payload[0] ?? -1));
    for (let i = 0; i < 5; i++) channel.publish('n.x', Uint8Array.of(i));
    await channel.flush();
    await until(() => heard.length === 5);
    await crash(server);
    await until(() => statuses.length === 1);

    for (let i = 5; i < 10; i++) channel.publish('n.x', Uint8Array.of(i));
    channel.publish('n.large', new Uint8Array(1_000_000).fill(10));
    expect(channel.pendingBytes).toBe(1_000_005);
    let isDrained = false;
    const drained = channel.drained(1).then(() => (isDrained = true));
    const flushed = channel.flush();
    const late: string[] = [];
    channel.subscribe('late', (subject) => late.push(subject));
    expect(isDrained).toBe(false);

    await start({ port: server.port });
    await drained;
    await flushed;
    expect(channel.pendingBytes).toBe(0);
    channel.publish('late', Uint8Array.of(1));
    await until(() => late.length === 1);
    expect(heard).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(statuses).toEqual([{ kind: 'disconnected' }, { kind: 'reconnected' }]);
  });

  it('fails a flush that waits for what was on its way', async () => {
    const server = await start();
    const { channel, statuses } = await open(server.url);
    await silence(server);
    channel.publish('n', new Uint8Array(1000));
    const flushed = failure(channel.flush());
    const drained = channel.drained(1);
    await crash(server);
    const error = await flushed;
    expect(error).toMatchObject({
      code: 'EDMESH_CONNECTION',
      fields: { url: server.url, failed: 'lost' },
    });
    expect(channel.pendingBytes).toBe(1000);
    await start({ port: server.port });
    await drained;
    expect(channel.pendingBytes).toBe(0);
    expect(statuses.map(({ kind }) => kind)).toEqual(['disconnected', 'reconnected']);
  });

  it('notices a server that is silent, and goes on when it answers again', async () => {
    const server = await start();
    const { channel, statuses } = await open(server.url, {
      pingMs: 50,
      connectTimeoutMs: 300,
    });
    await silence(server);
    for (let i = 0; i < 64; i++) channel.publish('n', new Uint8Array(1024 * 1024));
    expect(channel.pendingBytes).toBe(64 * 1024 * 1024);
    await until(() => statuses.length === 1);
    expect(statuses).toEqual([{ kind: 'disconnected' }]);
    expect(channel.pendingBytes).toBe(64 * 1024 * 1024);
    process.kill(server.pid, 'SIGCONT');
    await channel.drained(1);
    expect(statuses.map(({ kind }) => kind)).toEqual(['disconnected', 'reconnected']);
  });

  it('waits with closing until what it keeps has been sent', async () => {
    const server = await start();
    const { channel, statuses } = await open(server.url);
    await crash(server);
    await until(() => statuses.length === 1);
    channel.publish('n', new Uint8Array(1000));
    const closed = channel.close();
    const again = await start({ port: server.port });
    await closed;
    expect(channel.pendingBytes).toBe(0);
    expect(statuses.map(({ kind }) => kind)).toEqual(['disconnected', 'reconnected', 'closed']);
    await again.stop();
  });
});

describe('a channel whose server is gone for good', () => {
  it('is closed after a bounded time, and tells all who wait', async () => {
    const server = await start();
    const { channel, statuses } = await open(server.url, { reconnectMs: 500 });
    await crash(server);
    await until(() => statuses.length === 1);
    channel.publish('n', new Uint8Array(1000));
    const waiting = [channel.flush(), channel.drained(1), channel.close()].map(failure);
    for (const error of await Promise.all(waiting)) {
      expect(error.code).toBe('EDMESH_CONNECTION');
      expect(error.message).toContain(
        `${server.url}: the connection was lost and did not come back`,
      );
      expect(error.fields).toEqual({ url: server.url, failed: 'refused' });
      expect(error.exitCode).toBe(8036);
    }
    expect(statuses).toMatchObject([
      { kind: 'disconnected' },
      { kind: 'closed', error: { code: 'EDMESH_CONNECTION' } },
    ]);
    expect(
      thrownBy(() => {
        channel.publish('n', Uint8Array.of(1));
      }).code,
    ).toBe('EDMESH_CONNECTION');
    expect(thrownBy(() => channel.subscribe('n', () => undefined)).code).toBe('EDMESH_CONNECTION');
    expect(channel.pendingBytes).toBe(1000);
  });

  it('is closed at once when it comes back without the login', async () => {
    const server = await start();
    const { channel, statuses } = await open(server.url);
    await crash(server);
    await start({ port: server.port, configuration: 'authorization { user: x, password: y }' });
    await until(() => statuses.length === 2);
    expect(statuses[1]).toMatchObject({
      kind: 'closed',
      error: { code: 'EDMESH_CONNECTION', fields: { failed: 'authorization' } },
    });
    await channel.close();
  });

  it('leaves nothing open in the process', async () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const server = await start();
    const before = [sockets(), timers()];
    const { channel } = await open(server.url);
    const other = await open(server.url, { reconnectMs: 250 });
    expect(sockets()).toBeGreaterThan(before[0] ?? 0);
    await channel.close();
    await crash(server);
    await until(() => other.statuses.length === 2);
    await until(() => sockets() <= (before[0] ?? 0) && timers() <= (before[1] ?? 0));
  });
});

describe('a server that cannot be used', () => {
  /** A port on which something listens that is no NATS server. */
  async function listening<T>(
    onConnection: (socket: Socket) => void,
    use: (url: string) => Promise<T>,
  ): Promise<T> {
    const sockets: Socket[] = [];
    const listener = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      onConnection(socket);
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    try {
      return await use(`nats://127.0.0.1:${String((listener.address() as AddressInfo).port)}`);
    } finally {
      for (const socket of sockets) socket.destroy();
      listener.close();
    }
  }
  const failed = (url: string, more: object = {}): Promise<EdmeshError> =>
    failure(connectNats({ url, ...more }, 'A'));

  it('is refused where nothing listens', async () => {
    const url = await listening(
      () => undefined,
      (used) => Promise.resolve(used),
    );
    const error = await failed(url);
    expect(error).toMatchObject({ code: 'EDMESH_CONNECTION', fields: { url, failed: 'refused' } });
    expect(error.message).toBe(
      `${url}: cannot connect: nothing answers there; ` +
        'start a nats-server or correct the URL (connection refused)',
    );
  });

  it('times out where something listens and is silent', async () => {
    await listening(
      () => undefined,
      async (url) => {
        const error = await failed(url, { connectTimeoutMs: 100 });
        expect(error).toMatchObject({ code: 'EDMESH_CONNECTION', fields: { failed: 'timeout' } });
      },
    );
  });

  it('is told apart from another service', async () => {
    await listening(
      (socket) => socket.end('SSH-2.0-OpenSSH\r\n'),
      async (url) => {
        const error = await failed(url, { connectTimeoutMs: 2000 });
        expect(error.code).toBe('EDMESH_CONNECTION');
        expect(error.message).toContain(url);
      },
    );
  });

  it('is another host that does not exist', async () => {
    const error = await failed('nats://no-such-host.invalid:4222', { insecure: true });
    expect(error).toMatchObject({ code: 'EDMESH_CONNECTION', fields: { failed: 'not found' } });
  });

  it('refuses a wrong password, and the error does not repeat it', async () => {
    const server = await start({ configuration: 'authorization { user: x, password: right }' });
    const login = (password: string) => ({ credentials: { kind: 'user', user: 'x', password } });
    const error = await failed(server.url, login('hunter2'));
    expect(error).toMatchObject({
      code: 'EDMESH_CONNECTION',
      fields: { url: server.url, failed: 'authorization' },
    });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('hunter2');
    const none = await failed(server.url);
    expect(none.fields).toMatchObject({ failed: 'authorization' });
    const channel = await connectNats(
      { url: server.url, credentials: { kind: 'user', user: 'x', password: 'right' } },
      'A',
    );
    await channel.close();
  });
});
