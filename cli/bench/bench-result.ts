import type { BenchPoint } from './bench-points.ts';
import type { ScanResult } from './bench-scan.ts';

/** The machine that a scan ran on. */
export interface BenchHost {
  /** Cores that the process may use. */
  readonly cpus: number;
  readonly model: string;
  /** Version of Node. */
  readonly node: string;
}

/** All that is known about a scan at its end. */
export interface BenchResult extends ScanResult {
  /** Version of edmesh. */
  readonly version: string;
  readonly generatedAt: Date;
  /** The absolute path of the config. */
  readonly config: string;
  /** The name of the process. */
  readonly process: string;
  readonly host: BenchHost;
  readonly options: {
    readonly repeat: number;
    readonly eventsPerStream: number | null;
    /** What every run was given besides threads and EDM streams. */
    readonly passed: readonly string[];
  };
  readonly points: readonly BenchPoint[];
}

/** The result of a scan as JSON. */
export function benchJson(result: BenchResult): string {
  return `${JSON.stringify(result, undefined, 2)}\n`;
}
