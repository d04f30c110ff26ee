import type { JobProgress, JobReport } from '../../actors/index.ts';
import type { PlannedMember } from './cluster-plan.ts';
import type { EndSignal } from '../signals.ts';

/** How a process of a cluster came to its end. */
export interface MemberOutcome {
  /** `undefined` where it was lost: it said nothing any more. */
  readonly report: JobReport | undefined;
  /** Its exit status; `null` where a signal ended it. */
  readonly status: number | null;
  readonly signal: string | null;
  /** Why it could not even start. */
  readonly problem?: string;
}

/** Is told what a process of a cluster does. */
export interface MemberObserver {
  /** Its job has begun; how many events there will be, where that is known. */
  announced(events: number | undefined): void;
  progressed(progress: JobProgress): void;
  /** It has written text to standard output, or to standard error. */
  wrote(where: 'out' | 'err', text: string): void;
}

/** A process of a cluster that has been started. */
export interface RunningMember {
  /** Never rejects. */
  readonly ended: Promise<MemberOutcome>;
  /** Passes a signal on to it. */
  signal(signal: EndSignal): void;
  /** Asks it to drain and end, for a reason that its report will give. */
  drain(why: string): void;
  /** Ends it at once. */
  kill(): void;
}

/** Starts a process of a cluster. */
export type StartMember = (member: PlannedMember, observer: MemberObserver) => RunningMember;
