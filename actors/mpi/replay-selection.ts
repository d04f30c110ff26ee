import { EdmeshError, formatEventId, type EventId } from '../../edm/index.ts';

/** An event as a journal lists it. */
export interface RecordedEvent extends EventId {
  readonly ordinal: number;
  /** The number of its luminosity block in the job. */
  readonly block: number;
}

/** Which events a replay is about. What is left out is everything. */
export interface ReplayWish {
  readonly event?: EventWish;
  readonly from?: EventWish;
  readonly to?: EventWish;
}

/** An event by its id, and by its ordinal where several have that id. */
export interface EventWish extends EventId {
  readonly ordinal?: number;
}

/** The events of a replay, and the blocks and runs that they need, with the numbers that these have in it. */
export interface ReplaySelection {
  readonly ordinals: ReadonlySet<number>;
  readonly first: number;
  readonly last: number;
  /** By their numbers in the journal. */
  readonly blocks: ReadonlyMap<number, number>;
  readonly runs: ReadonlyMap<number, number>;
}

/**
 * Selects what a wish names of the events of a process. `runOf` gives the number of the run of a block. Throws
 * `EDMESH_REPLAY_REFUSED`, and `EDMESH_COMMAND_LINE` for an id that several events have and for a range without any.
 */
export function selectEvents(
  events: readonly RecordedEvent[],
  wish: ReplayWish,
  runOf: (block: number) => number,
): ReplaySelection {
  const { event, from, to } = wish;
  const one = event === undefined ? undefined : found(events, event);
  const first = one ?? (from === undefined ? 0 : found(events, from));
  const last = one ?? (to === undefined ? Number.POSITIVE_INFINITY : found(events, to));
  const chosen = events.filter(({ ordinal }) => ordinal >= first && ordinal <= last);
  if (chosen.length === 0) {
    throw new EdmeshError('EDMESH_COMMAND_LINE', '--to: that event came before the one of --from');
  }
  const inOrder = (numbers: readonly number[]): number[] =>
    [...new Set(numbers)].sort((a, b) => a - b);
  const blocks = inOrder(chosen.map(({ block }) => block));
  const runs = inOrder(blocks.map(runOf));
  const ordinals = inOrder(chosen.map(({ ordinal }) => ordinal));
  return {
    ordinals: new Set(ordinals),
    first: ordinals[0] ?? 0,
    last: ordinals.at(-1) ?? 0,
    blocks: new Map(blocks.map((block, at) => [block, at])),
    runs: new Map(runs.map((run, at) => [run, at])),
  };
}

function found(events: readonly RecordedEvent[], wish: EventWish): number {
  const same = events.filter(
    ({ run, lumi, event, ordinal }) =>
      run === wish.run &&
      lumi === wish.lumi &&
      event === wish.event &&
      (wish.ordinal ?? ordinal) === ordinal,
  );
  const ordinals = [...new Set(same.map(({ ordinal }) => ordinal))];
  const id = formatEventId(wish);
  const [ordinal] = ordinals;
  if (ordinal === undefined) {
    const at = wish.ordinal === undefined ? '' : ` with ordinal ${String(wish.ordinal)}`;
    throw new EdmeshError(
      'EDMESH_REPLAY_REFUSED',
      `the journal has no event ${id}${at} of this process; see which there are with --list`,
      { fields: { ...idOf(wish) } },
    );
  }
  if (ordinals.length === 1) return ordinal;
  const some = ordinals.slice(0, 3).map((each) => `${id}@${String(each)}`);
  throw new EdmeshError(
    'EDMESH_COMMAND_LINE',
    `${String(ordinals.length)} events have the id ${id}; name one with its ordinal: ${some.join(', ')}`,
    { fields: { ...idOf(wish) } },
  );
}

function idOf({ run, lumi, event }: EventId): EventId {
  return { run, lumi, event };
}
