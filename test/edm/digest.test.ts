/** The digest of a job: independent of order and of how the job was split, sensitive to everything else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Branch } from '../../edm/branch.ts';
import { JobDigest } from '../../edm/digest.ts';
import { defineProduct } from '../../edm/serialised.ts';

const Value = defineProduct('Value', z.number());
const Other = defineProduct('Other', z.number());

interface Entry {
  readonly label: string;
  readonly instance: string;
  readonly ordinal: number;
  readonly value: number;
}

const branchOf = ({ label, instance }: Entry, processName = 'P'): Branch => ({
  friendlyType: 'Value',
  moduleLabel: label,
  productInstance: instance,
  processName,
});

function digestOf(entries: readonly Entry[], processName = 'P'): JobDigest {
  const digest = new JobDigest();
  for (const entry of entries) {
    digest.add(branchOf(entry, processName), Value, entry.ordinal, entry.value);
  }
  return digest;
}

const entry = fc.record({
  label: fc.constantFrom('a', 'b', 'c'),
  instance: fc.constantFrom('', 'i'),
  ordinal: fc.nat(1000),
  value: fc.double(),
});
const entries = fc.array(entry, { maxLength: 12 });
const one: Entry = { label: 'a', instance: '', ordinal: 3, value: 1 };

describe('the digest', () => {
  it('does not depend on the order of events', () => {
    fc.assert(
      fc.property(
        entries.chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
          ),
        ),
        ([list, shuffled]) => {
          expect(digestOf(shuffled).total()).toBe(digestOf(list).total());
          expect(digestOf(shuffled).byLabel()).toEqual(digestOf(list).byLabel());
        },
      ),
    );
  });

  it('does not depend on how the job was split', () => {
    fc.assert(
      fc.property(entries, entries, (left, right) => {
        const merged = digestOf(left);
        merged.merge(digestOf(right).sums());
        expect(merged.total()).toBe(digestOf([...left, ...right]).total());
        expect(merged.byLabel()).toEqual(digestOf([...left, ...right]).byLabel());
      }),
    );
  });

  it('counts repeats: none cancels, at any number', () => {
    fc.assert(
      fc.property(
        entry,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        (each, m, n) => {
          fc.pre(m !== n);
          const repeated = (count: number) => digestOf(new Array<Entry>(count).fill(each)).total();
          expect(repeated(m)).not.toBe(repeated(n));
        },
      ),
    );
  });

  it.each([
    ['label', { label: 'b' }],
    ['instance', { instance: 'i' }],
    ['ordinal', { ordinal: 4 }],
    ['value', { value: 1.0000001 }],
  ])('changes with the %s', (_, change) => {
    expect(digestOf([{ ...one, ...change }]).total()).not.toBe(digestOf([one]).total());
  });

  it('changes with the type, and not with the process name', () => {
    const other = new JobDigest();
    other.add(branchOf(one), Other, one.ordinal, one.value);
    expect(other.total()).not.toBe(digestOf([one]).total());
    expect(digestOf([one], 'Q').total()).toBe(digestOf([one]).total());
  });

  it('notices values that two events exchanged', () => {
    const swapped = digestOf([
      { ...one, value: 2 },
      { ...one, ordinal: 4 },
    ]);
    const straight = digestOf([one, { ...one, ordinal: 4, value: 2 }]);
    expect(swapped.total()).not.toBe(straight.total());
  });

  it('is 32 hexadecimal digits, also of nothing, with labels in order', () => {
    expect(new JobDigest().total()).toBe('0'.repeat(32));
    const { total, labels } = (() => {
      const digest = digestOf([{ ...one, label: 'z' }, one]);
      return { total: digest.total(), labels: digest.byLabel() };
    })();
    expect(total).toMatch(/^[0-9a-f]{32}$/);
    expect(Object.keys(labels)).toEqual(['a', 'z']);
    const sum = Object.values(labels).reduce((all, each) => all + BigInt(`0x${each}`), 0n);
    expect(BigInt(`0x${total}`)).toBe(sum % 2n ** 128n);
  });
});
