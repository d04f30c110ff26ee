import type { EventId, LumiPrincipal, RunPrincipal } from '../../edm/index.ts';

/** Where a run or luminosity block stands. */
export type BlockState = 'pending' | 'open' | 'ended';

/** A run in the order of the data: what lanes and their process tell each other of it. */
export interface RunInfo {
  /** Counts the runs of a job from 0; a run that comes back has a number of its own. */
  readonly number: number;
  readonly run: number;
  /** The luminosity block of its first event. */
  readonly firstLumi: number;
  readonly timeUs: number;
}

/** A luminosity block in the order of the data. */
export interface LumiInfo {
  /** Counts the luminosity blocks of a job from 0. */
  readonly number: number;
  readonly run: RunInfo;
  readonly lumi: number;
  readonly timeUs: number;
  /** How many events of the job came before it. */
  readonly eventsBefore: number;
}

/** What runs and luminosity blocks have in common, as EDM streams of one lane see them. */
class Block {
  readonly number: number;
  readonly timeUs: number;
  readonly products: unknown[];
  /** In all lanes but the first: what EDM streams have put, without what was put at the begin. */
  gathered: unknown[] | undefined;
  setup: readonly unknown[] = [];
  state: BlockState = 'pending';
  /** EDM streams inside. */
  streams = 0;
  /** Whether the source has gone on to another one. */
  closed = false;
  /** Whether this lane is done with it for good. */
  left = false;
  /** Settles when the begin has taken place in this lane, or has failed. */
  readonly begun: Promise<void>;
  hasBegun: () => void = () => undefined;

  constructor({ number, timeUs }: RunInfo | LumiInfo, slots: number) {
    this.number = number;
    this.timeUs = timeUs;
    this.begun = new Promise((resolve) => {
      this.hasBegun = resolve;
    });
    this.products = new Array<unknown>(slots).fill(undefined);
  }
}

/** A run in one lane, from its first event to its end. */
export class RunBlock extends Block implements RunPrincipal {
  readonly info: RunInfo;
  readonly run: number;
  /** Luminosity blocks that this lane is not done with. */
  lumis = 0;

  constructor(info: RunInfo, slots: number) {
    super(info, slots);
    this.info = info;
    this.run = info.run;
  }
}

/** A luminosity block in one lane, from its first event to its end. */
export class LumiBlock extends Block implements LumiPrincipal {
  readonly info: LumiInfo;
  readonly run: RunBlock;
  readonly lumi: number;
  /** Events claimed by this lane, and of these processed. */
  claimed = 0;
  finished = 0;

  constructor(run: RunBlock, info: LumiInfo, slots: number) {
    super(info, slots);
    this.info = info;
    this.run = run;
    this.lumi = info.lumi;
  }
}

/** Whether an event is in a luminosity block, by its ids. */
export function isIn(id: EventId, info: LumiInfo): boolean {
  return id.lumi === info.lumi && id.run === info.run.run;
}
