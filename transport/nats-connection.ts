import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { authenticatorOf } from './nats-credentials.ts';
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
  const client = await import('@nats-io/transport-node');
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
    ...(usesTls(settings) ? { tls: { ...settings.tls } } : {}),
    ...(credentials === undefined ? {} : { authenticator: authenticatorOf(credentials, client) }),
  };
  try {
    return await client.connect(options);
  } catch (thrown) {
    throw connectionFailed(serversOf(settings), thrown);
  }
}

/** The servers of the settings, as errors name them. */
export function serversOf(settings: NatsSettings): string {
  return natsAddresses(settings.url)
    .map(({ text }) => text)
    .join(', ');
}
