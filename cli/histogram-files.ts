import { extname } from 'node:path';
import type { JobReport } from '../actors/index.ts';
import { histogramEntries, isHistogram, type Histogram } from '../edm/index.ts';
import { histogramPage } from './histogram-svg.ts';
import { writeOutput } from './output-files.ts';

/** A histogram of a job with its name: module label and path in its summary, joined by slashes. */
export interface NamedHistogram {
  readonly name: string;
  readonly histogram: Histogram;
}

/** Modules of a job whose summaries hold histograms, and what stands above them. */
export type HistogramsOf = Pick<JobReport, 'modules' | 'process' | 'events'>;

/** Every histogram in the module summaries of a report, in the order of the modules. */
export function collectHistograms(report: Pick<JobReport, 'modules'>): NamedHistogram[] {
  return Object.entries(report.modules).flatMap(([label, { summary }]) => within(label, summary));
}

function within(name: string, value: unknown): NamedHistogram[] {
  if (isHistogram(value)) return [{ name, histogram: value }];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return entries.flatMap(([key, each]) => within(`${name}/${String(key)}`, each));
}

/** Histograms as JSON; `counts` are those of the bins, underflow and overflow stand beside them. */
export function histogramsJson(process: string, histograms: readonly NamedHistogram[]): string {
  const list = histograms.map(({ name, histogram }) => {
    const { title, unit, bins, low, high, counts } = histogram;
    return {
      name,
      title,
      unit,
      bins,
      low,
      high,
      underflow: counts[0] ?? 0,
      overflow: counts[bins + 1] ?? 0,
      entries: histogramEntries(histogram),
      counts: counts.slice(1, bins + 1),
    };
  });
  return `${JSON.stringify({ process, histograms: list }, undefined, 2)}\n`;
}

/** Writes every histogram of a job into a file that ends in .json or .svg. Throws `EDMESH_FILE_WRITE`. */
export async function writeHistograms(file: string, report: HistogramsOf): Promise<void> {
  const histograms = collectHistograms(report);
  const { process, events } = report;
  const page = () =>
    histogramPage(`${process}, ${events.toLocaleString('en-US')} events`, histograms);
  await writeOutput(file, extname(file) === '.svg' ? page() : histogramsJson(process, histograms));
}
