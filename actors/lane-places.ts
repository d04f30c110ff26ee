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

/** Says that lanes will idle, where there are fewer EDM streams than threads. */
export function idleLanes(threads: number, streams: number): string | undefined {
  const idle = threads - lanePlaces(threads, streams).length;
  if (idle === 0) return undefined;
  const lanes = idle === 1 ? '1 lane' : `${String(idle)} lanes`;
  return `${String(threads)} threads for ${String(streams)} EDM streams: ${lanes} will idle; raise --streams`;
}
