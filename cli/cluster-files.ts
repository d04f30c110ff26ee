import type { JobReport } from '../actors/index.ts';
import { withClusterError, type ClusterReport } from './cluster-report.ts';
import type { ClusterArguments } from './cluster-settings.ts';
import type { WrittenFile } from './summary.ts';

/** Writes report and histograms. What cannot be written is an error of the cluster. */
export async function writeClusterFiles(
  report: ClusterReport,
  given: ClusterArguments,
): Promise<{ readonly report: ClusterReport; readonly files: readonly WrittenFile[] }> {
  const files: WrittenFile[] = [];
  let final = report;
  const attempt = async (what: string, file: string, write: () => Promise<void>) => {
    try {
      await write();
      files.push({ what, file });
    } catch (thrown) {
      final = withClusterError(final, thrown);
    }
  };
  if (given.histograms.length > 0) {
    const { writeHistograms } = await import('./histogram-files.ts');
    const whole = { ...report, process: report.job, modules: modulesOf(report) };
    for (const file of given.histograms) {
      await attempt('histograms', file, () => writeHistograms(file, whole));
    }
  }
  const { report: file } = given;
  if (file !== undefined) {
    const stacks = given.logLevel === 'debug';
    const { writeReport } = await import('./write-report.ts');
    await attempt('report', file, () => writeReport(file, final, { stacks }));
  }
  return { report: final, files };
}

/** The modules of all processes, with the name of the process before the label. */
function modulesOf({ processes }: ClusterReport): JobReport['modules'] {
  const named = Object.entries(processes).flatMap(([name, { modules }]) =>
    Object.entries(modules).map(([label, module]) => [`${name}/${label}`, module] as const),
  );
  return Object.fromEntries(named);
}
