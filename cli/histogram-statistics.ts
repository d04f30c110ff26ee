import type { Histogram } from '../edm/index.ts';

/** What a histogram says about its values; mean and deviation are those of the bin centres. */
export interface HistogramStatistics {
  readonly entries: number;
  readonly underflow: number;
  readonly overflow: number;
  readonly mean: number;
  readonly deviation: number;
}

/** Entries, mean and standard deviation of a histogram; the latter two leave underflow and overflow out. */
export function histogramStatistics(histogram: Histogram): HistogramStatistics {
  const { bins, low, high, counts } = histogram;
  const width = (high - low) / bins;
  let [sum, first, second] = [0, 0, 0];
  for (let bin = 0; bin < bins; bin++) {
    const count = counts[bin + 1] ?? 0;
    const centre = low + (bin + 0.5) * width;
    sum += count;
    first += count * centre;
    second += count * centre * centre;
  }
  const mean = sum === 0 ? Number.NaN : first / sum;
  const underflow = counts[0] ?? 0;
  const overflow = counts[bins + 1] ?? 0;
  const deviation = Math.sqrt(Math.max(0, second / sum - mean * mean));
  return { entries: sum + underflow + overflow, underflow, overflow, mean, deviation };
}

/** A histogram in one line of text, `width` characters at most. */
export function sparkline(histogram: Histogram, width = 30): string {
  const counts = histogram.counts.slice(1, histogram.bins + 1);
  const step = Math.ceil(counts.length / width);
  const sums: number[] = [];
  for (let at = 0; at < counts.length; at += step) {
    sums.push(counts.slice(at, at + step).reduce((sum, count) => sum + count, 0));
  }
  const top = Math.max(0, ...sums);
  const blocks = '▁▂▃▄▅▆▇█';
  return sums
    .map((sum) => (sum <= 0 ? ' ' : blocks[Math.min(7, Math.floor((8 * sum) / top))]))
    .join('');
}
