import { connect, type NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';

const bareOrder = z.object({
  url: z.string(),
  /** `stream`: messages go there, an empty one comes back; `exchange`: as many come back; `request`: asks and answers. */
  name: z.enum(['stream', 'exchange', 'request']),
  /** Bytes of each message of an event. */
  sizes: z.array(z.number()),
  /** Events in flight. */
  window: z.number(),
  events: z.number(),
});

/** What two bare clients are to do. */
export type BareOrder = z.infer<typeof bareOrder>;

type BareName = BareOrder['name'];

/** Reads the order of a bare client from its command line. */
export function bareOrderOf(text = ''): BareOrder {
  return bareOrder.parse(JSON.parse(text));
}

const [there, back] = ['bare.there', 'bare.back'];

/** The client at the other end: takes what comes, and answers each event with as many messages as `sizes` says. */
export async function runBareEcho({ url, name, sizes }: BareOrder): Promise<void> {
  const connection = await connect({ servers: url });
  const small = sizes.map((bytes) => new Uint8Array(name === 'stream' ? 0 : bytes));
  const last = sizes.length - 1;
  connection.subscribe(`${there}.*`, {
    callback: (_error, message) => {
      if (name === 'request') message.respond(small[0]);
      else if (message.subject === `${there}.${String(last)}`) answer(connection, name, small);
    },
  });
  await connection.flush();
  process.stdout.write('ready\n');
  await connection.closed();
}

/** Sends events, so many at once, and says how many a second came back. */
export async function runBareDriver(order: BareOrder): Promise<number> {
  const connection = await connect({ servers: order.url });
  const payloads = order.sizes.map((bytes) => new Uint8Array(bytes));
  const run = order.name === 'request' ? requestEvents : windowEvents;
  const began = performance.now();
  await run(connection, order, payloads);
  const seconds = (performance.now() - began) / 1000;
  await connection.close();
  return order.events / seconds;
}

function answer(connection: NatsConnection, name: BareName, small: readonly Uint8Array[]): void {
  if (name === 'stream') connection.publish(`${back}.0`, small[0]);
  else small.forEach((payload, at) => connection.publish(`${back}.${String(at)}`, payload));
}

async function requestEvents(
  connection: NatsConnection,
  { events }: BareOrder,
  [payload]: readonly Uint8Array[],
): Promise<void> {
  for (let event = 0; event < events; event++) await connection.request(`${there}.0`, payload);
}

/** An event is over when the last message of it has come back; then the next one is sent. */
function windowEvents(
  connection: NatsConnection,
  { name, sizes, window, events }: BareOrder,
  payloads: readonly Uint8Array[],
): Promise<void> {
  const last = `${back}.${String(name === 'stream' ? 0 : sizes.length - 1)}`;
  let sent = 0;
  let over = 0;
  const send = (): void => {
    sent++;
    payloads.forEach((payload, at) => connection.publish(`${there}.${String(at)}`, payload));
  };
  return new Promise((resolve) => {
    const subscription = connection.subscribe(`${back}.*`, {
      callback: (_error, message) => {
        if (message.subject !== last) return;
        over++;
        if (sent < events) send();
        else if (over === events) {
          subscription.unsubscribe();
          resolve();
        }
      },
    });
    while (sent < Math.min(window, events)) send();
  });
}
