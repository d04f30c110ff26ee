import { EdmeshError } from './errors.ts';
import { addHistograms, isHistogram } from './histogram.ts';

/** Combines two partials into one. It must be associative and commutative: partials arrive in any order. */
export type Reduction<T> = (a: T, b: T) => T;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The reduction that summaries have unless a module declares another: numbers and histograms add up, objects are combined
 * field by field, equal values stay. Anything else throws `EDMESH_DEFINITION`.
 */
export function sumOf(a: unknown, b: unknown): unknown {
  if (a === undefined) return b;
  if (b === undefined) return a;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (isHistogram(a) && isHistogram(b)) return addHistograms(a, b);
  if (isRecord(a) && isRecord(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return Object.fromEntries([...keys].map((key) => [key, sumOf(a[key], b[key])]));
  }
  if (Object.is(a, b)) return a;
  throw new EdmeshError(
    'EDMESH_DEFINITION',
    'partial summaries differ in something other than numbers, histograms and objects of them; declare `reduceSummary`',
  );
}
