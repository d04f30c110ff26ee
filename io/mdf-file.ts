import type { ByteView } from './byte-view.ts';
import {
  banksProblem,
  eventHeaderProblem,
  fixedHeaderBytes,
  type RawProblem,
} from './raw-banks.ts';

/** A stretch of an MDF file: one event, or bytes in which no event could be found. */
export interface MdfStretch {
  readonly offset: number;
  readonly length: number;
  /** Why the stretch is not an event; `undefined` for an event. */
  readonly problem: RawProblem | undefined;
}

/**
 * Cuts an MDF file into events. Every byte is in exactly one stretch: where no event begins, everything up to the next
 * plausible header is one corrupt stretch, and so is a truncated end. The size of an event is believed when another event
 * or the end of the file follows, or when its banks fill it exactly.
 */
export function* scanMdf(view: ByteView): Generator<MdfStretch, void, void> {
  const size = view.byteLength;
  let offset = 0;
  while (offset < size) {
    const headerProblem = eventHeaderProblem(view, offset);
    const problem = headerProblem ?? sizeProblem(view, offset);
    if (problem === undefined) {
      const length = view.getUint32(offset, true);
      yield { offset, length, problem };
      offset += length;
    } else {
      // Up to a bank that is broken the event was sound: the next one cannot begin earlier.
      const next = nextEvent(view, headerProblem === undefined ? problem.offset : offset + 1);
      yield { offset, length: next - offset, problem };
      offset = next;
    }
  }
}

/** What is wrong with an event that nothing plausible follows. */
function sizeProblem(view: ByteView, offset: number): RawProblem | undefined {
  const end = offset + view.getUint32(offset, true);
  const followed = end === view.byteLength || eventHeaderProblem(view, end) === undefined;
  return followed ? undefined : banksProblem(view, offset, end);
}

/** Where the next plausible event begins, from an offset on; the end of the file where there is none. */
function nextEvent(view: ByteView, from: number): number {
  const last = view.byteLength - fixedHeaderBytes;
  for (let offset = from; offset < last; offset++) {
    if (view.getUint32(offset, true) !== view.getUint32(offset + 4, true)) continue;
    if (eventHeaderProblem(view, offset) === undefined) return offset;
  }
  return view.byteLength;
}
