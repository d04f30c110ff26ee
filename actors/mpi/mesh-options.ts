import type { Channel } from '../../transport/index.ts';
import type { ConnectedLane } from '../lane/lane-connection.ts';

/** The lane that a channel is for; nobody waits for the channel any more when the lane stops. */
export type ChannelOwner = Pick<ConnectedLane, 'resolved' | 'stopping'>;

/** How the lanes of a process reach the other processes of their job. */
export interface MeshParts {
  /** Name of the job: letters, digits, `_` and `-`, at most 64. */
  readonly job: string;
  /** Which start of its process this is: a name of the same form that no other start has, the same in all its lanes. */
  readonly session: string;
  /** Opens the connection of one endpoint. Rejects with `EDMESH_CONNECTION`. */
  readonly openChannel: (endpoint: string, of: ChannelOwner) => Promise<Channel>;
  /** Time from one heartbeat to the next, in milliseconds. */
  readonly heartbeatMs: number;
  /** After so long without a sign of life a partner is lost, in milliseconds. */
  readonly peerTimeoutMs: number;
  /** How long a controller waits for its followers to join, and a follower for its controller, in milliseconds. */
  readonly joinTimeoutMs: number;
  /** Events that a follower takes at once, instead of what its `MPISource` says. */
  readonly slots?: number;
}

/** Senders wait while more bytes than this have not left for the broker. */
export const pendingBytesMax = 32 * 1024 * 1024;
