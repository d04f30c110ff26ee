import { Format, Presets } from 'cli-progress';
import type { Job, JobProgress } from '../../actors/index.ts';
import { durationText, numberText } from '../number-text.ts';
import type { Terminal } from '../terminal.ts';

/** How often a progress line on a terminal is drawn anew, and how often a plain line is written elsewhere. */
export const progressIntervalsMs = { drawn: 100, plain: 10_000 };

/** Where a job stands, as one line: events, events/s and time left, with a bar where the end is known. */
export function progressLine(
  progress: JobProgress,
  runForSeconds: number | undefined,
  columns: number,
): string {
  const { phase, events, eventsExpected, runningSeconds } = progress;
  if (phase === 'constructing') return 'constructing the process';
  const rate = runningSeconds > 0 ? events / runningSeconds : 0;
  const done = doneShare(progress, runForSeconds);
  const secondsLeft =
    runForSeconds === undefined
      ? rate > 0 && eventsExpected !== undefined && Number.isFinite(eventsExpected)
        ? (eventsExpected - events) / rate
        : undefined
      : runForSeconds - runningSeconds;
  const total =
    eventsExpected !== undefined && Number.isFinite(eventsExpected) && runForSeconds === undefined
      ? ` of ${numberText(eventsExpected)}`
      : '';
  const parts = [
    `${numberText(events)}${total} events`,
    `${numberText(Math.round(rate))} events/s`,
    ...(phase === 'running' && secondsLeft !== undefined
      ? [`${durationText(Math.max(0, secondsLeft))} left`]
      : []),
    ...(phase === 'running' ? [] : [phase === 'warmingUp' ? 'warming up' : phase]),
  ];
  return done === undefined ? parts.join(', ') : barLine(done, parts.join(', '), columns);
}

/** A text after a bar that is full as far as the work is done (0 to 1), where the line has room for it. */
export function barLine(done: number, text: string, columns: number): string {
  const bar = Math.min(30, columns - text.length - 9);
  if (bar < 10) return text;
  return `${Format.BarFormat(done, barOptions(bar))} ${(100 * done).toFixed(0).padStart(3)} % ${text}`;
}

function doneShare(progress: JobProgress, runForSeconds: number | undefined): number | undefined {
  const { events, eventsExpected, runningSeconds } = progress;
  if (runForSeconds !== undefined) return Math.min(1, runningSeconds / runForSeconds);
  if (eventsExpected === undefined || !Number.isFinite(eventsExpected)) return undefined;
  return eventsExpected === 0 ? 1 : Math.min(1, events / eventsExpected);
}

function barOptions(barsize: number) {
  const { barCompleteChar, barIncompleteChar } = Presets.shades_classic;
  return {
    barsize,
    barCompleteString: barCompleteChar.repeat(barsize),
    barIncompleteString: barIncompleteChar.repeat(barsize),
    barGlue: '',
  };
}

/**
 * Shows where a job stands until the returned function is called: on a terminal one line drawn anew, elsewhere a plain
 * line now and then. Its timer does not keep the process alive.
 */
export function showProgress(
  job: Pick<Job, 'progress'>,
  runForSeconds: number | undefined,
  terminal: Terminal,
  intervals: Readonly<typeof progressIntervalsMs> = progressIntervalsMs,
): () => void {
  const show = (): void => {
    const progress = job.progress();
    if (terminal.interactive) {
      terminal.drawLine(progressLine(progress, runForSeconds, terminal.columns - 1));
    } else {
      terminal.err(`${progressLine(progress, runForSeconds, 0)}\n`);
    }
  };
  const timer = setInterval(show, terminal.interactive ? intervals.drawn : intervals.plain);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (terminal.interactive) terminal.drawLine('');
  };
}
