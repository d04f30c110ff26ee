/** The options about a job over several processes: what they become, and what is refused. */
import { describe, expect, it } from 'vitest';
import { meshSettings, type MeshArguments } from '../../cli/mesh-settings.ts';
import { EdmeshError } from '../../edm/index.ts';
import { scratchFolder } from './scratch-folder.ts';

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
      server: { url: 'nats://localhost:4222' },
      heartbeatMs: 1000,
      peerTimeoutMs: 5000,
    });
  });

  it('become numbers', () => {
    const more = { heartbeat: '0.5', peerTimeout: '3', slots: '32' };
    expect(meshSettings(given(more))).toMatchObject({
      ...{ heartbeatMs: 500, peerTimeoutMs: 3000, slots: 32 },
    });
    expect(meshSettings(given({ heartbeat: '4' }))).toMatchObject({ peerTimeoutMs: 20_000 });
  });

  it.each<readonly [MeshArguments, object]>([
    [{ nats: 'nats://127.0.0.1:4333' }, { url: 'nats://127.0.0.1:4333' }],
    [{ nats: 'nats://[::1]:4333/' }, { url: 'nats://[::1]:4333' }],
    [{ nats: 'tls://localhost' }, { url: 'tls://localhost:4222', tls: {} }],
    [{ creds: file }, { login: { kind: 'creds', file } }],
    [{ nkey: file }, { login: { kind: 'nkey', file } }],
    [{ user: 'me', password: '' }, { login: { kind: 'user', user: 'me', password: '' } }],
    [{ nats: remote, insecure: true }, { url: `${remote}:4222` }],
    [
      { nats: remote, nkey: file, tlsCa: file },
      { tls: { ca: file }, login: { kind: 'nkey' } },
    ],
    [
      { nats: 'tls://a.org', tlsCert: file, tlsKey: file },
      { url: 'tls://a.org:4222', tls: { cert: file, key: file } },
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
    ['--nats', given({ nats: remote }), 'no TLS'],
    ['--nats', given({ nats: 'tls://nats.example.org' }), 'no credentials'],
    ['--nats', given({ nats: remote, creds: file }), 'no TLS'],
    ['--nats', given({ nats: 'nats://127.0.0.1.example.org' }), 'another machine'],
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
    ['--slots', given({ slots: '0' }), 'integer'],
  ])('are refused with their name: %s of %j', (option, args, message) => {
    try {
      meshSettings(args);
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(EdmeshError);
      const { code, fields, message: said } = thrown as EdmeshError;
      expect({ code, fields }).toEqual({ code: 'EDMESH_COMMAND_LINE', fields: { option } });
      expect(said).toContain(message);
      expect(said).not.toContain('s3cret');
    }
  });
});
