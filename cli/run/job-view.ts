import type { Job, JobOptions } from '../../actors/index.ts';
import { EdmeshError } from '../../edm/index.ts';
import { processingLine } from '../cluster/machine-lines.ts';
import { watchSignals } from '../signals.ts';
import type { Terminal } from '../terminal.ts';

/** What ended a job early, if anything did; until it is stopped. */
export interface EndWatch {
  /** What an early end has to be called in the report. */
  readonly received: EdmeshError | undefined;
  stop(): void;
}

/** Sees how a job goes, and may end it early. */
export interface JobView {
  /** How many events there will be, `undefined` where nobody knows; told once, when the job knows. */
  announce(options: JobOptions, events: number | undefined): void;
  /** Shows where the job stands, until the returned function is called. */
  show(job: Pick<Job, 'progress'>, options: JobOptions): Promise<() => void>;
  /** Calls `drain` with a text for the log when the job has to end early. */
  watch(drain: (text: string) => void): EndWatch;
}

/** A job that is all that this command does: on its terminal, ended by the signals of this OS process. */
export function terminalView(terminal: Terminal, quiet: boolean): JobView {
  return {
    announce(options, events) {
      terminal.out(processingLine(options, events));
    },
    async show(job, { runForSeconds }) {
      if (quiet) return () => undefined;
      const { showProgress } = await import('./progress.ts');
      return showProgress(job, runForSeconds, terminal);
    },
    watch(drain) {
      const signals = watchSignals((signal) => {
        drain(`${signal}: draining events in flight; a second one aborts at once`);
      });
      return {
        get received() {
          return signals.received === undefined ? undefined : interrupted(signals.received);
        },
        stop() {
          signals.stop();
        },
      };
    },
  };
}

/** The error of a job that a signal ended early. */
export function interrupted(signal: string): EdmeshError {
  return new EdmeshError('EDMESH_INTERRUPTED', `${signal} ended the job early`, {
    fields: { signal },
  });
}

/** The error of a job that was ended early because another process of its cluster failed. */
export function othersFailed(why: string): EdmeshError {
  return new EdmeshError('EDMESH_INTERRUPTED', `${why}, which ended the job early`);
}
