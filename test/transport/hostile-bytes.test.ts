/** Bytes that were made to do harm, and bytes that came to harm: typed errors, bounded work and memory, no crash. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { EdmeshError } from '../../edm/errors.ts';
import { noteBackend } from '../../edm/product-backend.ts';
import { defineProduct } from '../../edm/serialised.ts';
import { defineSoA } from '../../edm/soa.ts';
import { cborProblem } from '../../transport/cbor-scan.ts';
import { frameKinds } from '../../transport/frame.ts';
import { Inbox } from '../../transport/inbox.ts';
import { ProductsReader, ProductsWriter } from '../../transport/product-metadata.ts';
import { decodeSerialised, encodeSerialised } from '../../transport/serialised-codec.ts';
import { mutated, randomFrom } from '../../transport/testing/index.ts';
import { headerOf, hex, keepingInbox, keepingOutboxes } from './kept-packets.ts';

const times = (text: string, count: number): string => text.repeat(count);

describe('CBOR that attacks the decoder', () => {
  it.each<[string, string, number, string]>([
    ['a bignum', `c25a00010000${times('ff', 65_536)}`, 0, 'tag 2 '],
    ['a negative bignum', 'c34101', 0, 'tag 3 '],
    ['a packed table', 'd83384808080f6', 0, 'tag 51 '],
    ['packed tables in one another', `${times('d833848182', 50)}00`, 0, 'tag 51 '],
    ['a packed reference', 'c600', 0, 'tag 6 '],
    ['a packed simple value', 'e0', 0, 'a simple value'],
    ['4000 levels', `${times('81', 4000)}00`, 32, 'nested too deep'],
    ['4000 levels of maps', `${times('a16161', 4000)}00`, 96, 'nested too deep'],
    ['4000 levels of sets', `${times('d9010281', 4000)}00`, 128, 'nested too deep'],
    ['4000 tags', `${times('c1', 4000)}00`, 0, 'tag 1 '],
    ['an indefinite array', '9f00ff', 0, 'indefinite'],
    ['an indefinite map', 'bf616100ff', 0, 'indefinite'],
    ['indefinite bytes', '5f4100ff', 0, 'indefinite'],
    ['indefinite text', '7f6161ff', 0, 'indefinite'],
    ['a lone break', 'ff', 0, 'indefinite'],
    ['bytes after the value', '0000', 1, 'bytes follow'],
    ['nothing', '', 0, 'cut off'],
    ['a record definition', 'd9dfff83195000816161f5', 0, 'tag 57343 '],
    ['shared records', 'd9dffe82195000816161f5', 0, 'tag 57342 '],
    ['bundled strings', 'd9dff9821a0000000a60', 0, 'tag 57337 '],
    ['a record', 'd9e00081f5', 0, 'tag 57344 '],
    ['a legacy record', 'd8698319e000816161f5', 0, 'tag 105 '],
    ['2^32 - 1 elements', '9affffffff', 0, 'a count is larger'],
    ['2^32 - 1 entries', 'baffffffff', 0, 'a count is larger'],
    ['2^64 - 1 elements', '9bffffffffffffffff', 0, 'beyond 32 bits'],
    ['text of 4 GiB', '7affffffff61', 0, 'text is cut off'],
    ['bytes of 4 GiB', 'd8405affffffff61', 0, 'a typed array is cut off'],
    ['more keys than bytes', 'a2616100', 0, 'a count is larger'],
    ['many arrays that claim the same bytes', `${times('84', 20)}00`, 17, 'a count is larger'],
    ['bytes without a type', '4100', 0, 'bytes without a type'],
    ['a second typed array', 'd8464400000000d84640', 7, 'bytes follow'],
    ['an element cut in two', 'd846430000ff', 0, 'within an element'],
    ['a typed array of numbers', 'd84083010203', 0, 'has no bytes'],
    ['a big-endian typed array', 'd84142ffff', 0, 'tag 65 '],
    ['an error', 'd81b82654572726f726178', 0, 'tag 27 '],
    ['a shareable value', 'd81c80', 0, 'tag 28 '],
    ['a reference to one', 'd81d00', 0, 'tag 29 '],
    ['shared data', 'da5368726480', 0, `tag 1399353956 `],
    ['CBOR that says so', 'd9d9f700', 0, 'tag 55799 '],
    ['a tag of 64 bits', 'db000000000000000100', 0, 'beyond 32 bits'],
    ['a date in words', 'c06161', 0, 'tag 0 '],
    ['a date of 64 bits', 'c11b0000000000000001', 0, 'tag 1 '],
    ['a date of 64 bits that looks like 32', 'c11b000000001a000000', 0, 'tag 1 '],
    ['a date that is false', 'c1f4', 0, 'tag 1 '],
    ['a set that is a map', 'd90102a0', 0, 'tag 258 '],
    ['a map that is an array', 'd9010380', 0, 'tag 259 '],
    ['a float of 16 bits', 'f97e00', 0, 'a simple value'],
    ['a float of 32 bits', 'fa7fc00000', 0, 'a simple value'],
    ['an unknown simple value', 'f820', 0, 'a simple value'],
    ['a key that is a number', 'a10102', 1, 'a key is not text'],
    ['a key that is an array', 'a18000', 1, 'a key is not text'],
    ['a prototype', 'a1695f5f70726f746f5f5f80', 1, 'a key is __proto__'],
    ['too many values', `9a00040000${times('00', 262_144)}`, 262_148, 'too many values'],
  ])('%s', (_name, digits, offset, problem) => {
    const bytes = hex(digits);
    const found = cborProblem(bytes);
    expect(found).toEqual({ offset, problem: expect.stringContaining(problem) });
    expect(() => decodeSerialised(bytes, 'edm.job.A.B.1', 100)).toThrow(
      expect.objectContaining({
        code: 'EDMESH_FRAME_INVALID',
        fields: { subject: 'edm.job.A.B.1', offset: 100 + offset },
      }),
    );
  });

  it.each([
    ['180a', 10],
    ['1b0000000000000001', 1n],
    ['3b0000000000000001', -2n],
    ['b900016161f7', { a: undefined }],
    ['c1fb3ff8000000000000', new Date(1500)],
    ['d90103a1f5f6', new Map([[true, null]])],
    [`${times('81', 31)}80`, JSON.parse(`${times('[', 32)}${times(']', 32)}`)],
  ] as [string, unknown][])('%s is sound', (digits, value) => {
    expect(cborProblem(hex(digits))).toBeUndefined();
    expect(decodeSerialised(hex(digits), 's', 0)).toStrictEqual(value);
  });
});

describe('packets that lie', () => {
  const head = (rest: string): Uint8Array => hex(`454d${rest}`);
  const event = `06${times('00', 47)}`;

  it.each<[string, Uint8Array]>([
    ['nothing', head('').subarray(0, 0)],
    ['15 bytes', head('0100000000000100000000000000').subarray(0, 15)],
    ['another magic', hex(`454e01000000000001000000 00000000${event}`)],
    ['another version', head(`02000000000001000000 00000000${event}`)],
    ['unknown flags', head(`01020000000001000000 00000000${event}`)],
    ['unused bytes', head(`01000000000001000000 01000000${event}`)],
    ['no frames', head('01000000000000000000 00000000')],
    ['fewer frames', head(`01000000000001000000 00000000${event}${event}`)],
    ['2^32 - 1 frames', head(`010000000000ffffffff 00000000${times(event, 100)}`)],
    ['a frame cut off', head(`01000000000001000000 00000000${event.slice(2)}`)],
    ['bytes after the frame', head(`01000000000001000000 00000000${event}0000000000000000`)],
    ['kind 0', head(`01000000000001000000 00000000${times('00', 48)}`)],
    ['kind 14', head(`01000000000001000000 00000000 0e${times('00', 47)}`)],
    [
      'a body that is not there',
      head(`01000000000001000000 00000000 06${times('00', 43)}ffffffff`),
    ],
    [
      'an event number that is none',
      head(`01000000000001000000 00000000 06${times('00', 15)}000000000000f8bf${times('00', 24)}`),
    ],
    [
      'an ordinal that is none',
      head(`01000000000001000000 00000000 06${times('00', 23)}000000000000f87f${times('00', 16)}`),
    ],
    [
      'a time that is none',
      head(`01000000000001000000 00000000 06${times('00', 31)}000000000000f07f${times('00', 8)}`),
    ],
    ['an empty chunk', head('01010000000000000000 02000000 3800000000000000')],
    ['a chunk of another length', head('01010000000000000000 02000000 3800000002000000 00')],
    ['the third chunk first', head('01010000000002000000 09000000 3800000001000000 00')],
    ['a chunk beyond the last', head('01010000000001000000 01000000 3800000001000000 00')],
    ['no chunks', head('01010000000000000000 00000000 3800000001000000 00')],
    ['more chunks than bytes', head('01010000000000000000 ffffffff 3800000001000000 00')],
    ['a chunk larger than its frame', head('01010000000000000000 01000000 0000000001000000 00')],
    [
      'a frame of 48 zeros',
      head(`01010000000000000000 01000000 3000000030000000${times('00', 48)}`),
    ],
  ])('%s', (_name, packet) => {
    const { inbox, frames, problems } = keepingInbox();
    inbox.accept(packet);
    expect(problems).toMatchObject([
      { code: 'EDMESH_FRAME_INVALID', fields: { subject: 'edm.job.A.B.0' } },
    ]);
    expect(frames).toEqual([]);
    const [sound] = soundPackets();
    new DataView(sound!.buffer).setUint32(4, inbox.received, true);
    inbox.accept(sound!);
    expect(problems).toHaveLength(1);
    expect(frames).toHaveLength(1);
  });

  it('about the size of a frame get no memory for it', () => {
    const before = process.memoryUsage().arrayBuffers;
    const claim = head('01010000000000000000 00000001 0000000f01000000 06');
    const inboxes = Array.from({ length: 50 }, () => keepingInbox());
    for (const { inbox, problems } of inboxes) {
      inbox.accept(claim);
      expect(problems).toEqual([]);
      expect(inbox.received).toBe(1);
    }
    const grown = process.memoryUsage().arrayBuffers - before;
    expect(grown).toBeLessThan(50 * 128 * 1024);
  });
});

const Hits = defineSoA('Hits', { x: 'float32', id: 'uint8' });
const Tracks = defineProduct('Tracks', z.array(z.object({ pt: z.number(), tag: z.string() })));
const products = [Hits, Tracks, Hits].map((type, at) => ({ branch: `b${at}`, type }));
const cborValues: unknown[] = [
  ...[7, -1, 1.5, 'text', null, [1, 2, [3]], { a: { b: [true, undefined] } }, 2n ** 40n],
  ...[new Map([['k', new Set([1, 2])]]), new Date(99), { f: Float32Array.of(1, 2), u: 'ä€' }],
  ...[Array.from({ length: 30 }, (_, at) => ({ pt: at / 7, tag: `t${at}` }))],
];

/** Packets with frames and products as they should be, each in a buffer of its own. */
function soundPackets(maxPayloadBytes = 1024 * 1024): Uint8Array[] {
  const { outboxes, published } = keepingOutboxes(maxPayloadBytes);
  const box = outboxes.open('edm.job.A.B.1');
  box.begin(headerOf({ event: 1, ordinal: 2, run: 3 }), 0);
  outboxes.flush();
  for (let event = 0; event < 3; event += 1) box.begin(headerOf({ event }), 0);
  outboxes.flush();
  const writer = new ProductsWriter(products);
  const header = headerOf({ kind: frameKinds.products });
  for (const rows of [0, 3, 40]) {
    const hits = Hits.view(new ArrayBuffer(Hits.byteLength(rows)), rows);
    if (rows === 40) noteBackend(hits, 'cuda');
    writer.write(box, header, [hits, [{ pt: 1, tag: 'x' }], rows === 3 ? undefined : hits]);
    writer.writeInactive(box, header);
    outboxes.flush();
  }
  return published.map(({ payload }) => Uint8Array.from(payload));
}

const expected = new Set([
  'EDMESH_FRAME_INVALID',
  'EDMESH_FRAME_GAP',
  'EDMESH_FRAME_TOO_LARGE',
  'EDMESH_PRODUCT_INVALID',
]);

describe('200,000 mutated inputs', () => {
  it.each([
    ['packets', 1024 * 1024, 60_000, 1],
    ['chunks', 100, 60_000, 2],
  ] as const)('%s and their products', (_name, maxPayloadBytes, inputs, seed) => {
    const random = randomFrom(seed);
    const sound = soundPackets(maxPayloadBytes);
    let allocated = 0;
    let worst = -Infinity;
    let taken = 0;
    const problems = new Map<string, number>();
    const onProblem = ({ code }: EdmeshError): void => {
      problems.set(code, (problems.get(code) ?? 0) + 1);
    };
    const reader = new ProductsReader(products, 's', (bytes) => {
      allocated += bytes;
      return new ArrayBuffer(bytes);
    });
    const values: unknown[] = [];
    const inbox = new Inbox({
      subject: 's',
      onFrame(frame) {
        allocated = 0;
        if (frame.kind === frameKinds.products) reader.read(frame, values);
        worst = Math.max(worst, allocated - frame.bytes.length);
        taken += 1;
      },
      onProblem,
      maxFrameBytes: 64 * 1024,
    });
    for (let input = 0; input < inputs; input += 1) {
      const packet = Uint8Array.from(sound[input % sound.length]!);
      new DataView(packet.buffer).setUint32(4, inbox.received, true);
      inbox.accept(random(4) === 0 ? packet : mutated(packet, random));
    }
    expect([...problems.keys()].filter((code) => !expected.has(code))).toEqual([]);
    expect(problems.get('EDMESH_FRAME_INVALID')).toBeGreaterThan(inputs / 20);
    expect(taken).toBeGreaterThan(inputs / 100);
    expect(worst).toBeLessThanOrEqual(0);
  });

  it('the bodies of products', () => {
    const random = randomFrom(3);
    const bodies: Uint8Array[] = [];
    const { inbox, frames } = keepingInbox();
    for (const packet of soundPackets()) inbox.accept(packet);
    bodies.push(...frames.map(({ body }) => body).filter(({ length }) => length > 0));
    expect(bodies).toHaveLength(6);
    const outcomes = new Map<string, number>();
    const count = (outcome: string): void => {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    };
    const reader = new ProductsReader(products, 's', (bytes) => new ArrayBuffer(bytes));
    const target = new Inbox({
      subject: 's',
      onFrame: (frame) => count(String(reader.read(frame, []))),
      onProblem: ({ code }) => count(code),
    });
    const { outboxes, published } = keepingOutboxes();
    const box = outboxes.open('s');
    for (let input = 0; input < 20_000; input += 1) {
      const body = mutated(bodies[input % bodies.length]!, random);
      box.begin(headerOf({ kind: frameKinds.products }), body.length);
      box.write(body);
      outboxes.flush();
      for (const { payload } of published.splice(0)) target.accept(payload);
    }
    expect([...outcomes.values()].reduce((sum, each) => sum + each)).toBe(20_000);
    const known = new Set([...expected, 'true', 'false']);
    expect([...outcomes.keys()].filter((outcome) => !known.has(outcome))).toEqual([]);
    expect(outcomes.get('true')).toBeGreaterThan(100);
  });

  it('CBOR: what the scan lets pass can be decoded', () => {
    const random = randomFrom(4);
    const corpus = cborValues.map((value) => Uint8Array.from(encodeSerialised(value, 'v')));
    let sound = 0;
    let beyond = 0;
    for (let input = 0; input < 60_000; input += 1) {
      const bytes = mutated(corpus[input % corpus.length]!, random);
      const found = cborProblem(bytes);
      if (found === undefined) {
        decodeSerialised(bytes, 's', 0);
        sound += 1;
      } else if (found.offset > bytes.length) {
        beyond += 1;
      }
    }
    expect(beyond).toBe(0);
    expect(sound).toBeGreaterThan(3000);
    expect(sound).toBeLessThan(57_000);
  });
});
