import type { MutableEventId } from '../edm/index.ts';

const numbersPerId = 4;

/** The ids of all events of an input, in memory that threads can share: run, lumi, event and time of each. */
export function packIds(ids: readonly Readonly<MutableEventId>[]): Float64Array<SharedArrayBuffer> {
  const bytes = ids.length * numbersPerId * Float64Array.BYTES_PER_ELEMENT;
  const packed = new Float64Array(new SharedArrayBuffer(bytes));
  ids.forEach(({ run, lumi, event, timeUs }, index) => {
    packed.set([run, lumi, event, timeUs], index * numbersPerId);
  });
  return packed;
}

/** How many ids there are. */
export function idCount(packed: Float64Array): number {
  return packed.length / numbersPerId;
}

/** Fills the id of an event. The index must be below {@link idCount}. */
export function unpackId(packed: Float64Array, index: number, id: MutableEventId): void {
  const at = index * numbersPerId;
  id.run = packed[at] as number;
  id.lumi = packed[at + 1] as number;
  id.event = packed[at + 2] as number;
  id.timeUs = packed[at + 3] as number;
}
