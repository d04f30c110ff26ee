import type { LanePlace } from './lane-assembly.ts';

/** Spreads EDM streams over lanes in turn. A lane that would have none is left out. */
export function lanePlaces(threads: number, streams: number): LanePlace[] {
  const lanes = Math.min(threads, streams);
  return Array.from({ length: lanes }, (_, index) => ({
    index,
    streams: Array.from({ length: streams }, (_, stream) => stream).filter(
      (stream) => stream % lanes === index,
    ),
    hasOthers: lanes > 1,
  }));
}
