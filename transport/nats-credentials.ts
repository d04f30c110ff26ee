import { readFileSync } from 'node:fs';
import type { Authenticator } from '@nats-io/transport-node';
import { EdmeshError } from '../edm/index.ts';
import {
  checkServerIsSecure,
  natsAddresses,
  usesTls,
  type NatsCredentials,
  type NatsSettings,
} from './nats-settings.ts';

/** What the options of a command say about the NATS server; a name stands for the option of that name. */
export interface NatsOptions {
  /** `--nats`: URL of the server, or several separated by commas. */
  readonly url: string;
  /** `--creds`: file with a JWT and its seed. */
  readonly creds?: string | undefined;
  /** `--nkey`: file with the seed of an nkey. */
  readonly nkey?: string | undefined;
  /** `--user` and `--password`. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** `--tls-ca`, `--tls-cert` and `--tls-key`: files in PEM. */
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  /** `--insecure`. */
  readonly insecure?: boolean | undefined;
  readonly inboxPrefix?: string | undefined;
}

/**
 * Settings of a connection from the options of a command. Throws `EDMESH_COMMAND_LINE` for options that do not go
 * together, and `EDMESH_INSECURE_SERVER`.
 */
export function natsSettings(options: NatsOptions): NatsSettings {
  const { url, tlsCa, tlsCert, tlsKey, insecure, inboxPrefix } = options;
  natsAddresses(url);
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw wrongOptions('--tls-cert and --tls-key go together');
  }
  const tls = {
    ...(tlsCa === undefined ? {} : { caFile: tlsCa }),
    ...(tlsCert === undefined ? {} : { certFile: tlsCert }),
    ...(tlsKey === undefined ? {} : { keyFile: tlsKey }),
  };
  const credentials = credentialsOf(options);
  const settings: NatsSettings = {
    url,
    ...(credentials === undefined ? {} : { credentials }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(insecure === undefined ? {} : { insecure }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  };
  checkServerIsSecure(settings);
  return settings;
}

/** What may be said about a connection in a log: servers, user and kind of credentials, no secret. */
export function describeNats(settings: NatsSettings): string {
  const servers = natsAddresses(settings.url).map(({ text }) => text);
  const { credentials } = settings;
  const who =
    credentials === undefined
      ? 'without credentials'
      : credentials.kind === 'user'
        ? `as user ${credentials.user}`
        : `with the ${credentials.kind} of ${credentials.file}`;
  return `${servers.join(', ')} ${who}${usesTls(settings) ? ', over TLS' : ''}`;
}

/** The functions of the NATS client that make authenticators. */
export interface AuthenticatorMakers {
  credsAuthenticator(creds: () => Uint8Array): Authenticator;
  nkeyAuthenticator(seed: () => Uint8Array): Authenticator;
  usernamePasswordAuthenticator(user: string, password: string): Authenticator;
}

/**
 * What answers the server's question who we are. Files are read here, so that a missing one is `EDMESH_FILE_OPEN`, and
 * again at every connection, so that renewed credentials are used.
 */
export function authenticatorOf(
  credentials: NatsCredentials,
  makers: AuthenticatorMakers,
): Authenticator {
  switch (credentials.kind) {
    case 'user':
      return makers.usernamePasswordAuthenticator(credentials.user, credentials.password);
    case 'creds': {
      const text = readPrivate(credentials.file).toString();
      if (!text.includes('BEGIN NATS USER JWT') || !text.includes('SEED')) {
        throw wrongFile(credentials.file, 'holds no JWT with its seed');
      }
      return makers.credsAuthenticator(() => readPrivate(credentials.file));
    }
    case 'nkey':
      seedOf(credentials.file);
      return makers.nkeyAuthenticator(() => seedOf(credentials.file));
  }
}

function seedOf(file: string): Uint8Array {
  const seed = /^\s*(S[A-Z2-7]{57})\s*$/m.exec(readPrivate(file).toString())?.[1];
  if (seed === undefined) throw wrongFile(file, 'holds no seed of an nkey');
  return new TextEncoder().encode(seed);
}

/** The bytes of a file of credentials or certificates. Throws `EDMESH_FILE_OPEN`, which names it. */
export function readPrivate(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new EdmeshError(
      'EDMESH_FILE_OPEN',
      `${file}: this file of the connection cannot be read`,
      {
        cause,
        fields: { file },
      },
    );
  }
}

function credentialsOf(options: NatsOptions): NatsCredentials | undefined {
  const { creds, nkey, user, password } = options;
  if ((user === undefined) !== (password === undefined)) {
    throw wrongOptions('--user and --password go together');
  }
  const given: NatsCredentials[] = [
    ...(creds === undefined ? [] : [{ kind: 'creds', file: creds } as const]),
    ...(nkey === undefined ? [] : [{ kind: 'nkey', file: nkey } as const]),
    ...(user === undefined || password === undefined
      ? []
      : [{ kind: 'user', user, password } as const]),
  ];
  if (given.length > 1) throw wrongOptions('give one of --creds, --nkey and --user');
  return given[0];
}

function wrongFile(file: string, problem: string): EdmeshError {
  return new EdmeshError('EDMESH_FILE_READ', `${file}: ${problem}`, { fields: { file } });
}

function wrongOptions(problem: string): EdmeshError {
  return new EdmeshError('EDMESH_COMMAND_LINE', problem);
}
