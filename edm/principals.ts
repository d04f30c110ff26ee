import type { ProcessHistory } from './provenance.ts';
import type { MutableEventId } from './ids.ts';

/** The products of one run or lumi, by slot. */
export interface LevelStore {
  readonly products: unknown[];
  /** What is put from now on, by slot, beside what was there before; kept where it is to be combined elsewhere. */
  readonly gathered?: unknown[] | undefined;
}

/** A run while it is open. Several may be, and a run number may come back as another one. */
export interface RunPrincipal extends LevelStore {
  readonly number: number;
  readonly run: number;
  readonly timeUs: number;
}

/** A luminosity block while it is open. */
export interface LumiPrincipal extends LevelStore {
  readonly number: number;
  readonly run: RunPrincipal;
  readonly lumi: number;
  readonly timeUs: number;
}

/** The event of one EDM stream: filled for one event after the other, never replaced. */
export class EventPrincipal implements MutableEventId {
  run = 0;
  lumi = 0;
  event = 0;
  timeUs = 0;
  ordinal = -1;
  attempt = 0;
  /** The block that the event belongs to; set before any module sees the event. */
  block: LumiPrincipal | undefined;
  readonly products: unknown[];
  readonly processHistory: ProcessHistory;

  constructor(slots: number, processHistory: ProcessHistory) {
    this.products = new Array<unknown>(slots).fill(undefined);
    this.processHistory = processHistory;
  }

  /** Forgets the products of the event before. */
  clear(): void {
    const { products } = this;
    for (let slot = 0; slot < products.length; slot++) products[slot] = undefined;
  }
}
