/** Values that go through the codec of serialised products: equal on arrival, or refused by name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdmeshError } from '../../edm/errors.ts';
import { cborProblem, largestItemCount } from '../../transport/cbor-scan.ts';
import { decodeSerialised, encodeSerialised } from '../../transport/serialised-codec.ts';

const through = (value: unknown): unknown =>
  decodeSerialised(Uint8Array.from(encodeSerialised(value, 'tracks')), 's', 0);

function refusal(value: unknown): string {
  try {
    encodeSerialised(value, 'tracks');
  } catch (thrown) {
    if (thrown instanceof EdmeshError && thrown.code === 'EDMESH_PRODUCT_NOT_SENDABLE') {
      expect(thrown.fields).toEqual({ product: 'tracks' });
      return thrown.message;
    }
    throw thrown;
  }
  return 'sent';
}

describe('a value', () => {
  const values: unknown[] = [
    ...[null, true, false, 0, 1, -1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 31, -(2 ** 31)],
    ...[2 ** 32 - 1, 2 ** 32, -(2 ** 32), -(2 ** 32) - 1, 2 ** 53, -(2 ** 53), 1e300, 5e-324],
    ...[-0, Number.NaN, Infinity, -Infinity, 0.1, 1.5, Math.fround(0.1)],
    ...[0n, 1n, -1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n), -(2n ** 64n) + 1n],
    ...['', 'a', 'ä€😀', 'within \ufeff', '\0', 'x'.repeat(300), `x${'\ufeff'.repeat(80)}`],
    ...['ä'.repeat(70_000), '__proto__', 'x'.repeat(0x1001), '😀'.repeat(40)],
    ...[[], [[]], [undefined, null], {}, { a: undefined }, { a: -0, b: [-0, 0] }],
    ...[{ constructor: 1 }, { hasOwnProperty: 2, toString: 'x', valueOf: null }],
    ...[{ '': 1, '1': 2, ä: 3, size: 4, then: 5 }, { length: 3, 0: 'a' }, { toJSON: 'text' }],
    ...[new Date(0), new Date(1), new Date(-1), new Date(1.7e12 + 123), new Date(Number.NaN)],
    ...[
      new Map(),
      new Map<unknown, unknown>([
        [1, 'a'],
        ['1', { b: new Map([[null, -0]]) }],
      ]),
    ],
    ...[new Set(), new Set([1, 'a', new Set([Number.NaN])]), { m: new Map([[{ k: 1 }, [1]]]) }],
    ...[new Uint8Array(0), Uint8Array.of(1, 2, 3), new Uint8ClampedArray([300, 2])],
    ...[Int8Array.of(-1), Int16Array.of(-2, 2), Uint16Array.of(3), Int32Array.of(-4, 4)],
    ...[Uint32Array.of(5), Float32Array.of(0.1, -0, NaN), Float64Array.of(-0, NaN, 1 / 3)],
    ...[BigInt64Array.of(-1n), BigUint64Array.of(2n ** 64n - 1n), new Float64Array(1000).fill(2)],
    ...[Array.from({ length: 1000 }, (_, at) => at / 3), 'x'.repeat(70_000)],
    ...[{ a: { b: { c: { d: [{ e: new Date(5), f: Uint16Array.of(1, 2) }] } } } }],
  ];

  it.each(values.map((value) => ({ value })))('arrives equal: %#', ({ value }) => {
    expect(through(value)).toStrictEqual(value);
  });

  it('arrives equal, whatever plain data it is made of', () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, 2 ** 32, -(2 ** 33)));
    const text = fc
      .string({ unit: 'grapheme', maxLength: 80 })
      .filter((each) => !each.startsWith('\ufeff'));
    const leaf = fc.oneof(
      ...[number, text, fc.boolean(), fc.constant(null), fc.constant(undefined)],
      ...[
        fc.bigInt({ min: -(2n ** 64n) + 1n, max: 2n ** 64n - 1n }),
        fc.date({ max: new Date(1e14) }),
      ],
      ...[fc.uint8Array(), fc.float32Array(), fc.float64Array(), fc.int16Array()],
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        leaf,
        fc.array(tie('tree'), { maxLength: 6 }),
        fc.dictionary(
          text.filter((key) => key !== '__proto__'),
          tie('tree'),
          {
            maxKeys: 6,
            noNullPrototype: true,
          },
        ),
        fc.array(fc.tuple(text, tie('tree')), { maxLength: 3 }).map((list) => new Map(list)),
        fc.array(number, { maxLength: 5 }).map((list) => new Set(list)),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = encodeSerialised(value, 'v');
        expect(cborProblem(bytes)).toBeUndefined();
        expect(decodeSerialised(bytes, 's', 0)).toStrictEqual(value);
      }),
      { numRuns: 400 },
    );
  });

  const loop: unknown[] = [];
  loop.push(loop);
  const nested = (levels: number): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < levels; level += 1) value = [value];
    return value;
  };
  class Track {
    pt = 1;
  }
  const withHole = Object.assign(new Array<number>(3), { 0: 1, 2: 3 });
  const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 2 });

  it.each<[unknown, string]>([
    [() => 1, 'the value is a function'],
    [{ a: [0, { b: Symbol('x') }] }, 'the value.a[1].b is a symbol'],
    [2n ** 64n, 'more than 64 bits'],
    [-(2n ** 64n), 'more than 64 bits'],
    ['\ufeffmarked', 'byte order mark'],
    [{ a: { '\ufeff': 1 } }, 'byte order mark'],
    ['\ud800', 'half a surrogate pair'],
    [{ 'a\udc00': 1 }, 'half a surrogate pair'],
    [JSON.parse('{"a":{"__proto__":1}}'), 'the value.a.__proto__ is a property that is not sent'],
    [new Track(), 'of class Track'],
    [{ t: Buffer.from([1]) }, 'the value.t is a Buffer: send a Uint8Array'],
    [new ArrayBuffer(8), 'of class ArrayBuffer'],
    [new DataView(new ArrayBuffer(8)), 'of class DataView'],
    [/x/, 'of class RegExp'],
    [new Error('x'), 'of class Error'],
    [Object.create(null), 'without a prototype'],
    [withHole, 'holes'],
    [Object.assign([1], { name: 'x' }), 'names'],
    [Object.assign(new Map(), { name: 'x' }), 'properties besides'],
    [Object.assign(new Date(0), { name: 'x' }), 'properties besides'],
    [{ [Symbol('s')]: 1 }, 'hidden'],
    [hidden, 'hidden'],
    [new (class extends Array {})(), 'which would not arrive as one'],
    [new Date('+143025-10-20T06:14:49.063Z'), 'seconds cannot say'],
    [loop, 'nested deeper than 32'],
    [nested(33), 'nested deeper than 32'],
    [new Array(largestItemCount).fill(0), `more than ${largestItemCount} values`],
    [new Map([[1, () => 2]]), 'in a Map'],
    [new Set([Symbol('x')]), 'in a Set'],
    [Promise.resolve(1), 'of class Promise'],
    [Object.create(Map.prototype), 'cannot be read'],
    [
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
      'cannot be read',
    ],
  ])('is refused with what is wrong: %#', (value, message) => {
    const text = refusal(value);
    expect(text.startsWith('tracks cannot be sent: ')).toBe(true);
    expect(text).toContain(message);
  });

  it('may be as deep and as large as the other side takes', () => {
    expect(through(nested(32))).toEqual(nested(32));
    const largest = new Array<number>(largestItemCount - 1).fill(7);
    expect(through(largest)).toEqual(largest);
  });

  it('shares no memory with the message it came in', () => {
    const value = { a: Uint8Array.of(1, 2, 3), b: Float64Array.of(1.5), text: 'kept', c: [1] };
    for (let shift = 0; shift < 8; shift += 1) {
      const bytes = encodeSerialised(value, 'v');
      const message = new Uint8Array(shift + bytes.length);
      message.set(bytes, shift);
      const got = decodeSerialised(message.subarray(shift), 's', 0);
      message.fill(0xff);
      expect(got).toStrictEqual(value);
      const { a, b } = got as typeof value;
      expect([a.buffer.byteLength, b.buffer.byteLength]).toEqual([3, 8]);
    }
  });

  it('is not overwritten by the values that are encoded after it', () => {
    const first = encodeSerialised({ a: 'first' }, 'v');
    const copy = Uint8Array.from(first);
    for (let at = 0; at < 5000; at += 1) encodeSerialised({ a: `other ${at}`, b: -0 }, 'v');
    expect(Uint8Array.from(first)).toEqual(copy);
  });
});
