/** Where a module stands in the event of its EDM stream. The numbers are what the scheduler stores. */
export const ModuleState = {
  idle: 0,
  prefetching: 1,
  acquiring: 2,
  producing: 3,
  done: 4,
  passed: 5,
  rejected: 6,
  failed: 7,
  /** Its path stopped before it. */
  notReached: 8,
  /** Something it reads failed. */
  inputFailed: 9,
  /** A path ended with an exception before it. */
  pathFailed: 10,
} as const;

/** The first state that is final for the event. */
export const firstFinalState = ModuleState.done;

const names = [
  'idle',
  'prefetching',
  'acquiring',
  'producing',
  'done',
  'passed',
  'rejected',
  'failed',
  'not run',
  'not run',
  'not run',
] as const;

/** A state in the field's words. */
export type ModuleStateName = (typeof names)[number];

/** The name of a state code. */
export function moduleStateName(code: number): ModuleStateName {
  return names[code] ?? 'idle';
}
