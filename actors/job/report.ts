import type { TransitionCounts } from '../../edm/index.ts';
import type { TrafficCounts } from '../../transport/index.ts';
import type { GpuReport } from '../gpu/index.ts';

/** What became of one module in a job. */
export interface ModuleReport {
  readonly type: string;
  /** Events for which it ran. */
  readonly run: number;
  readonly passed: number;
  readonly rejected: number;
  readonly failed: number;
  /** Time spent in it, all EDM streams together; `null` where it was not measured. */
  readonly wallMs: number | null;
  /** What it returned at the end of the job, partials combined; `null` where it returned nothing. */
  readonly summary: unknown;
}

/** What became of one path in a job; `run` counts the events that came to it. */
export interface PathReport {
  readonly run: number;
  readonly pass: number;
  readonly fail: number;
  readonly exception: number;
}

/** One error of a job. Errors that did not end the job are listed too. */
export interface ErrorReport {
  readonly code: string;
  readonly category: string;
  readonly exitCode: number;
  readonly message: string;
  readonly contexts: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;
  readonly fatal: boolean;
  /** Stack trace, for `--log-level debug`. */
  readonly stack: string;
}

/** What a job reports at its end, however it ended. Warm-up events are in none of its numbers. */
export interface JobReport {
  readonly process: string;
  readonly configurationHash: string;
  readonly version: string;
  /** 0, or the CMS exit code. */
  readonly exitCode: number;
  /** Events processed to the end. */
  readonly events: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly eventsPerSecond: number;
  readonly peakRssBytes: number;
  readonly threads: number;
  readonly streams: number;
  readonly transitions: TransitionCounts;
  readonly modules: Readonly<Record<string, ModuleReport>>;
  readonly paths: Readonly<Record<string, PathReport>>;
  readonly endPaths: Readonly<Record<string, PathReport>>;
  /** At most {@link errorsListedMax} errors; `errorCount` counts all. */
  readonly errors: readonly ErrorReport[];
  readonly errorCount: number;
  /** What all lanes have sent to other processes and received from them; left out where the process runs alone. */
  readonly transport?: TrafficCounts;
  /** What became of the GPU; only where a module used one. */
  readonly gpu?: GpuReport;
  /** Sum over all products; only when asked for. */
  readonly digest?: string;
  /** Sum over the products of each module label; only when asked for. */
  readonly digests?: Readonly<Record<string, string>>;
}

/** A report lists no more errors than this. */
export const errorsListedMax = 100;

/** Where a job stands. */
export interface JobProgress {
  readonly phase: 'constructing' | 'warmingUp' | 'running' | 'draining' | 'ending' | 'ended';
  /** Events processed to the end. */
  readonly events: number;
  /** Events that there will be, `undefined` where nobody knows. */
  readonly eventsExpected: number | undefined;
  readonly runningSeconds: number;
}
