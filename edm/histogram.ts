import { EdmeshError } from './errors.ts';

/**
 * A one-dimensional histogram as plain data, so that it can be a product, cross a thread and be written as JSON.
 * `counts` has `bins + 2` entries: underflow, the bins, overflow.
 */
export interface Histogram {
  readonly kind: 'histogram';
  readonly title: string;
  readonly bins: number;
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  readonly counts: number[];
}

/** Makes an empty histogram of `bins` equal bins from `low` to `high`. Throws `EDMESH_DEFINITION`. */
export function createHistogram(
  title: string,
  axis: { bins: number; low: number; high: number; unit?: string },
): Histogram {
  const { bins, low, high, unit = '' } = axis;
  if (!Number.isInteger(bins) || bins < 1 || !(low < high)) {
    throw new EdmeshError(
      'EDMESH_DEFINITION',
      `histogram '${title}': ${String(bins)} bins from ${String(low)} to ${String(high)} is no axis`,
    );
  }
  const counts = new Array<number>(bins + 2).fill(0);
  return { kind: 'histogram', title, bins, low, high, unit, counts };
}

/** Counts a value: below `low` as underflow, from `high` on (or not a number) as overflow. */
export function fillHistogram(histogram: Histogram, value: number, weight = 1): void {
  const { bins, low, high, counts } = histogram;
  let bin = bins + 1;
  if (value < low) bin = 0;
  else if (value < high)
    bin = 1 + Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
  counts[bin] = (counts[bin] ?? 0) + weight;
}

/** Number of entries, underflow and overflow included. */
export function histogramEntries(histogram: Histogram): number {
  return histogram.counts.reduce((sum, count) => sum + count, 0);
}

/** Whether a value is a histogram. */
export function isHistogram(value: unknown): value is Histogram {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'histogram'
  );
}

/** The sum of two histograms of one axis. Throws `EDMESH_DEFINITION` when the axes differ. */
export function addHistograms(a: Histogram, b: Histogram): Histogram {
  if (a.bins !== b.bins || a.low !== b.low || a.high !== b.high) {
    throw new EdmeshError(
      'EDMESH_DEFINITION',
      `histograms '${a.title}' and '${b.title}' have different axes`,
    );
  }
  return { ...a, counts: a.counts.map((count, bin) => count + (b.counts[bin] ?? 0)) };
}
