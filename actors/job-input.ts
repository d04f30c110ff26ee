import type { SourceReader } from '../edm/index.ts';
import { BatchFeeder, type FeederParts } from './batch-feeder.ts';
import { SharedCounter } from './claim-counter.ts';
import { Claims, type ClaimLimits } from './claims.ts';
import type { ClaimRules, LaneInput } from './lane-handle.ts';

/** How the lanes of a job get their events from its source. */
export interface JobInput {
  readonly rules: Omit<ClaimRules, 'peers'>;
  /** Hands out batches, where the source is read in order for several lanes. */
  readonly feeder: BatchFeeder | undefined;
}

/** A lane that is alone gets the reader; where there are several, what they can share of it. */
export function jobInput(
  reader: SourceReader,
  limits: ClaimLimits,
  isAlone: boolean,
  feederParts: Omit<FeederParts, 'claims'>,
): JobInput {
  if (isAlone)
    return { rules: { input: { kind: 'reader', reader }, ...limits }, feeder: undefined };
  const counter = new SharedArrayBuffer(SharedCounter.bytes);
  if (reader.kind === 'sequential') {
    const feeder = new BatchFeeder({ ...feederParts, claims: new Claims(reader, limits) });
    return { rules: { input: { kind: 'batches' }, ...limits, counter }, feeder };
  }
  const input: LaneInput =
    reader.share === undefined ? { kind: 'own' } : { kind: 'shared', shared: reader.share() };
  return { rules: { input, ...limits, counter }, feeder: undefined };
}
