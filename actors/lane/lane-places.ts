/** Which part of the job a lane is. */
export interface LanePlace {
  readonly index: number;
  /** The EDM streams of the lane, as they are counted in the job. */
  readonly streams: readonly number[];
  /** Lanes of the job. */
  readonly lanes: number;
}

/** Spreads EDM streams over lanes in turn. A lane that would have none is left out. */
export function lanePlaces(threads: number, streams: number): LanePlace[] {
  const lanes = Math.min(threads, streams);
  return Array.from({ length: lanes }, (_, index) => ({
    index,
    streams: Array.from({ length: streams }, (_, stream) => stream).filter(
      (stream) => stream % lanes === index,
    ),
    lanes,
  }));
}

/** Says that lanes will idle, where there are fewer EDM streams than threads. */
export function idleLanes(threads: number, streams: number): string | undefined {
  const idle = threads - lanePlaces(threads, streams).length;
  if (idle === 0) return undefined;
  const lanes = idle === 1 ? '1 lane' : `${String(idle)} lanes`;
  return `${String(threads)} threads for ${String(streams)} EDM streams: ${lanes} will idle; raise --streams`;
}
