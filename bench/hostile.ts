import { z } from 'zod';
import { defineProduct, defineSoA } from '../edm/index.ts';
import {
  decodeSerialised,
  encodeSerialised,
  FrameHeader,
  frameKinds,
  Inbox,
  MemoryBroker,
  Outboxes,
  ProductsReader,
  ProductsWriter,
} from '../transport/index.ts';
import { mutated, randomFrom } from '../transport/testing/index.ts';
import type { Row } from './rows.ts';

/** Mutated inputs: half of them packets with products, half the CBOR of a product. */
const inputs = 200_000;
const rowsSent = [0, 3, 40];
const warmUps = 20_000;

const Hits = defineSoA('Hits', { x: 'float32', id: 'uint8' });
const Tracks = defineProduct('Tracks', z.array(z.object({ pt: z.number(), tag: z.string() })));
const products = [Hits, Tracks].map((type, at) => ({ branch: `b${String(at)}`, type }));
const tracks = Array.from({ length: 30 }, (_, at) => ({ pt: at / 7, tag: `t${String(at)}` }));

/** What it takes to see that bytes from outside are wrong, or to take them where they are not. */
export async function hostileRows(): Promise<Row[]> {
  const random = randomFrom(1);
  const packets = await soundPackets();
  const corpus = Uint8Array.from(encodeSerialised(tracks, 'tracks'));
  const reader = new ProductsReader(products, 's', (bytes) => new ArrayBuffer(bytes));
  const values: unknown[] = [];
  let [wrong, taken, totalMs, worstMs] = [0, 0, 0, 0];
  const inbox = new Inbox({
    subject: 's',
    onFrame: (frame) => {
      if (frame.kind === frameKinds.products) reader.read(frame, values);
      taken++;
    },
    onProblem: () => wrong++,
  });
  const measured = (work: () => void, input: number): void => {
    const began = performance.now();
    work();
    const ms = performance.now() - began;
    if (input < warmUps) return;
    totalMs += ms;
    worstMs = Math.max(worstMs, ms);
  };
  for (let input = 0; input < inputs + warmUps; input++) {
    if (input % 2 === 0) {
      const packet = Uint8Array.from(packets[(input / 2) % packets.length] ?? corpus);
      new DataView(packet.buffer).setUint32(4, inbox.received, true);
      const bytes = mutated(packet, random);
      measured(() => {
        inbox.accept(bytes);
      }, input);
    } else {
      const bytes = mutated(corpus, random);
      measured(() => {
        if (isSound(bytes)) taken++;
        else wrong++;
      }, input);
    }
  }
  return [
    { name: 'a mutated input, mean', value: (1000 * totalMs) / inputs, unit: 'µs', bar: null },
    { name: 'the slowest of 200,000', value: 1000 * worstMs, unit: 'µs', bar: null },
    {
      name: 'mutated inputs refused',
      value: (100 * wrong) / (wrong + taken),
      unit: '%',
      bar: null,
    },
  ];
}

function isSound(bytes: Uint8Array): boolean {
  try {
    decodeSerialised(bytes, 's', 0);
    return true;
  } catch {
    return false;
  }
}

/** Packets with products as they should be. */
async function soundPackets(): Promise<Uint8Array[]> {
  const broker = new MemoryBroker(queueMicrotask);
  const channel = broker.connect();
  const packets: Uint8Array[] = [];
  channel.subscribe('s', (_subject, payload) => packets.push(Uint8Array.from(payload)));
  const outboxes = new Outboxes({ channel, soon: queueMicrotask });
  const writer = new ProductsWriter(products);
  const header = Object.assign(new FrameHeader(), { kind: frameKinds.products });
  for (const rows of rowsSent) {
    const hits = Hits.view(new ArrayBuffer(Hits.byteLength(rows)), rows);
    writer.write(outboxes.open('s'), header, [hits, tracks]);
    outboxes.flush();
  }
  await channel.flush();
  await channel.close();
  return packets;
}
