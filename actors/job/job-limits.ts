import type { ProcessOptions } from '../../edm/index.ts';
import type { ClaimLimits } from '../source/claims.ts';
import type { JobOptions } from './job-options.ts';
import type { LaneTraits } from '../lane/lane-handle.ts';

/** How many events a job takes from its source. One that runs for a time takes events on and on. */
export function claimLimits({ skipEvents, maxEvents, runForSeconds }: JobOptions): ClaimLimits {
  const isEndless = maxEvents < 0 && runForSeconds !== undefined;
  return { skip: skipEvents, maxEvents: isEndless ? Number.POSITIVE_INFINITY : maxEvents };
}

/** How many blocks may be open; a `one` module that acts on runs or lumis sees one at a time. */
export function blockLimits(
  { concurrentLumis, concurrentRuns }: Pick<ProcessOptions, 'concurrentLumis' | 'concurrentRuns'>,
  streams: number,
  { oneLumi, oneRun }: Pick<LaneTraits, 'oneLumi' | 'oneRun'>,
): { readonly lumis: number; readonly runs: number } {
  const lumis = concurrentLumis === 0 ? Math.min(2, streams) : concurrentLumis;
  return { lumis: oneLumi ? 1 : lumis, runs: oneRun ? 1 : concurrentRuns };
}
