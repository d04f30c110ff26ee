/** Histograms, and the reductions that put partials together. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addHistograms,
  createHistogram,
  fillHistogram,
  histogramEntries,
  isHistogram,
  type Histogram,
} from '../../edm/histogram.ts';
import { sumOf } from '../../edm/reduction.ts';

const axis = { bins: 4, low: -1, high: 1 };

function filled(values: readonly number[]): Histogram {
  const histogram = createHistogram('x', axis);
  for (const value of values) fillHistogram(histogram, value);
  return histogram;
}

describe('a histogram', () => {
  it('counts from each lower edge up to the next', () => {
    expect(filled([-1, -0.5, -0.0001, 0, 0.5, 0.9999]).counts).toEqual([0, 1, 2, 1, 2, 0]);
  });

  it('keeps what is outside, and what is no number', () => {
    expect(filled([-1.001, -Infinity, 1, 5, Infinity, Number.NaN]).counts).toEqual([
      2, 0, 0, 0, 0, 4,
    ]);
    expect(histogramEntries(filled([-9, 0, 9]))).toBe(3);
  });

  it('adds weights', () => {
    const histogram = createHistogram('x', axis);
    fillHistogram(histogram, 0.1, 2.5);
    expect(histogram.counts[3]).toBe(2.5);
  });

  it('finds a bin for every value', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.integer({ min: 1, max: 100 }), (value, bins) => {
        const histogram = createHistogram('x', { bins, low: -0.3, high: 0.7 });
        fillHistogram(histogram, value);
        expect(histogram.counts).toHaveLength(bins + 2);
        expect(histogramEntries(histogram)).toBe(1);
        expect(histogram.counts[0]).toBe(value < -0.3 ? 1 : 0);
        expect(histogram.counts[bins + 1]).toBe(value >= 0.7 ? 1 : 0);
      }),
    );
  });

  it.each([
    { bins: 0, low: 0, high: 1 },
    { bins: 1.5, low: 0, high: 1 },
    { bins: 1, low: 1, high: 1 },
    { bins: 1, low: 2, high: 1 },
    { bins: 1, low: Number.NaN, high: 1 },
  ])('cannot have the axis %j', (bad) => {
    expect(() => createHistogram('x', bad)).toThrow(
      expect.objectContaining({ code: 'EDMESH_DEFINITION' }),
    );
  });

  it('is plain data', () => {
    const histogram = filled([0]);
    expect(JSON.parse(JSON.stringify(histogram))).toEqual(histogram);
    expect(isHistogram(histogram)).toBe(true);
    expect([null, 3, {}, { kind: 'other' }, []].some(isHistogram)).toBe(false);
  });
});

describe('adding histograms', () => {
  const histograms = fc.array(fc.double()).map(filled);

  it('is associative and commutative, and changes neither', () => {
    fc.assert(
      fc.property(histograms, histograms, histograms, (a, b, c) => {
        const before = JSON.stringify([a, b]);
        expect(addHistograms(a, b)).toEqual(addHistograms(b, a));
        expect(addHistograms(addHistograms(a, b), c)).toEqual(
          addHistograms(a, addHistograms(b, c)),
        );
        expect(JSON.stringify([a, b])).toBe(before);
      }),
    );
  });

  it('needs one axis', () => {
    const other = createHistogram('y', { ...axis, high: 2 });
    expect(() => addHistograms(filled([]), other)).toThrow("'x' and 'y' have different axes");
  });
});

describe('the sum of partial summaries', () => {
  const summary = fc.record({
    count: fc.integer(),
    nested: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer()),
    name: fc.constant('same'),
    histogram: fc.array(fc.double(), { maxLength: 3 }).map(filled),
  });

  it('adds numbers and histograms at any depth', () => {
    const sum = sumOf(
      { n: 1, in: { a: 2 }, text: 'x', h: filled([0]) },
      { n: 10, in: { a: 20, b: 5 }, text: 'x', h: filled([0, 9]) },
    );
    expect(sum).toEqual({ n: 11, in: { a: 22, b: 5 }, text: 'x', h: filled([0, 0, 9]) });
    expect(sumOf(undefined, 3)).toBe(3);
    expect(sumOf(3, undefined)).toBe(3);
  });

  it('is associative and commutative', () => {
    fc.assert(
      fc.property(summary, summary, summary, (a, b, c) => {
        expect(sumOf(a, b)).toEqual(sumOf(b, a));
        expect(sumOf(sumOf(a, b), c)).toEqual(sumOf(a, sumOf(b, c)));
      }),
    );
  });

  it.each([
    ['x', 'y'],
    [1, 'y'],
    [[1], [1]],
    [true, false],
    [{ a: 'x' }, { a: 'y' }],
  ])('refuses %j and %j', (a, b) => {
    expect(() => sumOf(a, b)).toThrow(/reduceSummary/);
  });
});
