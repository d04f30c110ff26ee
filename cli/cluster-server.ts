/** A server that a cluster has started for itself. */
export interface ClusterServer {
  readonly url: string;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts a server for the processes of a cluster on this machine. Throws what `edmesh cluster` says then. */
export type StartServer = (options: {
  /** Whether it is to keep a journal. */
  readonly jetStream: boolean;
}) => Promise<ClusterServer>;
