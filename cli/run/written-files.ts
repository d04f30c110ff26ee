import type { HistogramsOf } from '../histogram-files.ts';
import type { RunArguments } from './run-settings.ts';
import type { WrittenFile } from './summary.ts';
import type { AnyReport } from './write-report.ts';

/** What {@link writeFiles} writes, and where to. */
export interface FilesToWrite<Report extends AnyReport> {
  readonly report: Report;
  readonly given: Pick<RunArguments, 'report' | 'histograms' | 'logLevel'>;
  /** Where the histograms are; left out where there are none to write. */
  readonly histograms?: HistogramsOf;
  /** The report with an error more: a file could not be written. */
  readonly withError: (report: Report, thrown: unknown) => Report;
}

/** Writes histograms, then the report. What cannot be written is an error in the report. */
export async function writeFiles<Report extends AnyReport>({
  report,
  given,
  histograms,
  withError,
}: FilesToWrite<Report>): Promise<{
  readonly report: Report;
  readonly files: readonly WrittenFile[];
}> {
  const files: WrittenFile[] = [];
  let final = report;
  const attempt = async (what: string, file: string, write: () => Promise<void>) => {
    try {
      await write();
      files.push({ what, file });
    } catch (thrown) {
      final = withError(final, thrown);
    }
  };
  if (histograms !== undefined && given.histograms.length > 0) {
    const { writeHistograms } = await import('../histogram-files.ts');
    for (const file of given.histograms) {
      await attempt('histograms', file, () => writeHistograms(file, histograms));
    }
  }
  const { report: file } = given;
  if (file !== undefined) {
    const { writeReport } = await import('./write-report.ts');
    const stacks = given.logLevel === 'debug';
    await attempt('report', file, () => writeReport(file, final, { stacks }));
  }
  return { report: final, files };
}
