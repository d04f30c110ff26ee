import { randomUUID } from 'node:crypto';
import {
  meshConnection,
  type ChannelOwner,
  type JobOptions,
  type MeshParts,
} from '../../actors/index.ts';
import {
  connectNats,
  inboxPrefix,
  loadJournal,
  MemoryBroker,
  openNatsConnection,
  type Channel,
  type NatsSettings,
} from '../../transport/index.ts';
import { monotonicClock } from '../journal/journal-clock.ts';
import type { MeshSettings } from './mesh-settings.ts';

/** What connects a job with the other processes of its mesh, as options of the job. */
export type MeshOf = (settings: MeshSettings) => Partial<JobOptions>;

/** What goes to the threads of lanes: the settings, and which start of the process this is. */
export interface MeshThread {
  readonly settings: MeshSettings;
  readonly session: string;
}

/** A mesh over a NATS server. */
export const meshOf: MeshOf = (settings) => {
  const thread: MeshThread = { settings, session: randomUUID() };
  return { mesh: { connect: meshConnection(natsMesh(thread)), thread } };
};

/** What lanes of a mesh over a NATS server are connected by, from what has gone to their thread. */
export function natsMesh({ settings, session }: MeshThread): MeshParts {
  const { server } = settings;
  return {
    ...times(settings),
    session,
    openChannel: async (endpoint, owner) => {
      if (server === 'memory') throw new RangeError('a mesh in memory is in one thread');
      const channel = await connectNats(server, endpoint);
      return settings.journal === undefined
        ? channel
        : await recorded(channel, settings, server, endpoint, owner);
    },
  };
}

/** A channel whose packets the journal of the job holds, when that is there. */
async function recorded(
  channel: Channel,
  { job, journal: wanted, joinTimeoutMs }: MeshSettings,
  server: NatsSettings,
  endpoint: string,
  { resolved, stopping }: ChannelOwner,
): Promise<Channel> {
  const [clock, mode] = [monotonicClock, wanted?.mode ?? 'full'];
  let connection: Awaited<ReturnType<typeof openNatsConnection>> | undefined;
  try {
    const { JournalChannel, waitForJournal } = await loadJournal();
    // Replies come to where the permissions of the process allow.
    const settings = {
      ...server,
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

/** A mesh of jobs side by side in this OS process; each call makes another. */
export function inProcessMesh(): MeshOf {
  const broker = new MemoryBroker((deliver) => {
    setImmediate(deliver);
  });
  return (settings) => ({
    mesh: {
      connect: meshConnection({
        ...times(settings),
        session: randomUUID(),
        openChannel: () => Promise.resolve(broker.connect()),
      }),
    },
  });
}

function times({ job, heartbeatMs, peerTimeoutMs, joinTimeoutMs, slots }: MeshSettings) {
  return {
    job,
    heartbeatMs,
    peerTimeoutMs,
    joinTimeoutMs,
    ...(slots === undefined ? {} : { slots }),
  };
}
