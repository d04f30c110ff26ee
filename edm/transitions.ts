/** Every transition a module can act on, in the order of one run with one lumi. */
export const transitionNames = [
  'beginJob',
  'beginStream',
  'beginRun',
  'streamBeginRun',
  'beginLumi',
  'streamBeginLumi',
  'event',
  'streamEndLumi',
  'endLumi',
  'streamEndRun',
  'endRun',
  'endStream',
  'endJob',
] as const;

/** The name of a transition. */
export type TransitionName = (typeof transitionNames)[number];

/** How often each transition took place. */
export type TransitionCounts = Record<TransitionName, number>;

/** Counts that are all zero. */
export function noTransitions(): TransitionCounts {
  return {
    beginJob: 0,
    beginStream: 0,
    beginRun: 0,
    streamBeginRun: 0,
    beginLumi: 0,
    streamBeginLumi: 0,
    event: 0,
    streamEndLumi: 0,
    endLumi: 0,
    streamEndRun: 0,
    endRun: 0,
    endStream: 0,
    endJob: 0,
  };
}
