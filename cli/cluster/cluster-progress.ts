import type { JobProgress } from '../../actors/index.ts';
import { numberText } from '../number-text.ts';
import { progressIntervalsMs, progressLine } from '../run/progress.ts';
import type { Terminal } from '../terminal.ts';

/** Where a process of a cluster stands. */
export interface MemberProgress {
  readonly name: string;
  readonly hasController: boolean;
  /** `undefined` before it has said anything. */
  readonly progress: JobProgress | undefined;
}

const phases: readonly JobProgress['phase'][] = [
  'constructing',
  'warmingUp',
  'running',
  'draining',
  'ending',
  'ended',
];

/** Where a cluster stands: its events are those of the processes without a controller, its phase is that of the last. */
export function clusterProgress(members: readonly MemberProgress[]): JobProgress {
  const counted = members.filter(({ hasController }) => !hasController);
  const first = counted.length === 0 ? members : counted;
  const each = first.map(({ progress }) => progress);
  const phase = Math.min(
    ...members.map(({ progress }) => phases.indexOf(progress?.phase ?? 'constructing')),
  );
  return {
    phase: phases[phase] ?? 'constructing',
    events: each.reduce((total, progress) => total + (progress?.events ?? 0), 0),
    eventsExpected: each.reduce<number | undefined>(
      (total, progress) =>
        total === undefined || progress?.eventsExpected === undefined
          ? undefined
          : total + progress.eventsExpected,
      0,
    ),
    runningSeconds: Math.max(0, ...members.map(({ progress }) => progress?.runningSeconds ?? 0)),
  };
}

/** Where a cluster stands, as one line: what a job shows, and the events of each process where there is room for them. */
export function clusterProgressLine(
  members: readonly MemberProgress[],
  runForSeconds: number | undefined,
  columns: number,
): string {
  const late = members.filter(
    ({ progress }) => (progress?.phase ?? 'constructing') === 'constructing',
  );
  if (late.length > 0) return `constructing ${late.map(({ name }) => name).join(', ')}`;
  const each = members.map(({ name, progress }) => `${name} ${numberText(progress?.events ?? 0)}`);
  const tail = ` (${each.join(', ')})`;
  const whole = clusterProgress(members);
  const line = progressLine(whole, runForSeconds, Math.max(0, columns - tail.length));
  return columns > 0 && line.length + tail.length > columns ? line : line + tail;
}

/** Shows where a cluster stands until the returned function is called, as a job does. */
export function showCluster(
  members: () => readonly MemberProgress[],
  runForSeconds: number | undefined,
  terminal: Terminal,
  intervals: Readonly<typeof progressIntervalsMs> = progressIntervalsMs,
): () => void {
  const show = (): void => {
    if (terminal.interactive) {
      terminal.drawLine(clusterProgressLine(members(), runForSeconds, terminal.columns - 1));
    } else {
      terminal.err(`${clusterProgressLine(members(), runForSeconds, 0)}\n`);
    }
  };
  const timer = setInterval(show, terminal.interactive ? intervals.drawn : intervals.plain);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (terminal.interactive) terminal.drawLine('');
  };
}
