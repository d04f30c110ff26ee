import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeNats, natsSettings, type NatsOptions } from '../../transport/index.ts';
import { scratchFolder } from '../cli/scratch-folder.ts';
import { thrownBy } from './channel.contract.ts';

const local = 'nats://127.0.0.1:4222';

describe('the options of a connection', () => {
  it('become settings that a thread can be given', () => {
    const settings = natsSettings({
      url: 'tls://a.example:4222,b.example',
      creds: 'user.creds',
      tlsCa: 'ca.pem',
      tlsCert: 'cert.pem',
      tlsKey: 'key.pem',
      inboxPrefix: '_INBOX_x',
    });
    expect(structuredClone(settings)).toEqual({
      url: 'tls://a.example:4222,b.example',
      credentials: { kind: 'creds', file: 'user.creds' },
      tls: { caFile: 'ca.pem', certFile: 'cert.pem', keyFile: 'key.pem' },
      inboxPrefix: '_INBOX_x',
    });
  });

  it.each<[string, Partial<NatsOptions>, string, string]>([
    ['two credentials', { creds: 'a', nkey: 'b' }, '--nkey', 'it excludes --creds'],
    ['three', { creds: 'a', user: 'a', password: 'hunter2' }, '--user', 'it excludes --creds'],
    ['a user alone', { user: 'a' }, '--user', 'it needs --password'],
    ['a password alone', { password: 'hunter2' }, '--password', 'it needs --user'],
    ['a certificate alone', { tlsCert: 'a' }, '--tls-cert', 'it needs --tls-key'],
    ['a key alone', { tlsKey: 'a' }, '--tls-key', 'it needs --tls-cert'],
    ['no URL', { url: ' , ' }, '--nats', 'is empty'],
    ['another scheme', { url: 'http://127.0.0.1' }, '--nats', "it begins with 'http://'"],
    ['no host', { url: 'nats://' }, '--nats', 'cannot be read'],
    ['a path', { url: 'nats://127.0.0.1/x' }, '--nats', 'cannot be read'],
    ['a bad port', { url: 'nats://127.0.0.1:port' }, '--nats', 'cannot be read'],
    ['a password in the URL', { url: 'nats://x:hunter2@127.0.0.1' }, '--nats', 'holds a user'],
    [
      'one that cannot be read',
      { url: 'nats://x:hunter2@127.0.0.1:y' },
      '--nats',
      'cannot be read',
    ],
  ])('refuse %s, name the option and repeat no secret', (_what, options, option, said) => {
    const error = thrownBy(() => natsSettings({ url: local, ...options }));
    expect(error.code).toBe('EDMESH_COMMAND_LINE');
    expect(error.fields).toEqual({ option });
    expect(error.message).toContain(`${option}: `);
    expect(error.message).toContain(said);
    expect(inspect(error, { depth: 10 })).not.toContain('hunter2');
  });

  it.each<[string, Partial<NatsOptions>, string[]]>([
    ['nothing', {}, ['TLS', 'credentials']],
    ['credentials alone', { user: 'x', password: 'y' }, ['TLS']],
    ['TLS alone', { tlsCa: 'ca.pem' }, ['credentials']],
  ])('refuse a server on another machine with %s', (_what, options, missing) => {
    for (const url of ['nats://192.0.2.1:4222', `${local},nats://a.example`, 'localhost.example']) {
      const error = thrownBy(() => natsSettings({ url, ...options }));
      expect(error.code).toBe('EDMESH_INSECURE_SERVER');
      expect(error.fields).toMatchObject({ option: '--nats', missing });
      expect(error.message).toContain('--insecure');
    }
  });

  it.each<[string, NatsOptions]>([
    ['on this machine', { url: local }],
    ['on this machine by name', { url: 'localhost' }],
    ['on this machine by its name in capitals', { url: 'nats://LOCALHOST:4222/' }],
    ['on this machine in IPv6', { url: 'nats://[::1]:4222' }],
    ['with TLS by its URL and credentials', { url: 'tls://a.example', nkey: 'n' }],
    ['with a certificate', { url: 'tls://a.example', tlsCert: 'c', tlsKey: 'k' }],
    ['that is meant to be open', { url: 'nats://a.example', insecure: true }],
  ])('take a server %s', (_what, options) => {
    expect(natsSettings(options).url).toBe(options.url);
  });

  it('are described without secrets', () => {
    const login = { user: 'lhcb', password: 'hunter2' };
    expect(
      describeNats(natsSettings({ url: 'tls://a.example,tls://b.example:99', ...login })),
    ).toBe('tls://a.example:4222, tls://b.example:99 as user lhcb, over TLS');
    expect(describeNats(natsSettings({ url: local, nkey: 'seed.nk' }))).toBe(
      `${local} with the nkey of seed.nk`,
    );
    expect(describeNats(natsSettings({ url: local }))).toBe(`${local} without credentials`);
  });
});

describe('files of credentials', () => {
  const folder = scratchFolder();

  it.each([
    ['creds', 'holds no JWT with its seed'],
    ['nkey', 'holds no seed of an nkey'],
  ])('of the kind %s are named when they are missing or wrong', async (kind, problem) => {
    const { connectNats } = await import('../../transport/index.ts');
    const missing = join(folder.path, 'none');
    const credentials = (file: string) => ({ kind, file }) as { kind: 'nkey'; file: string };
    await expect(
      connectNats({ url: local, credentials: credentials(missing) }, 'A'),
    ).rejects.toMatchObject({ code: 'EDMESH_FILE_OPEN', fields: { file: missing } });
    const wrong = join(folder.path, 'wrong');
    writeFileSync(wrong, 'hunter2');
    await expect(
      connectNats({ url: local, credentials: credentials(wrong) }, 'A'),
    ).rejects.toMatchObject({ code: 'EDMESH_FILE_READ', message: `${wrong}: ${problem}` });
  });
});
