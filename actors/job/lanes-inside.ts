import type { LumiInfo } from '../source/blocks.ts';

/** How far one lane has come. */
interface LanePosition {
  /** Numbers of the newest run and luminosity block that it has told of. */
  run: number;
  lumi: number;
  /** Whether it will tell of no other. */
  ended: boolean;
  /** Runs and luminosity blocks that it has left. */
  readonly runs: Set<number>;
  readonly lumis: Set<number>;
}

/**
 * Which lanes are in a run or luminosity block, where every lane tells of every block, also of one without events there: a
 * block is over when all have left it.
 */
export class LanesInside {
  readonly #lanes: Map<number, LanePosition>;

  constructor(lanes: readonly number[]) {
    const position = () => ({
      run: -1,
      lumi: -1,
      ended: false,
      runs: new Set<number>(),
      lumis: new Set<number>(),
    });
    this.#lanes = new Map(lanes.map((lane) => [lane, position()]));
  }

  /** A lane tells of a block, in order. */
  found(lane: number, info: LumiInfo): void {
    const position = this.#lanes.get(lane);
    if (position === undefined) return;
    position.run = info.run.number;
    position.lumi = info.number;
  }

  /** A lane will tell of no other block. */
  inputEnded(lane: number): void {
    const position = this.#lanes.get(lane);
    if (position !== undefined) position.ended = true;
  }

  lumiLeft(lane: number, number: number): void {
    this.#lanes.get(lane)?.lumis.add(number);
  }

  runLeft(lane: number, number: number): void {
    this.#lanes.get(lane)?.runs.add(number);
  }

  /** A lane is lost: nobody waits for it. */
  lost(lane: number): void {
    this.#lanes.delete(lane);
  }

  lumiIsOver(number: number): boolean {
    for (const { lumi, ended, lumis } of this.#lanes.values()) {
      if (!lumis.has(number) && !(ended && lumi < number)) return false;
    }
    return true;
  }

  runIsOver(number: number): boolean {
    for (const { run, ended, runs } of this.#lanes.values()) {
      if (!runs.has(number) && !(ended && run < number)) return false;
    }
    return true;
  }

  /** Lets go of a luminosity block that has ended. */
  forgetLumi(number: number): void {
    for (const { lumis } of this.#lanes.values()) lumis.delete(number);
  }

  /** Lets go of a run that has ended. */
  forgetRun(number: number): void {
    for (const { runs } of this.#lanes.values()) runs.delete(number);
  }
}
