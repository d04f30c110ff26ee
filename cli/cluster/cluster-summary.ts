import type { JobReport } from '../../actors/index.ts';
import type { ClusterReport } from './cluster-report.ts';
import { bytesText, countText, durationText, numberText, percentText } from '../number-text.ts';
import { moduleSummaries, summaryTail, type WrittenFile } from '../run/summary.ts';
import { textTable, type TextColumn } from '../text-table.ts';

/** What people read at the end of a cluster: a row for each process, then what its modules returned. */
export function clusterSummaryText(report: ClusterReport, files: readonly WrittenFile[]): string {
  const processes = Object.values(report.processes);
  const sections = [
    head(report, processes),
    processTable(processes),
    ...processes.flatMap((each) => {
      const texts = moduleSummaries(each);
      return texts.length === 0 ? [] : [`${each.process}:\n\n${texts.join('\n')}`];
    }),
    summaryTail({ errors: allErrors(report), errorCount: report.errorCount }, [
      ...processes.flatMap(({ process, digest }) =>
        digest === undefined ? [] : [{ what: 'digest', file: `${digest}  ${process}` }],
      ),
      ...files,
    ]),
  ];
  return `\n${sections.filter((section) => section !== '').join('\n')}`;
}

function allErrors({ errors, processes }: ClusterReport) {
  return [...errors, ...Object.values(processes).flatMap((report) => report.errors)];
}

function head(report: ClusterReport, processes: readonly JobReport[]): string {
  const { job, events, wallSeconds, eventsPerSecond, threads, peakRssBytes } = report;
  const lines = [
    `${job}: ${countText(events, 'event')} in ${durationText(wallSeconds)}, ` +
      `${numberText(eventsPerSecond)} events/s`,
    `${numberText(processes.length)} ${processes.length === 1 ? 'process' : 'processes'} with ` +
      `${countText(threads, 'thread')}, peak memory ${bytesText(peakRssBytes)} together`,
    ...transportLines(processes),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** What the processes have sent each other. */
function transportLines(processes: readonly JobReport[]): string[] {
  const sent = processes.flatMap(({ process, transport }) =>
    transport === undefined || transport.framesSent === 0
      ? []
      : [
          `${process} sent ${countText(transport.framesSent, 'frame')} (${bytesText(transport.bytesSent)})`,
        ],
  );
  return sent.length === 0 ? [] : [`transport: ${sent.join(', ')}`];
}

function processTable(processes: readonly JobReport[]): string {
  const right = (title: string): TextColumn => ({ title, align: 'right' });
  const columns = ['events', 'events/s', 'time', 'threads', 'EDM streams', 'CPU', 'memory'];
  return textTable(
    [{ title: 'process' }, ...columns.map(right), { title: 'ended' }],
    processes.map((report) => [
      report.process,
      numberText(report.events),
      numberText(Number(report.eventsPerSecond.toPrecision(4))),
      durationText(report.wallSeconds),
      numberText(report.threads),
      numberText(report.streams),
      percentText(report.cpuSeconds, report.wallSeconds * Math.max(1, report.threads)),
      report.peakRssBytes === 0 ? '–' : bytesText(report.peakRssBytes),
      endText(report),
    ]),
  );
}

function endText({ exitCode, errors, errorCount }: JobReport): string {
  if (exitCode === 0) return errorCount === 0 ? 'well' : `well, ${countText(errorCount, 'error')}`;
  const error = errors.find((each) => each.exitCode === exitCode);
  return `${error?.category ?? 'failed'} (exit code ${exitCode})`;
}
