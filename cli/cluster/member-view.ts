import type { JobProgress } from '../../actors/index.ts';
import type { EdmeshError } from '../../edm/index.ts';
import type { MemberObserver } from './cluster-member.ts';
import type { JobView } from '../run/job-view.ts';

/** How often a process of a cluster tells where it stands. */
const progressMs = 200;

/** A job that is one of several: what it does is told, and it ends early when `end` says so. */
export interface MemberView extends JobView {
  /** Lets the job drain; the error says why in its report. Only the first call counts; it may come before the job. */
  end(why: EdmeshError): void;
}

/** The view of a job that is one of several. */
export function memberView(told: Pick<MemberObserver, 'announced' | 'progressed'>): MemberView {
  let received: EdmeshError | undefined;
  let drain: (text: string) => void = () => undefined;
  const tell = ({ message }: EdmeshError): void => {
    drain(`${message}: draining events in flight`);
  };
  return {
    announce(_options, events) {
      told.announced(events);
    },
    show(job) {
      let last: JobProgress | undefined;
      const timer = setInterval(() => {
        const progress = job.progress();
        const isNew = progress.events !== last?.events || progress.phase !== last.phase;
        last = progress;
        if (isNew) told.progressed(progress);
      }, progressMs);
      timer.unref();
      return Promise.resolve(() => {
        clearInterval(timer);
      });
    },
    watch(callback) {
      drain = callback;
      if (received !== undefined) tell(received);
      return {
        get received() {
          return received;
        },
        stop() {
          drain = () => undefined;
        },
      };
    },
    end(why) {
      if (received !== undefined) return;
      received = why;
      tell(why);
    },
  };
}
