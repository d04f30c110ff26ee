import { branchName, type EventPrincipal, type JobDigest } from '../../edm/index.ts';
import type { EventClaims } from '../source/claims.ts';
import type { JobOptions } from '../job/job-options.ts';
import type { LaneGpu } from '../gpu/index.ts';
import type { LaneConnection } from '../lane/lane-connection.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';

/** Who wants to know the products of an event. */
export interface EventObservers {
  readonly digest: JobDigest | undefined;
  readonly onEvent: JobOptions['onEvent'];
}

/** What to call when an event is done; `undefined` where nobody wants to know. What the framework puts is left out. */
export function eventDone(
  { tables, registry }: ResolvedProcess,
  principal: EventPrincipal,
  { digest, onEvent }: EventObservers,
): (() => void) | undefined {
  if (digest === undefined && onEvent === undefined) return undefined;
  const products = tables.event.branches.flatMap((branch, slot) =>
    registry.makerOf('event', slot) === undefined
      ? []
      : [{ branch, slot, name: branchName(branch) }],
  );
  return () => {
    const { ordinal } = principal;
    const seen: Record<string, unknown> = {};
    for (const { branch, slot, name } of products) {
      const product = principal.products[slot];
      if (product === undefined) continue;
      seen[name] = product;
      if (branch.type.layout !== 'transient') digest?.add(branch, branch.type, ordinal, product);
    }
    onEvent?.(ordinal, seen);
  };
}

/** What to call when an event of an EDM stream has been dealt with in any way; `undefined` where nobody is to know. */
export function eventEnded(
  streamIndex: number,
  {
    claims,
    connection,
    gpu,
  }: {
    readonly claims: EventClaims;
    readonly connection: LaneConnection | undefined;
    readonly gpu: LaneGpu | undefined;
  },
): ((principal: EventPrincipal) => void) | undefined {
  const done = claims.done?.bind(claims);
  const usesGpu = gpu?.isNeeded === true;
  if (!usesGpu && connection === undefined) return done;
  return (principal) => {
    if (usesGpu) gpu.eventEnded(streamIndex);
    connection?.eventEnded(principal);
    done?.(principal);
  };
}
