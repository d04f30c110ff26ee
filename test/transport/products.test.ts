/** Products in frames: what arrives, what is not sent, what is not taken. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { backendNames, backendOfProduct, noteBackend } from '../../edm/product-backend.ts';
import type { ProductType } from '../../edm/product-type.ts';
import { defineProduct, defineTransient } from '../../edm/serialised.ts';
import { defineSoA } from '../../edm/soa.ts';
import { frameKinds } from '../../transport/frame.ts';
import { Inbox } from '../../transport/inbox.ts';
import { ProductsReader, ProductsWriter } from '../../transport/product-metadata.ts';
import { headerOf, keepingOutboxes } from './kept-packets.ts';

const Hits = defineSoA('Hits', { x: 'float32', id: 'uint8', time: 'float64', key: 'int64' });
const Count = defineProduct('Count', z.number());
const Tracks = defineProduct(
  'Tracks',
  z.array(z.object({ pt: z.number(), tag: z.string().optional() })),
);
const branches = (...types: ProductType[]) =>
  types.map((type, at) => ({ branch: `${type.name}_label${at}__A`, type }));

function hitsOf(rows: number) {
  const hits = Hits.view(new ArrayBuffer(Hits.byteLength(rows)), rows);
  for (let row = 0; row < rows; row += 1) {
    hits.x[row] = row / 3;
    hits.id[row] = row;
    hits.time[row] = -row;
    hits.key[row] = BigInt(row) ** 3n;
  }
  return hits;
}

const header = headerOf({ kind: frameKinds.products, slot: 3 });

/** Sends values over a channel and reads them on the other side; `spoil` may change the packets between. */
function through(
  products: ReturnType<typeof branches>,
  values: readonly unknown[] | 'inactive',
  maxPayloadBytes = 1024 * 1024,
  spoil: (packets: Uint8Array[]) => void = () => {},
) {
  const { outboxes, published } = keepingOutboxes(maxPayloadBytes);
  const writer = new ProductsWriter(products);
  const box = outboxes.open('edm.job.A.B.1');
  if (values === 'inactive') writer.writeInactive(box, header);
  else writer.write(box, header, values);
  outboxes.flush();
  const packets = published.map(({ payload }) => payload);
  spoil(packets);
  const allocated: [number, string][] = [];
  const reader = new ProductsReader(products, 'edm.job.A.B.1', (bytes, type) => {
    allocated.push([bytes, type]);
    return new ArrayBuffer(bytes);
  });
  const got: unknown[] = [];
  let isActive: boolean | undefined;
  const problems: { code: string; message: string; fields: object }[] = [];
  const inbox = new Inbox({
    subject: 'edm.job.A.B.1',
    onFrame: (frame) => (isActive = reader.read(frame, got)),
    onProblem: (error) => problems.push(error),
  });
  for (const packet of packets) inbox.accept(packet);
  for (const packet of packets) packet.fill(0xee);
  return { got, isActive, problems, allocated };
}

describe('products', () => {
  it('arrive equal, in memory of their own', () => {
    const list = branches(Hits, Count, Tracks, Hits);
    const tracks = [{ pt: 1.5 }, { pt: -0, tag: 'muon' }];
    const values = [hitsOf(100), 7, tracks, hitsOf(0)];
    for (const limit of [1024 * 1024, 1024, 200, 25]) {
      const { got, isActive, problems, allocated } = through(list, values, limit);
      expect(problems).toEqual([]);
      expect(isActive).toBe(true);
      expect(got).toStrictEqual(values);
      expect(allocated).toEqual([
        [Hits.byteLength(100), 'Hits'],
        [0, 'Hits'],
      ]);
    }
  });

  it('arrive whatever their sizes', () => {
    const rows = fc.option(fc.nat(60), { nil: undefined });
    const count = fc.option(fc.double(), { nil: undefined });
    fc.assert(
      fc.property(fc.array(fc.tuple(rows, count), { maxLength: 6 }), (pairs) => {
        const list = branches(...pairs.flatMap(() => [Hits, Count]));
        const values = pairs.flatMap(([size, number]) => [
          size === undefined ? undefined : hitsOf(size),
          number,
        ]);
        const { got, problems } = through(list, values);
        expect(problems).toEqual([]);
        expect(got).toStrictEqual(values);
      }),
      { numRuns: 60 },
    );
  });

  it('may be missing, which is not the same as a path that was not active', () => {
    const list = branches(Hits, Count);
    expect(through(list, [undefined, undefined])).toMatchObject({
      got: [undefined, undefined],
      isActive: true,
      problems: [],
    });
    expect(through(list, 'inactive')).toMatchObject({ got: [], isActive: false, problems: [] });
    expect(through([], [])).toMatchObject({ got: [], isActive: true, problems: [] });
  });

  it('name the backend that made them, whatever was sent before', () => {
    const list = branches(Hits, Hits, Count, Hits);
    const [host, ...made] = ['host', ...backendNames].map(() => hitsOf(2));
    made.forEach((hits, at) => {
      noteBackend(hits, backendNames[at] ?? 'cpu');
    });
    const heard: string[] = [];
    const { outboxes, published } = keepingOutboxes();
    const writer = new ProductsWriter(list);
    const box = outboxes.open('s');
    const reader = new ProductsReader(
      list,
      's',
      (bytes) => new ArrayBuffer(bytes),
      (backend) => heard.push(backend),
    );
    for (const hits of [...made, host]) writer.write(box, header, [hits, host, 7, undefined]);
    outboxes.flush();
    const seen: unknown[] = [];
    const inbox = new Inbox({
      subject: 's',
      onFrame: (frame) => {
        const got: unknown[] = [];
        reader.read(frame, got);
        seen.push(got.map(backendOfProduct));
      },
      onProblem: (error) => seen.push(error),
    });
    for (const { payload } of published) inbox.accept(payload);
    const none = [undefined, undefined, undefined];
    expect(seen).toEqual([...backendNames.map((name) => [name, ...none]), [undefined, ...none]]);
    expect(heard).toEqual(backendNames);
  });

  it('of shared memory are sent like any other', () => {
    const shared = Hits.view(new SharedArrayBuffer(Hits.byteLength(2)), 2);
    shared.x.set([1, 2]);
    const { got } = through(branches(Hits), [shared]);
    expect([...(got[0] as typeof shared).x]).toEqual([1, 2]);
  });
});

describe('a product that cannot be sent', () => {
  const writer = new ProductsWriter(branches(Count, Hits, Tracks));
  const notSendable = (message: string): unknown =>
    expect.objectContaining({
      code: 'EDMESH_PRODUCT_NOT_SENDABLE',
      message: expect.stringContaining(message),
    });

  it('is named, and nothing is written', () => {
    const { outboxes, published } = keepingOutboxes();
    const box = outboxes.open('s');
    const attempts: [unknown[], string][] = [
      [[1, { size: 1 }, []], 'Hits_label1__A cannot be sent: not a Hits'],
      [[1, { ...hitsOf(2), size: 1 }, []], 'does not have 1 rows'],
      [[1, hitsOf(1), [{ pt: () => 1 }]], 'Tracks_label2__A cannot be sent: the value[0].pt is a'],
      [[1, Hits.view(new ArrayBuffer(0), 0), new Map([[1, Buffer.alloc(1)]])], 'is a Buffer'],
    ];
    for (const [values, message] of attempts) {
      expect(() => writer.write(box, header, values)).toThrow(notSendable(message));
    }
    outboxes.flush();
    expect(published).toEqual([]);
    writer.write(box, header, [1, hitsOf(1), []]);
    outboxes.flush();
    expect(published).toHaveLength(1);
  });

  it('has a buffer that is not that of its rows', () => {
    const long = new ArrayBuffer(Hits.byteLength(1) + 64);
    const hits = {
      size: 1,
      buffer: long,
      x: new Float32Array(long, 0, 1),
      id: new Uint8Array(long, 64, 1),
      time: new Float64Array(long, 128, 1),
      key: new BigInt64Array(long, 192, 1),
    };
    const box = keepingOutboxes().outboxes.open('s');
    expect(() => writer.write(box, header, [1, hits, []])).toThrow(notSendable('do not fill'));
  });

  it('is of a transient type', () => {
    const Handle = defineTransient('Handle', (value): value is number => value === 1);
    expect(() => new ProductsWriter(branches(Handle))).toThrow(notSendable('transient'));
  });
});

describe('products that are not what was agreed', () => {
  const list = branches(Hits, Count);
  const bodyAt = 16 + 48;
  const entry = (index: number): number => bodyAt + 4 + 12 * index;
  let changed: (change: (packet: DataView) => void) => ReturnType<typeof through>;
  beforeEach(() => {
    changed = (change) =>
      through(list, [hitsOf(3), 5], 1024 * 1024, ([packet]) =>
        change(new DataView(packet!.buffer, packet!.byteOffset, packet!.byteLength)),
      );
  });

  it.each<[string, (packet: DataView) => void, string, number]>([
    ['count', (packet) => packet.setInt32(bodyAt, 3, true), '3 products, agreed were 2', 0],
    ['wild count', (packet) => packet.setInt32(bodyAt, 2 ** 31 - 1, true), 'agreed were 2', 0],
    ['negative count', (packet) => packet.setInt32(bodyAt, -2, true), 'agreed were 2', 0],
    ['inactive with more', (packet) => packet.setInt32(bodyAt, -1, true), 'bytes follow', 4],
    ['kind', (packet) => packet.setUint8(entry(0), 1), 'Hits_label0__A: it is of another', 4],
    ['unknown kind', (packet) => packet.setUint8(entry(1), 9), 'of another layout', 16],
    ['backend', (packet) => packet.setUint8(entry(0) + 1, 6), 'backend', 4],
    ['all of its bits', (packet) => packet.setUint8(entry(0) + 1, 255), 'backend', 4],
    ['serialised by one', (packet) => packet.setUint8(entry(1) + 1, 1), 'backend', 16],
    ['unused', (packet) => packet.setUint16(entry(1) + 2, 1, true), 'backend', 16],
    ['rows', (packet) => packet.setUint32(entry(0) + 4, 17, true), '17 rows do not take', 4],
    ['wild rows', (packet) => packet.setUint32(entry(0) + 4, 2 ** 32 - 1, true), 'rows do not', 4],
    ['rows of serialised', (packet) => packet.setUint32(entry(1) + 4, 1, true), 'or rows', 16],
    ['no bytes', (packet) => packet.setUint32(entry(1) + 8, 0, true), 'no bytes', 16],
    ['many bytes', (packet) => packet.setUint32(entry(1) + 8, 9, true), 'do not add up', 0],
    ['missing with bytes', (packet) => packet.setUint8(entry(1), 0), 'missing, but has bytes', 16],
  ])('are refused: %s', (_name, change, message, at) => {
    const { got, problems, allocated } = changed(change);
    expect(problems).toMatchObject([
      {
        code: 'EDMESH_FRAME_INVALID',
        message: expect.stringContaining(message),
        fields: { subject: 'edm.job.A.B.1', offset: bodyAt + at },
      },
    ]);
    expect(got).toEqual([]);
    expect(allocated).toEqual([]);
  });

  it('are refused where the schema says so', () => {
    const last = entry(2) + 4 + Hits.byteLength(3);
    const { problems } = changed((packet) => packet.setUint8(last, 0xf5));
    expect(problems).toMatchObject([
      { code: 'EDMESH_PRODUCT_INVALID', message: expect.stringContaining('Count_label1__A came') },
    ]);
    const { problems: more } = changed((packet) => packet.setUint8(last, 0xc2));
    expect(more).toMatchObject([{ code: 'EDMESH_FRAME_INVALID', fields: { offset: last } }]);
  });

  it('are refused where the body is cut off', () => {
    const { outboxes, published } = keepingOutboxes();
    for (let bytes = 0; bytes < 32; bytes += 1) {
      const box = outboxes.open('s');
      box.begin(header, bytes);
      const body = new Uint8Array(bytes);
      if (bytes > 3) body[0] = 2;
      box.write(body);
    }
    outboxes.flush();
    const problems: string[] = [];
    const reader = new ProductsReader(list, 's', (bytes) => new ArrayBuffer(bytes));
    const inbox = new Inbox({
      subject: 's',
      onFrame: (frame) => reader.read(frame, []),
      onProblem: ({ code }) => problems.push(code),
    });
    for (const { payload } of published) inbox.accept(payload);
    expect(problems).toEqual(Array<string>(32).fill('EDMESH_FRAME_INVALID'));
  });
});
