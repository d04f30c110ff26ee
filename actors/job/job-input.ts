import { EdmeshError, type SourceReader } from '../../edm/index.ts';
import { BatchFeeder, type FeederParts } from '../source/batch-feeder.ts';
import { SharedCounter } from '../source/claim-counter.ts';
import { Claims, type ClaimLimits } from '../source/claims.ts';
import type { ClaimRules, LaneInput } from '../lane/lane-handle.ts';

/** How the lanes of a job get their events from its source. */
export interface JobInput {
  readonly rules: Omit<ClaimRules, 'peers'>;
  /** Hands out batches, where the source is read in order for several lanes. */
  readonly feeder: BatchFeeder | undefined;
}

/**
 * A lane that is alone gets the reader; where there are several, what they can share of it, or each its own where events are
 * pushed. Throws `EDMESH_COMMAND_LINE` where pushed events are to be skipped or limited.
 */
export function jobInput(
  reader: SourceReader,
  limits: ClaimLimits,
  isAlone: boolean,
  feederParts: Omit<FeederParts, 'claims'>,
): JobInput {
  if (reader.kind === 'pushed') checkLimits(limits);
  if (isAlone)
    return { rules: { input: { kind: 'reader', reader }, ...limits }, feeder: undefined };
  if (reader.kind === 'pushed')
    return { rules: { input: { kind: 'pushed' }, ...limits }, feeder: undefined };
  const counter = new SharedArrayBuffer(SharedCounter.bytes);
  if (reader.kind === 'sequential') {
    const feeder = new BatchFeeder({ ...feederParts, claims: new Claims(reader, limits) });
    return { rules: { input: { kind: 'batches' }, ...limits, counter }, feeder };
  }
  const input: LaneInput =
    reader.share === undefined ? { kind: 'own' } : { kind: 'shared', shared: reader.share() };
  return { rules: { input, ...limits, counter }, feeder: undefined };
}

function checkLimits({ skip, maxEvents }: ClaimLimits): void {
  if (skip === 0 && maxEvents === -1) return;
  throw new EdmeshError(
    'EDMESH_COMMAND_LINE',
    'the events of this source are pushed to it: the process that pushes them decides how many to skip and take; ' +
      'leave out the options for events to skip, to process, to warm up with, and for a time to run',
  );
}
