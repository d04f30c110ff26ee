/** Product types: SoA layouts, serialised and transient types, canonical bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalBytes, canonicalJson, hash128 } from '../../edm/canonical.ts';
import { checkTypeName } from '../../edm/product-type.ts';
import { defineProduct, defineTransient } from '../../edm/serialised.ts';
import { columnAlignment, defineSoA } from '../../edm/soa.ts';

const Hits = defineSoA('Hits', { x: 'float32', id: 'uint8', time: 'float64', key: 'uint64' });
const make = (size: number) => Hits.view(new ArrayBuffer(Hits.byteLength(size)), size);

describe('an SoA type', () => {
  it('lays its columns out one after the other, aligned', () => {
    expect(columnAlignment).toBe(64);
    expect(Hits.byteLength(0)).toBe(0);
    expect(Hits.byteLength(1)).toBe(4 * 64);
    expect(Hits.byteLength(17)).toBe(128 + 64 + 192 + 192);
    const hits = make(17);
    expect(hits.size).toBe(17);
    const columns = [hits.x, hits.id, hits.time, hits.key];
    expect(columns.map(({ byteOffset }) => byteOffset)).toEqual([0, 128, 192, 384]);
    expect(columns.every(({ buffer, length }) => buffer === hits.buffer && length === 17)).toBe(
      true,
    );
    expect(hits.time).toBeInstanceOf(Float64Array);
    expect(hits.key).toBeInstanceOf(BigUint64Array);
  });

  it('keeps columns apart and padding zero', () => {
    const hits = make(3);
    hits.x.fill(Number.NaN);
    hits.id.fill(255);
    hits.time.fill(-1);
    hits.key.fill(2n ** 64n - 1n);
    const bytes = Hits.canonicalBytes(hits);
    expect(bytes.byteLength).toBe(256);
    const padding = [
      bytes.subarray(12, 64),
      bytes.subarray(67, 128),
      bytes.subarray(152, 192),
      bytes.subarray(216),
    ];
    expect(padding.every((part) => part.every((byte) => byte === 0))).toBe(true);
  });

  it('takes an arrived buffer as it is', () => {
    const hits = make(2);
    hits.x.set([1.5, -2]);
    hits.key[1] = 7n;
    const copy = Hits.view(Uint8Array.from(Hits.canonicalBytes(hits)).buffer, 2);
    expect([...copy.x]).toEqual([1.5, -2]);
    expect(copy.key[1]).toBe(7n);
    const shared = Hits.view(new SharedArrayBuffer(Hits.byteLength(2)), 2);
    expect(Hits.problem(shared)).toBeUndefined();
  });

  it.each([
    [-1, 0],
    [1.5, 256],
    [1, 255],
    [1, 320],
    [Number.NaN, 0],
  ])('refuses %d rows on %d bytes', (size, bytes) => {
    expect(() => Hits.view(new ArrayBuffer(bytes), size)).toThrow(
      expect.objectContaining({ code: 'EDMESH_PRODUCT_INVALID' }),
    );
  });

  it('sees what is none of its products', () => {
    const good = make(2);
    expect(Hits.problem(good)).toBeUndefined();
    expect(Hits.problem(undefined)).toContain('not a Hits');
    expect(Hits.problem({ x: [1, 2] })).toContain('not a Hits');
    expect(Hits.problem({ ...good, size: 3 })).toContain('column x does not have 3 rows');
    expect(Hits.problem({ ...good, id: new Int8Array(2) })).toContain(
      'column id is not a Uint8Array',
    );
    expect(Hits.problem({ ...good, id: new Uint8Array(2) })).toContain('not in the buffer');
    const Points = defineSoA('Points', { x: 'float32', y: 'float32' });
    expect(Points.problem(good)).toContain('column y');
  });

  it('has a layout hash of name, columns, types and order', () => {
    const variants = [
      defineSoA('A', { x: 'int8', y: 'int8' }),
      defineSoA('B', { x: 'int8', y: 'int8' }),
      defineSoA('A', { y: 'int8', x: 'int8' }),
      defineSoA('A', { x: 'int8', y: 'uint8' }),
      defineSoA('A', { x: 'int8' }),
    ];
    expect(new Set(variants.map(({ layoutHash }) => layoutHash)).size).toBe(5);
    expect(defineSoA('A', { x: 'int8', y: 'int8' }).layoutHash).toBe(variants[0]!.layoutHash);
    expect(variants[0]!.layoutHash).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each(['size', 'buffer', '1x', 'a b', '', '__proto__'])('cannot have a column %j', (column) => {
    const columns = Object.fromEntries([[column, 'int8' as const]]);
    expect(() => defineSoA('A', columns)).toThrow(
      expect.objectContaining({ code: 'EDMESH_DEFINITION' }),
    );
  });

  it('needs a column and a name', () => {
    expect(() => defineSoA('A', {})).toThrow('has no columns');
    for (const name of ['', '1A', 'A_B', 'A B', 'Ä']) {
      expect(() => checkTypeName(name)).toThrow(
        expect.objectContaining({ code: 'EDMESH_DEFINITION' }),
      );
    }
  });

  it('holds any values of its columns', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.float(), fc.nat(255), fc.double(), fc.bigInt(0n, 2n ** 64n - 1n))),
        (rows) => {
          const hits = make(rows.length);
          rows.forEach(([x, id, time, key], row) => {
            hits.x[row] = x;
            hits.id[row] = id;
            hits.time[row] = time;
            hits.key[row] = key;
          });
          const read = rows.map((_, row) => [
            hits.x[row],
            hits.id[row],
            hits.time[row],
            hits.key[row],
          ]);
          expect(read).toEqual(rows);
        },
      ),
    );
  });
});

describe('a serialised type', () => {
  const Count = defineProduct('Count', z.strictObject({ n: z.int(), note: z.string().optional() }));

  it('checks values with its schema', () => {
    expect(Count.problem({ n: 3 })).toBeUndefined();
    expect(Count.problem({ n: 'x' })).toContain('n');
    expect(Count.problem({ n: 3, m: 4 })).toContain('m');
  });

  it('has a layout hash of name and schema', () => {
    const same = defineProduct(
      'Count',
      z.strictObject({ note: z.string().optional(), n: z.int() }),
    );
    expect(same.layoutHash).toBe(Count.layoutHash);
    expect(defineProduct('Count', z.number()).layoutHash).not.toBe(Count.layoutHash);
    expect(defineProduct('Count2', Count.schema).layoutHash).not.toBe(Count.layoutHash);
    expect(defineProduct('Big', z.bigint()).layoutHash).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('a transient type', () => {
  const Handle = defineTransient('Handle', (value) => typeof value === 'function');

  it('has a check and no bytes', () => {
    expect(Handle.problem(() => 1)).toBeUndefined();
    expect(Handle.problem(1)).toBe('not a Handle');
    expect(() => Handle.canonicalBytes(() => 1)).toThrow(/Handle is transient/);
  });
});

describe('canonical bytes', () => {
  const hex = (value: unknown): string => Buffer.from(canonicalBytes(value)).toString('hex');

  it('do not depend on the order of keys, at any depth', () => {
    const one = {
      b: [{ y: 1, x: 2 }],
      a: new Map([
        ['k', 1],
        ['j', 2],
      ]),
    };
    const other = {
      a: new Map([
        ['j', 2],
        ['k', 1],
      ]),
      b: [{ x: 2, y: 1 }],
    };
    expect(hex(one)).toBe(hex(other));
  });

  it('depend on the order of a list, on types and on every value', () => {
    const values = [
      [1, 2],
      [2, 1],
      [1, 2.5],
      ['1', 2],
      { 0: 1, 1: 2 },
      null,
      true,
      1,
      -1,
      1n << 60n,
      '',
    ];
    expect(new Set(values.map(hex)).size).toBe(values.length);
  });

  it('take an absent field and one that is undefined as the same', () => {
    expect(hex({ a: 1, b: undefined })).toBe(hex({ a: 1 }));
  });

  it('are the same for any object with its keys shuffled', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.infiniteStream(fc.nat()),
        (record, keys) => {
          const shuffled = Object.entries(record)
            .map((entry) => ({ entry, key: keys.next().value }))
            .sort((a, b) => Number(a.key) - Number(b.key));
          expect(hex(Object.fromEntries(shuffled.map(({ entry }) => entry)))).toBe(hex(record));
        },
      ),
    );
  });

  it('hold typed arrays, NaN and negative zero', () => {
    expect(hex(Float64Array.of(1, 2))).not.toBe(hex(Float64Array.of(2, 1)));
    expect(hex(Number.NaN)).toBe(hex(Number.NaN));
    expect(hex(-0)).not.toBe('');
  });
});

describe('canonical JSON and hashes', () => {
  it('sort keys by code point', () => {
    expect(canonicalJson({ b: 1, a: { d: 1, c: 2 }, B: [] })).toBe(
      '{"B":[],"a":{"c":2,"d":1},"b":1}',
    );
  });

  it('take the first 128 bits of SHA-256', () => {
    expect(hash128('')).toBe('e3b0c44298fc1c149afbf4c8996fb924');
    expect(hash128(new TextEncoder().encode('abc'))).toBe(hash128('abc'));
  });
});
