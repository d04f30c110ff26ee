import type { PathState, PathStatus } from '../../edm/index.ts';
import type { PathPlan } from '../plan/plan.ts';

/** The status objects of one path, made once and shared by all events. */
export class StatusTable {
  readonly #pass: PathStatus;
  readonly #fail: readonly PathStatus[];
  readonly #exception: readonly PathStatus[];

  constructor(length: number) {
    const table = (state: PathState) =>
      Array.from({ length: Math.max(1, length) }, (_, index) => Object.freeze({ state, index }));
    this.#pass = Object.freeze({ state: 'pass', index: Math.max(0, length - 1) });
    this.#fail = table('fail');
    this.#exception = table('exception');
  }

  /** The status with which a path ended at a position. */
  get(state: PathState, index: number): PathStatus | undefined {
    if (state === 'pass') return this.#pass;
    return state === 'fail' ? this.#fail[index] : this.#exception[index];
  }
}

/** The trigger results product: the status of every path by name. */
export function triggerResults(
  paths: readonly PathPlan[],
  outcomes: readonly (PathStatus | undefined)[],
): Record<string, PathStatus> {
  const results: Record<string, PathStatus> = {};
  paths.forEach(({ name }, path) => {
    const status = outcomes[path];
    if (status !== undefined) results[name] = status;
  });
  return results;
}
