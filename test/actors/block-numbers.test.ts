/**
 * The numbers of runs and luminosity blocks. Proves that lanes which claim disjoint events of the same input number its
 * blocks identically without asking each other, and that events whose ids are none count to the block before.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventPrincipal } from '../../edm/principals.ts';
import { createProcessHistory } from '../../edm/provenance.ts';
import type { MutableEventId } from '../../edm/index.ts';
import { NumberedBlocks } from '../../actors/source/block-numbers.ts';
import type { LumiInfo } from '../../actors/source/blocks.ts';

interface Block {
  readonly run: number;
  readonly lumi: number;
}

const principal = (ordinal: number, id: Block): EventPrincipal =>
  Object.assign(new EventPrincipal(0, createProcessHistory([])), {
    ...id,
    event: ordinal,
    timeUs: 10 * ordinal,
    ordinal,
  });

/** What a lane learns that claims some of the events of an input. */
function numberedBy(input: readonly Block[], claimed: readonly number[]) {
  const found: LumiInfo[] = [];
  const numbers = new NumberedBlocks(
    (ordinal: number, id: MutableEventId) =>
      void Object.assign(id, input[ordinal], { event: ordinal, timeUs: 10 * ordinal }),
    (info) => void found.push(info),
  );
  const blocks = claimed.map((ordinal) => numbers.blockOf(principal(ordinal, input[ordinal]!)));
  return { found, blocks };
}

/** The same input numbered by somebody who sees every event, said as plainly as possible. */
function plainly(input: readonly Block[]): LumiInfo[] {
  const infos: LumiInfo[] = [];
  return input.map(({ run, lumi }, ordinal) => {
    const last = infos.at(-1);
    if (last?.run.run === run && last.lumi === lumi) return last;
    const timeUs = 10 * ordinal;
    const isSameRun = last?.run.run === run;
    const info: LumiInfo = {
      number: infos.length,
      run:
        last !== undefined && isSameRun
          ? last.run
          : { number: last === undefined ? 0 : last.run.number + 1, run, firstLumi: lumi, timeUs },
      lumi,
      timeUs,
      eventsBefore: ordinal,
    };
    infos.push(info);
    return info;
  });
}

describe('lanes', () => {
  it('that claim disjoint events number the blocks identically', () => {
    const small = fc.integer({ min: 1, max: 3 });
    const input = fc.array(fc.record({ run: small, lumi: small }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        input,
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.nat()),
        (events, lanes, draw) => {
          const expected = plainly(events);
          const owners = events.map(() => Number(draw.next().value) % lanes);
          for (let lane = 0; lane < lanes; lane++) {
            const mine = owners.flatMap((owner, ordinal) => (owner === lane ? [ordinal] : []));
            const { found, blocks } = numberedBy(events, mine);
            expect(blocks).toEqual(mine.map((ordinal) => expected[ordinal]));
            const seen = [...new Set(expected.slice(0, (mine.at(-1) ?? -1) + 1))];
            expect(found).toEqual(seen);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the blocks', () => {
  it('are one object for all events of a block, and a new one where a run comes back', () => {
    const input = [
      { run: 1, lumi: 1 },
      { run: 1, lumi: 1 },
      { run: 2, lumi: 1 },
      { run: 1, lumi: 1 },
    ];
    const { blocks } = numberedBy(input, [0, 1, 2, 3]);
    expect(blocks[1]).toBe(blocks[0]);
    expect(blocks.map(({ number }) => number)).toEqual([0, 0, 1, 2]);
    expect(blocks.map(({ run }) => run.number)).toEqual([0, 0, 1, 2]);
    expect(blocks.map(({ eventsBefore }) => eventsBefore)).toEqual([0, 0, 2, 3]);
  });

  it('take in events whose ids are none, and every block is told once, in order', () => {
    const bad = { run: 1, lumi: -1 };
    const good = { run: 1, lumi: 1 };
    const { blocks, found } = numberedBy([good, bad, good, { run: 1, lumi: 2 }], [1, 3]);
    expect(blocks.map(({ number, lumi }) => [number, lumi])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(found.map(({ number, eventsBefore }) => [number, eventsBefore])).toEqual([
      [0, 0],
      [1, 3],
    ]);
    const first = numberedBy([bad, good], [0, 1]);
    expect(first.blocks.map(({ number, run, lumi }) => [number, run.run, lumi])).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
  });

  it('are counted without looking where all events come this way', () => {
    const found: number[] = [];
    const numbers = new NumberedBlocks(undefined, ({ eventsBefore }) => found.push(eventsBefore));
    // The ordinals are those of a lane that had only some of the events.
    for (const [ordinal, lumi] of [
      [5, 1],
      [9, 1],
      [11, 2],
    ] as const) {
      numbers.blockOf(principal(ordinal, { run: 1, lumi }));
    }
    expect(found).toEqual([0, 2]);
  });
});
