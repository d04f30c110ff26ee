/** The options about a job over several processes: what they become, and what is refused. */
import { describe, expect, it } from 'vitest';
import { meshSettings, type MeshArguments } from '../../cli/mesh/mesh-settings.ts';
import { scratchFolder } from './scratch-folder.ts';
import { expectWrongOption } from './wrong-option.ts';

const folder = scratchFolder();
const file = folder.write('some.pem', 'text');
const remote = 'nats://nats.example.org';
const given = (change: MeshArguments = {}): MeshArguments => ({
  nats: 'localhost',
  job: 'velo',
  ...change,
});

describe('options of a mesh', () => {
  it('have defaults', () => {
    expect(meshSettings({})).toBeUndefined();
    expect(meshSettings(given())).toEqual({
      job: 'velo',
      server: { url: 'localhost' },
      heartbeatMs: 1000,
      peerTimeoutMs: 5000,
      joinTimeoutMs: 60_000,
    });
  });

  it('become numbers', () => {
    const more = { heartbeat: '0.5', peerTimeout: '3', joinTimeout: '600', slots: '32' };
    expect(meshSettings(given(more))).toMatchObject({
      ...{ heartbeatMs: 500, peerTimeoutMs: 3000, joinTimeoutMs: 600_000, slots: 32 },
    });
    expect(meshSettings(given({ heartbeat: '4' }))).toMatchObject({ peerTimeoutMs: 20_000 });
  });

  it.each<readonly [MeshArguments, object]>([
    [{ nats: 'nats://127.0.0.1:4333' }, { url: 'nats://127.0.0.1:4333' }],
    [
      { nats: 'nats://localhost,nats://[::1]:4333/' },
      { url: 'nats://localhost,nats://[::1]:4333/' },
    ],
    [{ creds: file }, { credentials: { kind: 'creds', file } }],
    [{ nkey: file }, { credentials: { kind: 'nkey', file } }],
    [{ user: 'me', password: '' }, { credentials: { kind: 'user', user: 'me', password: '' } }],
    [
      { nats: remote, insecure: true },
      { url: remote, insecure: true },
    ],
    [
      { nats: remote, nkey: file, tlsCa: file },
      { tls: { caFile: file }, credentials: { kind: 'nkey' } },
    ],
    [
      { nats: 'tls://a.org', tlsCert: file, tlsKey: file },
      { url: 'tls://a.org', tls: { certFile: file, keyFile: file } },
    ],
  ])('name a server: %j', (change, server) => {
    expect(meshSettings(given(change))).toMatchObject({ server });
  });

  it.each<readonly [string, MeshArguments, string]>([
    ['--nats', { nats: 'localhost' }, '--job'],
    ['--job', { job: 'velo' }, '--nats'],
    ['--creds', { creds: file }, '--nats'],
    ['--insecure', { insecure: true }, '--nats'],
    ['--job', given({ job: 'a.b' }), 'letters'],
    ['--job', given({ job: 'a'.repeat(65) }), '64'],
    ['--nats', given({ nats: 'http://localhost' }), 'tls://'],
    ['--nats', given({ nats: 'nats://' }), 'HOST'],
    ['--nats', given({ nats: 'nats://localhost/x' }), 'HOST'],
    ['--nats', given({ nats: 'nats://me:s3cret@localhost' }), '--user'],
    ['--nkey', given({ creds: file, nkey: file }), 'excludes --creds'],
    ['--user', given({ nkey: file, user: 'me', password: 'x' }), 'excludes --nkey'],
    ['--user', given({ user: 'me' }), '--password'],
    ['--password', given({ password: 'x' }), '--user'],
    ['--tls-cert', given({ tlsCert: file }), '--tls-key'],
    ['--tls-key', given({ tlsKey: file }), '--tls-cert'],
    ['--tls-ca', given({ tlsCa: `${file}.gone` }), 'cannot read'],
    ['--creds', given({ creds: `${file}.gone` }), 'cannot read'],
    ['--heartbeat', given({ heartbeat: '0' }), 'seconds'],
    ['--peer-timeout', given({ peerTimeout: '1.5' }), 'two heartbeats'],
    ['--join-timeout', { joinTimeout: '5' }, '--nats'],
    ['--join-timeout', given({ joinTimeout: '-1' }), 'seconds'],
    ['--slots', given({ slots: '0' }), 'integer'],
  ])('are refused with their name: %s of %j', (option, args, message) => {
    expectWrongOption(option, () => meshSettings(args));
    expect(() => meshSettings(args)).toThrow(message);
    expect(() => meshSettings(args)).not.toThrow('s3cret');
  });

  it.each<readonly [MeshArguments, readonly string[]]>([
    [{ nats: remote }, ['TLS', 'credentials']],
    [{ nats: 'tls://nats.example.org' }, ['credentials']],
    [{ nats: remote, creds: file }, ['TLS']],
    [{ nats: 'nats://127.0.0.1.example.org' }, ['TLS', 'credentials']],
    [{ nats: `localhost,${remote}` }, ['TLS', 'credentials']],
  ])('are not enough for a server on another machine: %j', (change, missing) => {
    expect(() => meshSettings(given(change))).toThrow(
      expect.objectContaining({
        code: 'EDMESH_INSECURE_SERVER',
        fields: expect.objectContaining({ option: '--nats', missing }),
        message: expect.stringMatching(/^--nats: .* without .*--insecure/),
      }),
    );
  });
});
