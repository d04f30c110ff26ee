import type { ConsumerConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** The server says at least so often that it is there. */
export const heartbeatMs = 2000;

/** The server forgets what reads a journal after so long without it. */
const forgottenMs = 60_000;

const nsPerMs = 1e6;

/** What is to be read, and where it is pushed to. */
interface ConsumerWish {
  readonly name: string;
  readonly inbox: string;
  readonly fromSequence: number;
  readonly subject: string | undefined;
}

/** A consumer of JetStream that pushes records in order, as fast as its reader answers, and keeps nothing. */
export function consumerConfig(wish: ConsumerWish): Partial<ConsumerConfig> {
  return {
    name: wish.name,
    deliver_subject: wish.inbox,
    deliver_policy: 'by_start_sequence',
    opt_start_seq: wish.fromSequence,
    ack_policy: 'none',
    max_deliver: 1,
    num_replicas: 1,
    mem_storage: true,
    flow_control: true,
    idle_heartbeat: heartbeatMs * nsPerMs,
    inactive_threshold: forgottenMs * nsPerMs,
    ...(wish.subject === undefined ? {} : { filter_subject: wish.subject }),
  };
}

/** What inboxes of a connection begin with, where it was told: its permissions may allow no other. */
export function inboxPrefixOf(connection: NatsConnection): string | undefined {
  const options: unknown = 'options' in connection ? connection.options : undefined;
  if (typeof options !== 'object' || options === null || !('inboxPrefix' in options))
    return undefined;
  return typeof options.inboxPrefix === 'string' ? options.inboxPrefix : undefined;
}
