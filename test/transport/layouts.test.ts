/** Exact bytes of packets, frames, chunks and products: a change here is another version of the layout. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineProduct } from '../../edm/serialised.ts';
import { defineSoA } from '../../edm/soa.ts';
import { aligned, frameKinds } from '../../transport/frame.ts';
import { ProductsWriter } from '../../transport/product-metadata.ts';
import { groups, headerOf, keepingInbox, keepingOutboxes } from './kept-packets.ts';

const full = headerOf({
  kind: frameKinds.event,
  flags: 0xa5,
  slot: 0x0102,
  attempt: 0x03040506,
  run: 362_234,
  lumi: 17,
  event: 2 ** 53 - 1,
  ordinal: 258,
  timeUs: -1.5,
  block: 0xfffffffe,
});
const fullBytes = [
  '06a5020106050403',
  'fa86050011000000',
  'ffffffffffff3f43',
  '0000000000207040',
  '000000000000f8bf',
  'feffffff',
];

describe('the layout', () => {
  it('of a packet with two frames', () => {
    const { outboxes, published } = keepingOutboxes();
    const box = outboxes.open('s');
    box.begin(full, 0);
    box.begin(headerOf({ kind: frameKinds.abort }), 3);
    box.write(Uint8Array.of(1, 2, 3));
    outboxes.flush();
    expect(published.map(({ payload }) => groups(payload))).toEqual([
      [
        '454d010000000000',
        '0200000000000000',
        ...fullBytes.slice(0, 5),
        'feffffff00000000',
        '0c00000000000000',
        ...Array<string>(4).fill('0000000000000000'),
        '0000000003000000',
        '0102030000000000',
      ],
    ]);
  });

  it('of chunks', () => {
    const { outboxes, published } = keepingOutboxes(24 + 40);
    const box = outboxes.open('s');
    box.begin(full, 5);
    box.write(Uint8Array.of(9, 8, 7, 6, 5));
    expect(published.map(({ payload }) => groups(payload))).toEqual([
      [...['454d010100000000', '0000000002000000', '3800000028000000'], ...fullBytes.slice(0, 5)],
      [
        ...['454d010101000000', '0100000002000000', '3800000010000000'],
        ...['feffffff05000000', '0908070605000000'],
      ],
    ]);
  });

  it('of sequence numbers counts the packets of a subject', () => {
    const { outboxes, published } = keepingOutboxes();
    for (let packet = 0; packet < 3; packet += 1) {
      outboxes.open('s').begin(full, 0);
      outboxes.open('t').begin(full, 0);
      outboxes.flush();
    }
    const numbers = published.map(({ subject, payload }) => [subject, payload[4]]);
    expect(numbers).toEqual([0, 1, 2].flatMap((at) => [['s', at] as const, ['t', at] as const]));
  });

  it('of products', () => {
    const Hits = defineSoA('Hits', { x: 'uint16', key: 'uint8' });
    const Count = defineProduct('Count', z.number());
    const products = [Hits, Count, Count].map((type, at) => ({ branch: `b${at}`, type }));
    const hits = Hits.view(new ArrayBuffer(128), 2);
    hits.x.set([1, 2]);
    hits.key.set([3, 4]);
    const { outboxes, published } = keepingOutboxes();
    const writer = new ProductsWriter(products);
    const header = headerOf({ kind: frameKinds.products });
    writer.write(outboxes.open('s'), header, [hits, undefined, 500]);
    writer.writeInactive(outboxes.open('s'), header);
    outboxes.flush();
    const { inbox, frames } = keepingInbox();
    for (const { payload } of published) inbox.accept(payload);
    const bodies = frames.map(({ body }) => Buffer.from(body).toString('hex'));
    const zeros = (bytes: number) => '00'.repeat(bytes);
    expect(bodies).toEqual([
      '03000000' +
        '020000000200000080000000' +
        '000000000000000000000000' +
        '010000000000000003000000' +
        `01000200${zeros(60)}0304${zeros(62)}` +
        `1901f4${zeros(5)}`,
      'ffffffff',
    ]);
  });

  it('aligns to 8 bytes, also beyond 32 bits', () => {
    expect([0, 1, 7, 8, 9, 2 ** 32 + 1].map(aligned)).toEqual([0, 8, 8, 8, 16, 2 ** 32 + 8]);
  });

  it('numbers the kinds of frames', () => {
    expect(Object.values(frameKinds)).toEqual(Array.from({ length: 13 }, (_, at) => at + 1));
  });
});
