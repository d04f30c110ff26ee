import { meshConnection, type JobOptions, type MeshParts } from '../actors/index.ts';
import { connectNats, MemoryBroker, type NatsSettings } from '../transport/index.ts';
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
    openChannel: (endpoint) => {
      if (server !== 'memory') return connectNats(natsSettingsOf(server), endpoint);
      throw new RangeError('a mesh in memory is in one thread');
    },
  };
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
