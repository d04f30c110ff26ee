import { randomUUID } from 'node:crypto';
import { meshConnection, type JobOptions, type MeshParts } from '../actors/index.ts';
import { connectNats, MemoryBroker } from '../transport/index.ts';
import type { MeshSettings } from './mesh-settings.ts';

/** What connects a job with the other processes of its mesh, as options of the job. */
export type MeshOf = (settings: MeshSettings) => Partial<JobOptions>;

/** How long a controller waits for its followers, in milliseconds. */
const joinTimeoutMs = 60_000;

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
    openChannel: (endpoint) => {
      if (server !== 'memory') return connectNats(server, endpoint);
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
        session: randomUUID(),
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
