import { isIP, Socket } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { authenticatorOf, readPrivate } from './nats-credentials.ts';
import { connectionFailed } from './nats-errors.ts';
import { checkServerIsSecure, natsAddresses, usesTls, type NatsSettings } from './nats-settings.ts';

const reconnectWaitMs = 250;

/**
 * Opens a connection of the NATS client, named after the endpoint. The client is loaded here and not before: a job
 * without a mesh does not pay for it. Throws `EDMESH_CONNECTION`, `EDMESH_INSECURE_SERVER` or what is wrong with a file.
 */
export async function openNatsConnection(
  settings: NatsSettings,
  endpoint: string,
): Promise<NatsConnection> {
  checkServerIsSecure(settings);
  const { caFile, certFile, keyFile } = settings.tls ?? {};
  for (const file of [caFile, certFile, keyFile]) if (file !== undefined) readPrivate(file);
  const { natsClient: client } = await import('./nats-client.ts');
  const { credentials, inboxPrefix, reconnectMs = 10_000 } = settings;
  const options: NodeConnectionOptions = {
    servers: natsAddresses(settings.url).map(({ text }) => text),
    name: endpoint,
    timeout: settings.connectTimeoutMs ?? 5000,
    pingInterval: settings.pingMs ?? 5000,
    maxReconnectAttempts: Math.max(1, Math.ceil(reconnectMs / reconnectWaitMs)),
    reconnectTimeWait: reconnectWaitMs,
    // Servers that the settings do not name are not trusted with the credentials.
    ignoreClusterUpdates: true,
    noAsyncTraces: true,
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    ...(usesTls(settings) ? { tls: tlsOf(settings) } : {}),
    ...(credentials === undefined ? {} : { authenticator: authenticatorOf(credentials, client) }),
  };
  try {
    return await client.connect(options);
  } catch (thrown) {
    throw connectionFailed(serversOf(settings), thrown);
  }
}

/**
 * Files, and whose certificate is right. The client names no host where a server is given by its address, and Node would
 * take a certificate for `localhost`: then it must be for one of the addresses.
 */
function tlsOf({ url, tls }: NatsSettings) {
  const hosts = natsAddresses(url).map(({ host }) => host.replace(/^\[|\]$/g, ''));
  return {
    ...tls,
    checkServerIdentity(host: string, certificate: PeerCertificate): Error | undefined {
      const wanted = hosts.includes(host) ? [host] : hosts.filter((one) => isIP(one) !== 0);
      const problems = wanted.map((one) => checkServerIdentity(one, certificate));
      return problems.includes(undefined)
        ? undefined
        : (problems[0] ?? checkServerIdentity(host, certificate));
    },
  };
}

/** The servers of the settings, as errors name them. */
export function serversOf(settings: NatsSettings): string {
  return natsAddresses(settings.url)
    .map(({ text }) => text)
    .join(', ');
}

/**
 * Cuts the line to a server that answers no more. The client would first wait until all it has written has gone, which
 * never happens; it has no call for this, so that the socket is looked for. Says whether it was found.
 */
export function cutConnection(connection: NatsConnection): boolean {
  const socket = ['protocol', 'transport', 'socket'].reduce<unknown>(
    (owner, name) =>
      typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined,
    connection,
  );
  if (!(socket instanceof Socket)) return false;
  socket.destroy();
  return true;
}
