import { listedError } from '../../edm/index.ts';
import type { LinkEnd } from './contract.ts';

/** A sender or receiver as it declares itself when it is constructed. */
export interface PairPort {
  readonly label: string;
  readonly upstream: string;
  readonly instance: number;
  /** What it sends or receives, once the process is resolved. */
  readonly end: () => LinkEnd;
}

/** Adds a sender or receiver to those of a lane; it is the same one in each EDM stream. Without a mesh it does nothing. */
export function addPair(pairs: PairPort[] | undefined, pair: PairPort): void {
  if (pairs?.every(({ label }) => label !== pair.label)) pairs.push(pair);
}

/**
 * The ends that go the way of each origin: labels of controllers, or `source`. A sender or receiver may name another one
 * as its upstream, which is followed to its origin; it comes after that one. Throws `EDMESH_CONFIGURATION` that lists what
 * leads nowhere.
 */
export function endsByOrigin(
  pairs: readonly PairPort[],
  origins: readonly string[],
): ReadonlyMap<string, readonly LinkEnd[]> {
  const byLabel = new Map(pairs.map((pair) => [pair.label, pair]));
  const ends = new Map<string, LinkEnd[]>(origins.map((origin) => [origin, []]));
  const problems: string[] = [];
  const placed = pairs.map((pair) => {
    const seen = new Set<string>();
    let at = pair.upstream;
    while (!ends.has(at) && !seen.has(at)) {
      seen.add(at);
      at = byLabel.get(at)?.upstream ?? at;
    }
    return { pair, origin: at, stepsFromOrigin: seen.size };
  });
  for (const { pair, origin } of placed.sort((a, b) => a.stepsFromOrigin - b.stepsFromOrigin)) {
    const found = ends.get(origin);
    if (found === undefined) {
      problems.push(
        `${pair.label}: its upstream '${pair.upstream}' leads to no MPIController or MPISource`,
      );
    } else found.push(pair.end());
  }
  if (problems.length > 0) throw listedError('EDMESH_CONFIGURATION', 'MPI modules', problems);
  return ends;
}
