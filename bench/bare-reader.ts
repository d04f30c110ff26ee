import { jetstream, jetstreamManager, type JetStreamClient } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';

const readerOrder = z.object({
  url: z.string(),
  stream: z.string(),
  /** The stream is made first, of so many messages of such a size; else it is there. */
  fill: z.object({ messages: z.number(), bytes: z.number() }).optional(),
});

/** What a bare ordered consumer is to read. */
export type ReaderOrder = z.infer<typeof readerOrder>;

/** Messages that are published before their acknowledgements are waited for. */
const publishedAtOnce = 1000;

/** Reads the order of a bare consumer from its command line. */
export function readerOrderOf(text = ''): ReaderOrder {
  return readerOrder.parse(JSON.parse(text));
}

/** Reads a stream from its first message to its last with an ordered consumer; says how many seconds it took. */
export async function runBareReader({ url, stream, fill }: ReaderOrder): Promise<number> {
  const connection = await connect({ servers: url });
  const client = jetstream(connection);
  if (fill !== undefined) await makeStream(connection, client, stream, fill);
  const consumer = await client.consumers.get(stream);
  const began = performance.now();
  const messages = await consumer.consume({ max_messages: 10_000 });
  for await (const { info } of messages) if (info.pending === 0) break;
  const seconds = (performance.now() - began) / 1000;
  await connection.close();
  return seconds;
}

async function makeStream(
  connection: NatsConnection,
  client: JetStreamClient,
  stream: string,
  { messages, bytes }: NonNullable<ReaderOrder['fill']>,
): Promise<void> {
  const subject = `${stream}.messages`;
  const { streams } = await jetstreamManager(connection);
  await streams.add({ name: stream, subjects: [subject] });
  const payload = new Uint8Array(bytes);
  for (let left = messages; left > 0; left -= publishedAtOnce) {
    const acknowledged = Array.from({ length: Math.min(left, publishedAtOnce) }, () =>
      client.publish(subject, payload),
    );
    await Promise.all(acknowledged);
  }
}
