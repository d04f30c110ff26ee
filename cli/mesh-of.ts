import {
  meshConnection,
  type ChannelOwner,
  type JobOptions,
  type MeshParts,
} from '../actors/index.ts';
import {
  connectNats,
  inboxPrefix,
  loadJournal,
  MemoryBroker,
  openNatsConnection,
  type Channel,
  type NatsSettings,
} from '../transport/index.ts';
import { monotonicClock } from './journal-clock.ts';
import type { MeshServer } from './mesh-server.ts';
import type { MeshSettings } from './mesh-settings.ts';

/** What connects a job with the other processes of its mesh, as options of the job. */
export type MeshOf = (settings: MeshSettings) => Partial<JobOptions>;

/** How long a controller waits for its followers, in milliseconds. */
const joinTimeoutMs = 60_000;

/** A mesh over a NATS server. */
export const meshOf: MeshOf = (settings) => ({
  mesh: { connect: meshConnection(natsMesh(settings)), thread: settings },
});

/** What lanes of a mesh over a NATS server are connected by, from settings that have gone to their thread. */
export function natsMesh(settings: MeshSettings): MeshParts {
  const { server } = settings;
  return {
    ...times(settings),
    openChannel: async (endpoint, owner) => {
      if (server === 'memory') throw new RangeError('a mesh in memory is in one thread');
      const channel = await connectNats(natsSettingsOf(server), endpoint);
      return settings.journal === undefined
        ? channel
        : await recorded(channel, settings, server, endpoint, owner);
    },
  };
}

/** A channel whose packets the journal of the job holds, when that is there. */
async function recorded(
  channel: Channel,
  { job, journal: wanted }: MeshSettings,
  server: MeshServer,
  endpoint: string,
  { resolved, stopping }: ChannelOwner,
): Promise<Channel> {
  const [clock, mode] = [monotonicClock, wanted?.mode ?? 'full'];
  let connection: Awaited<ReturnType<typeof openNatsConnection>> | undefined;
  try {
    const { JournalChannel, waitForJournal } = await loadJournal();
    // Replies come to where the permissions of the process allow.
    const settings = {
      ...natsSettingsOf(server),
      inboxPrefix: inboxPrefix(job, resolved.data.name),
    };
    connection = await openNatsConnection(settings, `${endpoint}-journal`);
    const waiting = { job, mode, endpoint, stopping, timeoutMs: joinTimeoutMs };
    const journal = await waitForJournal({ connection, clock, ...waiting });
    return new JournalChannel({ channel, connection, journal, clock });
  } catch (thrown) {
    await Promise.allSettled([connection?.close(), channel.close()]);
    throw thrown;
  }
}

/** A connection to the server of a mesh, for who makes or reads the journal of a job. */
export function journalConnection(
  server: MeshServer,
  job: string,
): ReturnType<typeof openNatsConnection> {
  const settings = { ...natsSettingsOf(server), inboxPrefix: inboxPrefix(job, 'journal') };
  return openNatsConnection(settings, 'edmesh-journal');
}

/** A mesh of jobs side by side in this OS process; each call makes another. */
export function inProcessMesh(): MeshOf {
  const broker = new MemoryBroker((deliver) => {
    setImmediate(deliver);
  });
  return (settings) => ({
    mesh: {
      connect: meshConnection({
        ...times(settings),
        openChannel: () => Promise.resolve(broker.connect()),
      }),
    },
  });
}

function times({ job, heartbeatMs, peerTimeoutMs, slots }: MeshSettings) {
  return {
    job,
    heartbeatMs,
    peerTimeoutMs,
    joinTimeoutMs,
    ...(slots === undefined ? {} : { slots }),
  };
}

function natsSettingsOf({ url, login, tls }: MeshServer): NatsSettings {
  return {
    url,
    // Whether the server may be used has been looked at with the options.
    insecure: true,
    ...(login === undefined ? {} : { credentials: login }),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            ...(tls.ca === undefined ? {} : { caFile: tls.ca }),
            ...(tls.cert === undefined ? {} : { certFile: tls.cert }),
            ...(tls.key === undefined ? {} : { keyFile: tls.key }),
          },
        }),
  };
}
