import type { RunningChild, StartChild } from './bench-run.ts';
import type { Combination } from './bench-settings.ts';
import { readProcessedLine, type ProcessedLine } from '../cluster/machine-lines.ts';
import type { EndSignal } from '../signals.ts';

/** One of the runs of a combination. */
export interface PlannedRun extends Combination {
  /** Which one of them, from 1 on. */
  readonly repeat: number;
}

/** A run that ended well. */
export interface BenchRun extends PlannedRun, ProcessedLine {
  /** `null` where it could not be measured. */
  readonly peakRssBytes: number | null;
}

/** A run that failed. */
export interface BenchFailure extends PlannedRun {
  /** The exit status of its process. */
  readonly status: number;
  /** What it wrote to standard error. */
  readonly text: string;
}

/** What came of a scan. */
export interface ScanResult {
  readonly runs: readonly BenchRun[];
  readonly failures: readonly BenchFailure[];
}

/** Is told how a scan goes. */
export interface ScanObserver {
  /** A run begins, after so many of so many; the total shrinks when a combination is given up. */
  began(run: PlannedRun, done: number, total: number): void;
  ended(run: BenchRun | BenchFailure): void;
}

/** What {@link startScan} runs. */
export interface ScanInput {
  readonly combinations: readonly Combination[];
  readonly repeat: number;
  /** The arguments of the run of a combination. */
  readonly runArguments: (combination: Combination) => readonly string[];
  readonly startChild: StartChild;
  readonly observer: ScanObserver;
}

/** A scan under way. */
export interface Scan {
  readonly ended: Promise<ScanResult>;
  /** Sends the signal to the run under way, which then counts as nothing, and begins no other. */
  stop(signal: EndSignal): void;
}

/**
 * Runs every combination as often as it should, one run at a time. All combinations have their first run before one has
 * its second, so that a drift of the machine hits all alike. A combination that failed does not run again.
 */
export function startScan(input: ScanInput): Scan {
  let stopped = false;
  let child: RunningChild | undefined;
  const scan = async (): Promise<ScanResult> => {
    const runs: BenchRun[] = [];
    const failures: BenchFailure[] = [];
    let waiting = plannedRuns(input);
    for (let run = waiting[0]; run !== undefined && !stopped; run = waiting[0]) {
      const done = runs.length + failures.length;
      input.observer.began(run, done, done + waiting.length);
      child = input.startChild(input.runArguments(run));
      const result = await resultOf(run, child);
      child = undefined;
      waiting = waiting.slice(1);
      if ('events' in result) {
        runs.push(result);
      } else {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- stop() may have been called meanwhile
        if (stopped) break;
        failures.push(result);
        const { threads, streams } = run;
        waiting = waiting.filter((each) => each.threads !== threads || each.streams !== streams);
      }
      input.observer.ended(result);
    }
    return { runs, failures };
  };
  return {
    ended: scan(),
    stop(signal) {
      stopped = true;
      child?.kill(signal);
    },
  };
}

function plannedRuns({ combinations, repeat }: ScanInput): readonly PlannedRun[] {
  return Array.from({ length: repeat }, (_, i) =>
    combinations.map(({ threads, streams }) => ({ threads, streams, repeat: i + 1 })),
  ).flat();
}

async function resultOf(run: PlannedRun, child: RunningChild): Promise<BenchRun | BenchFailure> {
  const { status, out, err, peakRssBytes } = await child.ended;
  if (status !== 0) return { ...run, status, text: err };
  const line = readProcessedLine(out);
  if (line !== undefined) return { ...run, ...line, peakRssBytes: peakRssBytes ?? null };
  const text = `${err}it ended with status 0 and without the line "Processed … events in …"\n`;
  return { ...run, status, text };
}
