/** Values in shared memory: the same as they were, and what cannot be shared is known. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainData } from '../../io/plain-data.ts';
import { sharedValue, shareValues, viewTypes } from '../../io/shared-values.ts';

const views = viewTypes.map((type) => new type(new ArrayBuffer(48), 16, 2));

describe('values in shared memory', () => {
  it('are what they were', () => {
    const leaf = fc.oneof(
      fc.double(),
      fc.string(),
      fc.boolean(),
      fc.bigInt(),
      fc.constantFrom(null, undefined, ...views),
      fc.float32Array({ maxLength: 9 }),
      fc.uint8Array({ maxLength: 9 }),
    );
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ minLength: 1 }), tie('value'), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        expect(values.every(isPlainData)).toBe(true);
        const shared = structuredClone(shareValues(values));
        expect(values.map((_, index) => sharedValue(shared, index))).toEqual(values);
        expect(sharedValue(shared, values.length)).toBeUndefined();
      }),
    );
  });

  it('have all their typed arrays in one buffer, where they begin at multiples of eight', () => {
    const values = [{ a: Uint8Array.of(1, 2, 3), b: [Float64Array.of(4)] }, Int16Array.of(5)];
    const shared = shareValues(values);
    expect(shared.buffers).toHaveLength(1);
    const first = sharedValue(shared, 0) as { a: Uint8Array; b: [Float64Array] };
    for (const view of [first.a, first.b[0], sharedValue(shared, 1) as Int16Array]) {
      expect(view.buffer).toBe(shared.buffers[0]);
      expect(view.byteOffset % 8).toBe(0);
    }
  });

  it('that are many fill several buffers', () => {
    const half = new Uint8Array(1 << 25);
    const values = [1, 2, 3].map((number) => half.with(0, number));
    const shared = shareValues(values);
    expect(shared.buffers).toHaveLength(2);
    const firsts = values.map((_, index) => (sharedValue(shared, index) as Uint8Array)[0]);
    expect(firsts).toEqual([1, 2, 3]);
  });
});

describe('plain data', () => {
  const cycle: unknown[] = [];
  cycle.push({ cycle });
  it.each([[cycle], [{ views }], [[1n, 'a', null, undefined, Number.NaN]], [new Array(3)]])(
    'are %o',
    (value) => expect(isPlainData(value)).toBe(true),
  );
  it.each([
    ['functions', [() => 1]],
    ['symbols', { a: Symbol.iterator }],
    ['instances of classes', { a: [new Error('no')] }],
    ['sets', new Set([1])],
    ['Node buffers', Buffer.of(1)],
    ['subclasses of arrays', [new (class extends Array {})()]],
  ])('are not %s', (_name, value) => expect(isPlainData(value)).toBe(false));
});
