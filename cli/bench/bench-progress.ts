import type { BenchFailure, BenchRun, PlannedRun, ScanObserver } from './bench-scan.ts';
import { combinationText } from './bench-settings.ts';
import { rateText } from './bench-table.ts';
import { durationText, numberText } from '../number-text.ts';
import { barLine, progressIntervalsMs } from '../run/progress.ts';
import type { Terminal } from '../terminal.ts';

/** Where a scan stands. */
export interface ScanProgress {
  readonly run: PlannedRun;
  /** Runs that are over. */
  readonly done: number;
  /** Runs altogether. */
  readonly total: number;
  /** Since the scan began. */
  readonly seconds: number;
  /** Since the scan began, when the last run that is over ended. */
  readonly doneSeconds: number;
}

/** Where a scan stands, as one line: runs, what runs now, time left as the runs so far make it look. */
export function scanProgressLine(progress: ScanProgress, columns: number): string {
  const { run, done, total, seconds, doneSeconds } = progress;
  const left = (doneSeconds / done) * total - seconds;
  const parts = [
    `${numberText(done)} of ${numberText(total)} runs`,
    combinationText(run),
    ...(done === 0 ? [] : [`${durationText(Math.max(0, left))} left`]),
  ];
  return barLine(done / total, parts.join(', '), columns);
}

/** An observer that shows how a scan goes, until it is stopped. */
export interface ShownScan extends ScanObserver {
  stop(): void;
}

/**
 * Shows where a scan stands: on a terminal one line drawn anew, elsewhere a plain line after each run, and nothing where
 * it should be quiet. A failed run is always told, with its error text; the same text a second time only in brief.
 */
export function showScan(terminal: Terminal, now: () => number, quiet: boolean): ShownScan {
  const startedMs = now();
  let doneSeconds = 0;
  let progress: Omit<ScanProgress, 'seconds'> | undefined;
  const told = new Set<string>();
  const draws = terminal.interactive && !quiet;
  const draw = (): void => {
    if (progress === undefined) return;
    const seconds = (now() - startedMs) / 1000;
    terminal.drawLine(scanProgressLine({ ...progress, seconds }, terminal.columns - 1));
  };
  const timer = draws ? setInterval(draw, progressIntervalsMs.drawn) : undefined;
  timer?.unref();
  return {
    began(run, done, total) {
      progress = { run, done, total, doneSeconds };
      if (draws) draw();
    },
    ended(run) {
      doneSeconds = (now() - startedMs) / 1000;
      if ('status' in run) {
        terminal.err(failureText(run, told.has(run.text)));
        told.add(run.text);
      } else if (!draws && !quiet) {
        const place = `${numberText((progress?.done ?? 0) + 1)} of ${numberText(progress?.total ?? 0)}`;
        terminal.err(`run ${place}: ${runText(run)}\n`);
      }
    },
    stop() {
      clearInterval(timer);
      if (draws) terminal.drawLine('');
    },
  };
}

function runText(run: BenchRun): string {
  return `${combinationText(run)}: ${rateText(run.eventsPerSecond)} events/s`;
}

function failureText(failure: BenchFailure, again: boolean): string {
  const { status, text, repeat } = failure;
  const head = `${combinationText(failure)}: run ${repeat} failed with status ${status}`;
  if (again) return `${head}, with the same error\n`;
  const lines = text.trimEnd().split('\n');
  return `${head}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
