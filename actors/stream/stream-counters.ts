/** Counts of one EDM stream: for each module how often it ran, rejected, failed, and how long it took. */
export class StreamCounters {
  readonly run: Float64Array;
  readonly rejected: Float64Array;
  readonly failed: Float64Array;
  readonly wallMs: Float64Array;

  constructor(modules: number) {
    this.run = new Float64Array(modules);
    this.rejected = new Float64Array(modules);
    this.failed = new Float64Array(modules);
    this.wallMs = new Float64Array(modules);
  }

  /** Counts a module that has come to its end in an event. */
  ran(node: number): void {
    this.run[node] = (this.run[node] ?? 0) + 1;
  }

  /** Counts a filter that has rejected. */
  hasRejected(node: number): void {
    this.rejected[node] = (this.rejected[node] ?? 0) + 1;
  }

  /** Counts a failure, unless the exception policy ignores it. */
  hasFailed(node: number): void {
    this.failed[node] = (this.failed[node] ?? 0) + 1;
  }

  /** Adds time spent in a module. */
  addWall(node: number, ms: number): void {
    this.wallMs[node] = (this.wallMs[node] ?? 0) + ms;
  }
}
