import { EdmeshError, type SourceReader } from '../../edm/index.ts';
import { BatchClaims } from '../source/batch-claims.ts';
import { NumberedBlocks, type BlockNumbers } from '../source/block-numbers.ts';
import { SharedCounter } from '../source/claim-counter.ts';
import { Claims, type EventClaims } from '../source/claims.ts';
import type { ConstructedSource } from '../plan/construction.ts';
import type { ClaimRules, LaneReports } from './lane-handle.ts';
import type { LaneBook } from './lane-book.ts';
import type { LaneErrors } from './lane-errors.ts';
import { PushedClaims, type PushedLane } from '../source/pushed-claims.ts';

/** How a lane gets its events. */
export interface LaneClaims {
  readonly claims: EventClaims;
  /** Says in which luminosity block each event is. */
  readonly numbers: (found: LaneReports['found']) => BlockNumbers;
  /** The reader that the lane has opened itself, and closes. */
  readonly reader?: SourceReader;
  /** The claims, where events come in batches. */
  readonly batches?: BatchClaims;
  /** The claims, where events are pushed. */
  readonly pushed?: PushedClaims;
}

/** Opens the source for a lane as the process says. Rejects with what the source throws. */
export async function laneClaims(
  rules: ClaimRules,
  source: ConstructedSource,
  reports: LaneReports,
): Promise<LaneClaims> {
  const { input } = rules;
  switch (input.kind) {
    case 'reader':
      return claimsOn(input.reader, rules);
    case 'own':
    case 'pushed': {
      const reader = await source.instance.open();
      return { ...claimsOn(reader, rules), reader };
    }
    case 'shared': {
      const reader = await source.instance.attach?.(input.shared);
      if (reader === undefined) {
        throw new EdmeshError('EDMESH_SOURCE_CONTRACT', 'the source shares, but cannot attach');
      }
      return { ...claimsOn(reader, rules), reader };
    }
    case 'batches': {
      const { batchWanted: wanted, dropped } = reports;
      const batches = new BatchClaims(source, { wanted, dropped });
      return { claims: batches, numbers: () => batches, batches };
    }
  }
}

function claimsOn(
  reader: SourceReader,
  { skip, maxEvents, counter }: ClaimRules,
): Omit<LaneClaims, 'reader'> {
  if (reader.kind === 'pushed') {
    const pushed = new PushedClaims(reader);
    return { claims: pushed, numbers: () => pushed, pushed };
  }
  const shared = counter === undefined ? undefined : new SharedCounter(counter);
  const claims = new Claims(reader, { skip, maxEvents }, shared);
  if (shared === undefined)
    return { claims, numbers: (found) => new NumberedBlocks(undefined, found) };
  const identify: ConstructorParameters<typeof NumberedBlocks>[0] = (ordinal, id) => {
    claims.identify(ordinal, id);
  };
  return { claims, numbers: (found) => new NumberedBlocks(identify, found) };
}

/** What events that are pushed tell the lane: its book, and the process. */
export function pushedLane(
  book: LaneBook,
  { found }: Pick<LaneReports, 'found'>,
  errors: Pick<LaneErrors, 'fail'>,
): PushedLane {
  return {
    announced: (info) => {
      book.announce(info);
      found(info);
    },
    closed: (number) => {
      book.closeLumi(number);
    },
    failed: (error) => {
      errors.fail(error, 'source');
    },
  };
}
