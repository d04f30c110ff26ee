import type { BenchPoint } from './bench-points.ts';
import { combinationText } from './bench-settings.ts';
import { bytesText, numberText, percentText } from '../number-text.ts';
import { textTable } from '../text-table.ts';

/** What people read at the end of a scan; `process` is its name. Nothing where nothing was measured. */
export function benchTable(process: string, points: readonly BenchPoint[]): string {
  const [first] = points;
  if (first === undefined) return '';
  const titles = [
    ...['threads', 'EDM streams', 'runs', 'events/s', 'min–max', 'scaling', 'efficiency'],
    ...['CPU/thread', 'peak memory'],
  ];
  const table = textTable(
    titles.map((title) => ({ title, align: 'right' })),
    points.map(cells),
  );
  const base = `events/s is the median, scaling is against ${combinationText(first)}\n`;
  return `\n${process}: ${base}${table}`;
}

function cells(point: BenchPoint): string[] {
  const { eventsPerSecond, scaling, efficiency, peakRssBytes } = point;
  const { median, min, max } = eventsPerSecond;
  return [
    numberText(point.threads),
    numberText(point.streams),
    numberText(point.runs),
    rateText(median),
    `${rateText(min)}–${rateText(max)}`,
    scaling === null ? '–' : scaling.toFixed(2),
    efficiency === null ? '–' : percentText(efficiency, 1),
    `${point.cpuPercentPerThread.toFixed(1)} %`,
    peakRssBytes === null ? '–' : bytesText(peakRssBytes),
  ];
}

/** Events per second as people compare them: decimals only where there are few before them. */
export function rateText(rate: number): string {
  return rate >= 100 ? numberText(Math.round(rate)) : rate.toFixed(rate >= 10 ? 1 : 2);
}
