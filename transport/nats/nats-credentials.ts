import { readFileSync } from 'node:fs';
import type { Authenticator } from '@nats-io/transport-node';
import { EdmeshError } from '../../edm/index.ts';
import {
  natsAddresses,
  usesTls,
  type NatsCredentials,
  type NatsSettings,
} from './nats-settings.ts';

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

function wrongFile(file: string, problem: string): EdmeshError {
  return new EdmeshError('EDMESH_FILE_READ', `${file}: ${problem}`, { fields: { file } });
}
