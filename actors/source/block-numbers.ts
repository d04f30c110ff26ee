import { idProblem, type EventPrincipal, type MutableEventId } from '../../edm/index.ts';
import { isIn, type LumiInfo } from './blocks.ts';

/** Says in which luminosity block an event is. */
export interface BlockNumbers {
  /** The block of an event that was just claimed; the same object for all events of a block. Claims come in order. */
  blockOf(principal: EventPrincipal): LumiInfo;
  /** The claimed event has been counted to its block. */
  counted?(info: LumiInfo): void;
}

/** Fills the ids of the event with an ordinal. */
export type IdentifyOrdinal = (ordinal: number, id: MutableEventId) => void;

/**
 * Numbers the runs and luminosity blocks in the order of the data. A lane that shares its source with others claims only
 * some of the events; it looks at the ids of those between, so that every lane numbers alike without asking anybody.
 */
export class NumberedBlocks implements BlockNumbers {
  readonly #identify: IdentifyOrdinal | undefined;
  readonly #found: (info: LumiInfo) => void;
  readonly #passed: MutableEventId = { run: 0, lumi: 0, event: 0, timeUs: 0 };
  #current: LumiInfo | undefined;
  #events = 0;

  /** Without `identify` all events come this way. `found` is told of every block, in order. */
  constructor(identify: IdentifyOrdinal | undefined, found: (info: LumiInfo) => void) {
    this.#identify = identify;
    this.#found = found;
  }

  blockOf(principal: EventPrincipal): LumiInfo {
    if (this.#identify !== undefined && principal.ordinal !== this.#events) {
      this.#pass(this.#identify, principal.ordinal);
    }
    return this.#at(principal);
  }

  #pass(identify: IdentifyOrdinal, upTo: number): void {
    const id = this.#passed;
    for (let ordinal = this.#events; ordinal < upTo; ordinal++) {
      identify(ordinal, id);
      this.#at(id);
    }
  }

  /** The block of the next event. One whose ids are none is counted to the block of the event before. */
  #at(id: Readonly<MutableEventId>): LumiInfo {
    const current = this.#current;
    if (current !== undefined && isIn(id, current)) {
      this.#events++;
      return current;
    }
    if (idProblem(id) === undefined) return this.#next(id);
    if (current === undefined) return this.#next({ run: 0, lumi: 0, event: 0, timeUs: 0 });
    this.#events++;
    return current;
  }

  #next(id: Readonly<MutableEventId>): LumiInfo {
    const before = this.#current;
    const run =
      before?.run.run === id.run
        ? before.run
        : {
            number: before === undefined ? 0 : before.run.number + 1,
            run: id.run,
            firstLumi: id.lumi,
            timeUs: id.timeUs,
          };
    const info: LumiInfo = {
      number: before === undefined ? 0 : before.number + 1,
      run,
      lumi: id.lumi,
      timeUs: id.timeUs,
      eventsBefore: this.#events++,
    };
    this.#current = info;
    this.#found(info);
    return info;
  }
}
