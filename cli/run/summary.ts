import type { ErrorReport, JobReport, ModuleReport, PathReport } from '../../actors/index.ts';
import { bytesText, countText, durationText, numberText, percentText } from '../number-text.ts';
import { summaryLines, type SummaryLine } from './summary-lines.ts';
import { textTable } from '../text-table.ts';

/** A module shows no more lines of its summary than this. */
const linesMax = 24;

/** Files that a job has written, for the end of its summary. */
export interface WrittenFile {
  readonly what: string;
  readonly file: string;
}

/** What people read at the end of a job. */
export function summaryText(report: JobReport, files: readonly WrittenFile[]): string {
  const sections = [
    head(report),
    modulesTable(report),
    pathsTable(report),
    ...moduleSummaries(report),
    tail(report, files),
  ];
  return `\n${sections.filter((section) => section !== '').join('\n')}`;
}

function head(report: JobReport): string {
  const { events, wallSeconds, cpuSeconds, eventsPerSecond, streams, threads } = report;
  const usage = percentText(cpuSeconds, wallSeconds * Math.max(1, threads));
  const lines = [
    `${report.process}: ${countText(events, 'event')} in ${durationText(wallSeconds)}, ` +
      `${numberText(eventsPerSecond)} events/s`,
    `${countText(streams, 'EDM stream')} in ${countText(threads, 'thread')}, ` +
      `CPU usage per thread ${usage}, peak memory ${bytesText(report.peakRssBytes)}`,
    ...gpuLines(report.gpu),
    ...transportLines(report.transport),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Which GPU was used, and how; nothing where no module asked for one. */
function gpuLines(gpu: JobReport['gpu']): string[] {
  if (gpu === undefined) return [];
  const names = new Set(gpu.devices.map(({ name }) => name));
  const { hits, misses } = gpu.allocator.device;
  const cached = `${percentText(hits, hits + misses)} of ${countText(hits + misses, 'allocation')}`;
  const state = gpu.state === 'ready' ? '' : `, ${gpu.state} at the end`;
  const onHost =
    gpu.fallbacks === 0 ? '' : `, ${countText(gpu.fallbacks, 'work')} done on the host`;
  return [
    `gpu: ${gpu.backend} on ${[...names].join(', ')}, ${cached} from the cache${state}${onHost}`,
  ];
}

/** What went to other processes and came from them; nothing where the job has only been in reach of some. */
function transportLines(transport: JobReport['transport']): string[] {
  if (transport === undefined) return [];
  const { framesSent, bytesSent, framesReceived, bytesReceived, gpuProducts = {} } = transport;
  if (framesSent + framesReceived === 0) return [];
  const sent = `${countText(framesSent, 'frame')} sent (${bytesText(bytesSent)})`;
  const made = Object.entries(gpuProducts).map(
    ([backend, products]) => `${countText(products, 'product')} made by ${backend}`,
  );
  const received = `${numberText(framesReceived)} received (${bytesText(bytesReceived)})`;
  return [[`transport: ${sent}`, received, ...made].join(', ')];
}

/** Modules by the time they took; in the order of the report where it was not measured. */
function modulesTable(report: JobReport): string {
  const modules = Object.entries(report.modules);
  if (modules.length === 0) return '';
  const total = modules.reduce((sum, [, { wallMs }]) => sum + (wallMs ?? 0), 0);
  const timed = modules.some(([, { wallMs }]) => wallMs !== null);
  const sorted = timed
    ? modules.toSorted(([, a], [, b]) => (b.wallMs ?? 0) - (a.wallMs ?? 0))
    : modules;
  const columns = [
    'run',
    'passed',
    'rejected',
    'failed',
    ...(timed ? ['ms', 'µs/run', 'time'] : []),
  ];
  return textTable(
    [{ title: 'module' }, { title: 'type' }, ...columns.map(rightAligned)],
    sorted.map(([label, module]) => [
      label,
      module.type,
      ...[module.run, module.passed, module.rejected, module.failed].map(numberText),
      ...(timed ? timeCells(module, total) : []),
    ]),
  );
}

function timeCells({ wallMs, run }: ModuleReport, total: number): string[] {
  if (wallMs === null) return ['', '', ''];
  const each = run === 0 ? '' : numberText(Number(((1000 * wallMs) / run).toPrecision(3)));
  return [wallMs.toFixed(1), each, percentText(wallMs, total)];
}

function rightAligned(title: string) {
  return { title, align: 'right' as const };
}

function pathsTable(report: JobReport): string {
  const row =
    (kind: string) =>
    ([name, path]: readonly [string, PathReport]) => [
      name,
      kind,
      ...[path.run, path.pass, path.fail, path.exception].map(numberText),
    ];
  const rows = [
    ...Object.entries(report.paths).map(row('path')),
    ...Object.entries(report.endPaths).map(row('end path')),
  ];
  if (rows.length === 0) return '';
  const counts = ['run', 'pass', 'fail', 'exception'].map(rightAligned);
  return textTable([{ title: 'path' }, { title: 'kind' }, ...counts], rows);
}

/** What each module of a job returned at its end, for people; nothing for one that returned nothing. */
export function moduleSummaries(report: JobReport): string[] {
  return Object.entries(report.modules)
    .map(([label, { summary }]) => moduleSummary(label, summary))
    .filter((text) => text !== '');
}

function moduleSummary(label: string, summary: unknown): string {
  const lines = summaryLines(summary);
  if (lines.length === 0) return '';
  if (lines.length === 1 && lines[0]?.name === '') return `${label}  ${lines[0].text}\n`;
  const shown = lines.slice(0, linesMax);
  const width = Math.max(...shown.map(({ name }) => name.length));
  const text = ({ name, text: value }: SummaryLine) => `  ${name.padEnd(width)}  ${value}\n`;
  const more = lines.length - shown.length;
  const rest =
    more > 0 ? `  … and ${more} more, all of them in the report (--report FILE.json)\n` : '';
  return `${label}\n${shown.map(text).join('')}${rest}`;
}

/** The last lines of a summary: files, and how many errors there were. */
export function summaryTail(
  report: { readonly errors: readonly ErrorReport[]; readonly errorCount: number },
  lines: readonly WrittenFile[],
): string {
  const all =
    report.errorCount === 0 ? lines : [...lines, { what: 'errors', file: errorsText(report) }];
  return all.map(({ what, file }) => `${what.padEnd(10)}  ${file}\n`).join('');
}

function tail(report: JobReport, files: readonly WrittenFile[]): string {
  const digest = report.digest === undefined ? [] : [{ what: 'digest', file: report.digest }];
  return summaryTail(report, [...digest, ...files]);
}

function errorsText(report: Parameters<typeof summaryTail>[0]): string {
  const counts = new Map<string, number>();
  for (const { category } of report.errors) counts.set(category, (counts.get(category) ?? 0) + 1);
  const each = [...counts].map(([category, count]) => `${category} ${numberText(count)}`);
  const rest = report.errorCount - report.errors.length;
  return [...each, ...(rest > 0 ? [`not listed ${numberText(rest)}`] : [])].join(', ');
}
