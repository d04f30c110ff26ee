import {
  inboxPrefix,
  journalUser,
  openNatsConnection,
  type NatsSettings,
} from '../../transport/index.ts';

/**
 * A connection to a server, for who makes or reads the journal of a job, or asks about all of them. Throws what
 * `openNatsConnection` throws.
 */
export function journalConnection(
  server: NatsSettings,
  job?: string,
): ReturnType<typeof openNatsConnection> {
  const prefix = job === undefined ? {} : { inboxPrefix: inboxPrefix(job, journalUser) };
  return openNatsConnection({ ...server, ...prefix }, 'edmesh-journal');
}
