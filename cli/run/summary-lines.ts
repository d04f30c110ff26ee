import { isHistogram } from '../../edm/index.ts';
import { histogramStatistics, sparkline } from '../histogram-statistics.ts';
import { numberText, percentText } from '../number-text.ts';

/** Names of numbers that are a part of another number beside them. */
const parts: Readonly<Record<string, string>> = {
  found: 'total',
  passed: 'total',
  matched: 'clusters',
  ghosts: 'tracks',
  clones: 'tracks',
};

/** A line of a module summary. */
export interface SummaryLine {
  readonly name: string;
  readonly text: string;
}

/**
 * What a module returned at the end of the job, flattened: names joined by dots, parts of a whole in percent, histograms
 * as a line of blocks.
 */
export function summaryLines(summary: unknown, name = ''): SummaryLine[] {
  if (summary === undefined || summary === null) return [];
  if (isHistogram(summary)) {
    const { entries, mean } = histogramStatistics(summary);
    const about = Number.isNaN(mean) ? '' : `, mean ${numberText(mean)} ${summary.unit}`.trimEnd();
    return [{ name, text: `${sparkline(summary)}  ${numberText(entries)} entries${about}` }];
  }
  if (summary instanceof Map) return summaryLines(Object.fromEntries(summary), name);
  if (Array.isArray(summary)) return [{ name, text: listText(summary) }];
  if (typeof summary !== 'object') return [{ name, text: scalarText(summary) }];
  const record = summary as Readonly<Record<string, unknown>>;
  const whole = wholeRatio(record);
  if (whole !== undefined && name !== '') return [{ name, text: whole }];
  return Object.entries(record).flatMap(([key, value]) => {
    const inner = name === '' ? key : `${name}.${key}`;
    const total = record[parts[key] ?? ''];
    if (typeof value === 'number' && typeof total === 'number') {
      const share = percentText(value, total);
      return [{ name: inner, text: `${numberText(value)}  (${share} of ${parts[key] ?? ''})` }];
    }
    return summaryLines(value, inner);
  });
}

/** The text of an object that is nothing but a part and its whole. */
function wholeRatio(record: Readonly<Record<string, unknown>>): string | undefined {
  const keys = Object.keys(record);
  const part = keys.find((key) => keys.includes(parts[key] ?? ''));
  if (keys.length !== 2 || part === undefined) return undefined;
  const [value, total] = [record[part], record[parts[part] ?? '']];
  if (typeof value !== 'number' || typeof total !== 'number') return undefined;
  return `${percentText(value, total)}  (${numberText(value)} of ${numberText(total)})`;
}

function listText(list: readonly unknown[]): string {
  const shown = list.slice(0, 8).map(scalarText).join(', ');
  return list.length > 8 ? `${shown}, … (${list.length} in all)` : shown;
}

function scalarText(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
