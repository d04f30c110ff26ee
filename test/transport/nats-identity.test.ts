/** Proofs of identity against a real server: nkeys, credentials with a JWT, TLS with certificates made here. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { nkeys } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { connectNats, type NatsSettings } from '../../transport/index.ts';
import { scratchFolder } from '../cli/scratch-folder.ts';
import { startTestServer, useNatsServer } from '../nats-server.ts';

const folder = scratchFolder();
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Connects, has a message go round, and closes. */
async function goRound(settings: NatsSettings): Promise<void> {
  const channel = await connectNats(settings, 'A');
  try {
    const heard = new Promise((resolve) => channel.subscribe('round', resolve));
    channel.publish('round', Uint8Array.of(1));
    await heard;
  } finally {
    await channel.close();
  }
}

describe('an nkey', () => {
  const user = nkeys.createUser();
  const seed = text(user.getSeed());
  const server = useNatsServer({
    configuration: `authorization { users: [{ nkey: ${user.getPublicKey()} }] }`,
  });

  it('opens the server that knows its public half', async () => {
    const file = folder.write('user.nk', `# a comment\n${seed}\n`);
    await goRound({ url: server.url, credentials: { kind: 'nkey', file } });
  });

  it('is refused where it is another, and its seed is not repeated', async () => {
    const other = text(nkeys.createUser().getSeed());
    const file = folder.write('other.nk', other);
    const error: unknown = await goRound({
      url: server.url,
      credentials: { kind: 'nkey', file },
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'EDMESH_CONNECTION',
      fields: { failed: 'authorization' },
    });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(other.slice(4));
  });

  it('is read anew at each connection', async () => {
    const file = folder.write('renewed.nk', text(nkeys.createUser().getSeed()));
    const settings: NatsSettings = { url: server.url, credentials: { kind: 'nkey', file } };
    await expect(goRound(settings)).rejects.toThrow('refuses the login');
    writeFileSync(file, seed);
    await goRound(settings);
  });
});

describe('credentials with a JWT', () => {
  const base64 = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  /** A JWT as operators and accounts of NATS sign it. */
  const jwt = (issuer: nkeys.KeyPair, subject: string, nats: object): string => {
    const body = `${base64({ typ: 'JWT', alg: 'ed25519-nkey' })}.${base64({
      jti: subject,
      iat: 1_700_000_000,
      iss: issuer.getPublicKey(),
      name: subject,
      sub: subject,
      nats: { ...nats, version: 2 },
    })}`;
    const signature = issuer.sign(new TextEncoder().encode(body));
    return `${body}.${Buffer.from(signature).toString('base64url')}`;
  };
  const operator = nkeys.createOperator();
  const account = nkeys.createAccount();
  const user = nkeys.createUser();
  const limits = { subs: -1, data: -1, payload: -1, conn: -1, imports: -1, exports: -1, leaf: -1 };
  const accountJwt = jwt(operator, account.getPublicKey(), { type: 'account', limits });
  const operatorJwt = jwt(operator, operator.getPublicKey(), { type: 'operator' });

  it('opens a server that trusts their operator', async () => {
    const server = await startTestServer({
      jetStream: false,
      configuration: `operator: ${operatorJwt}
resolver: MEMORY
resolver_preload: { ${account.getPublicKey()}: ${accountJwt} }`,
    });
    const file = folder.write(
      'user.creds',
      `-----BEGIN NATS USER JWT-----
${jwt(account, user.getPublicKey(), { type: 'user', subs: -1, data: -1, payload: -1 })}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${text(user.getSeed())}
------END USER NKEY SEED------
`,
    );
    await goRound({ url: server.url, credentials: { kind: 'creds', file } });
    await expect(goRound({ url: server.url })).rejects.toThrow('refuses the login');
    await server.stop();
  });
});

describe('TLS', () => {
  /** A certificate for an address that signs itself, as two files. */
  const certificate = (name: string, address: string): { cert: string; key: string } => {
    const [cert, key] = [join(folder.path, `${name}.pem`), join(folder.path, `${name}.key`)];
    const openssl = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${address}`];
    execFileSync('openssl', [...openssl, ...subject, '-keyout', key, '-out', cert], {
      stdio: 'pipe',
    });
    return { cert, key };
  };
  const server = certificate('server', 'IP:127.0.0.1');
  const client = certificate('client', 'DNS:client');
  const tls = `tls { cert_file: "${server.cert}", key_file: "${server.key}"`;
  const failed = (said: string) => ({
    code: 'EDMESH_CONNECTION',
    fields: { failed: 'tls' },
    message: expect.stringContaining(said),
  });

  describe('of the server', () => {
    const running = useNatsServer({ configuration: `${tls} }` });

    it('is agreed on when its authority is known', async () => {
      await goRound({ url: running.url, tls: { caFile: server.cert } });
      await goRound({ url: running.url.replace('nats:', 'tls:'), tls: { caFile: server.cert } });
    });

    it('fails when its authority is not known, or another', async () => {
      await expect(goRound({ url: running.url })).rejects.toMatchObject(failed('--tls-ca'));
      const other = goRound({ url: running.url, tls: { caFile: client.cert } });
      await expect(other).rejects.toMatchObject(failed(running.url));
    });

    it('fails when the file of the authority is missing', async () => {
      const missing = join(folder.path, 'none.pem');
      await expect(goRound({ url: running.url, tls: { caFile: missing } })).rejects.toMatchObject({
        code: 'EDMESH_FILE_OPEN',
        fields: { file: missing },
      });
    });
  });

  it('fails when the certificate is for another host, also for localhost', async () => {
    const other = certificate('other', 'DNS:localhost');
    const running = await startTestServer({
      configuration: `tls { cert_file: "${other.cert}", key_file: "${other.key}" }`,
    });
    const tls = { caFile: other.cert };
    await expect(goRound({ url: running.url, tls })).rejects.toMatchObject(failed('127.0.0.1'));
    await goRound({ url: running.url.replace('127.0.0.1', 'localhost'), tls });
    await running.stop();
  });

  it('is not given up where the server does not offer it', async () => {
    const plain = await startTestServer();
    const url = plain.url.replace('nats:', 'tls:');
    await expect(goRound({ url })).rejects.toMatchObject(failed(url));
    await plain.stop();
  });

  it('of the client is a proof of identity', async () => {
    const running = await startTestServer({
      configuration: `${tls}, ca_file: "${client.cert}", verify: true }`,
    });
    const caFile = server.cert;
    await goRound({
      url: running.url,
      tls: { caFile, certFile: client.cert, keyFile: client.key },
    });
    // The server ends the connection without a word, which the client takes for silence.
    const without = goRound({ url: running.url, tls: { caFile }, connectTimeoutMs: 300 });
    await expect(without).rejects.toThrow('check the URL, the network, and the certificate');
    await running.stop();
  });
});
