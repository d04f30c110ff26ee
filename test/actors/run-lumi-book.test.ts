/**
 * The book of runs and luminosity blocks of a job. Proves which global transition is due when: begins in the order of the
 * data and within the limits, ends after the last event of any lane, whatever order the lanes tell in.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LumiInfo, RunInfo } from '../../actors/source/blocks.ts';
import { RunLumiBook, type DueTransition } from '../../actors/job/run-lumi-book.ts';

/** Blocks of the given runs, so many events each. */
function infosOf(blocks: readonly { readonly run: number; readonly events: number }[]): LumiInfo[] {
  const infos: LumiInfo[] = [];
  let eventsBefore = 0;
  for (const { run, events } of blocks) {
    const last = infos.at(-1);
    const isSame = last?.run.run === run;
    const number = infos.length;
    const own: RunInfo = {
      number: last === undefined ? 0 : last.run.number + 1,
      run,
      firstLumi: number,
      timeUs: 0,
    };
    const info = { number, lumi: number, timeUs: 0, eventsBefore };
    infos.push({ ...info, run: last !== undefined && isSame ? last.run : own });
    eventsBefore += events;
  }
  return infos;
}

/** Does what is due until nothing is; tells it as `name number`. */
function performAll(book: RunLumiBook): string[] {
  const done: string[] = [];
  for (let due = book.due(true); due !== undefined; due = book.due(true)) {
    perform(book, due);
    done.push(`${due.name} ${String(due.block.info.number)}`);
  }
  return done;
}

function perform(book: RunLumiBook, due: DueTransition): void {
  if (due.name === 'endLumi') book.lumiEnded(due.block);
  else if (due.name === 'endRun') book.runEnded(due.block);
  else book.begun(due.block);
}

const generous = { lumis: 9, runs: 9 };

describe('begins', () => {
  it('come in the order of the data, a run before its blocks', () => {
    const book = new RunLumiBook(generous);
    for (const info of infosOf([
      { run: 1, events: 1 },
      { run: 1, events: 1 },
      { run: 2, events: 1 },
    ])) {
      book.found(info);
    }
    expect(performAll(book)).toEqual([
      ...['beginRun 0', 'beginLumi 0', 'beginLumi 1', 'beginRun 1', 'beginLumi 2'],
    ]);
  });

  it('keep within the limits', () => {
    const infos = infosOf([1, 1, 1, 2].map((run) => ({ run, events: 1 })));
    const book = new RunLumiBook({ lumis: 2, runs: 1 });
    for (const info of infos) book.found(info);
    expect(performAll(book)).toEqual(['beginRun 0', 'beginLumi 0', 'beginLumi 1']);
    book.lumiLeft(0, 1, 1, []);
    expect(performAll(book)).toEqual(['endLumi 1', 'beginLumi 2']);
    for (const number of [0, 2]) book.lumiLeft(0, number, 1, []);
    expect(performAll(book)).toEqual(['endLumi 0', 'endLumi 2']);
    book.runLeft(0, 0, []);
    expect(performAll(book)).toEqual(['endRun 0', 'beginRun 1', 'beginLumi 3']);
  });

  it('are left out where no begin is wanted', () => {
    const book = new RunLumiBook(generous);
    for (const info of infosOf([{ run: 1, events: 1 }])) book.found(info);
    expect(book.due(false)).toBeUndefined();
    expect(book.due(true)?.name).toBe('beginRun');
  });
});

describe('an end is due', () => {
  it('when lanes have dealt with all events of the block, not before', () => {
    const book = new RunLumiBook(generous);
    for (const info of infosOf([
      { run: 1, events: 3 },
      { run: 1, events: 1 },
    ]))
      book.found(info);
    performAll(book);
    book.lumiLeft(0, 0, 2, []);
    expect(book.due(true)).toBeUndefined();
    book.lumiLeft(1, 0, 1, []);
    expect(book.due(true)).toMatchObject({ name: 'endLumi', block: { info: { number: 0 } } });
  });

  it('of the last block when it is known how many events there are', () => {
    const book = new RunLumiBook(generous);
    for (const info of infosOf([{ run: 1, events: 2 }])) book.found(info);
    performAll(book);
    book.lumiLeft(0, 0, 2, []);
    book.runLeft(0, 0, []);
    expect(book.due(true)).toBeUndefined();
    book.closeInput(2);
    expect(performAll(book)).toEqual(['endLumi 0', 'endRun 0']);
    expect(book.allEnded).toBe(true);
  });

  it('also where events were dropped, or told of after the input was closed', () => {
    const book = new RunLumiBook(generous);
    for (const info of infosOf([{ run: 1, events: 3 }])) book.found(info);
    performAll(book);
    book.closeInput(3);
    book.closeInput(9);
    book.lumiLeft(1, 0, 1, []);
    book.runLeft(1, 0, []);
    book.dropped(0, 2);
    expect(performAll(book)).toEqual(['endLumi 0', 'endRun 0']);
  });

  it('of a run when every lane that had events of it has left it', () => {
    const book = new RunLumiBook(generous);
    for (const info of infosOf([
      { run: 1, events: 2 },
      { run: 2, events: 1 },
    ]))
      book.found(info);
    performAll(book);
    book.lumiLeft(0, 0, 1, []);
    book.lumiLeft(1, 0, 1, []);
    expect(performAll(book)).toEqual(['endLumi 0']);
    book.runLeft(0, 0, []);
    expect(book.due(true)).toBeUndefined();
    book.runLeft(1, 0, []);
    expect(performAll(book)).toEqual(['endRun 0']);
  });
});

describe('what lanes tell', () => {
  it('counts once, whoever tells first of a block', () => {
    const book = new RunLumiBook(generous);
    const infos = infosOf([
      { run: 1, events: 1 },
      { run: 2, events: 1 },
    ]);
    book.found(infos[0]!);
    book.found(infos[0]!);
    book.found(infos[1]!);
    for (const info of infos) book.found(structuredClone(info));
    expect(performAll(book)).toEqual(['beginRun 0', 'beginLumi 0', 'beginRun 1', 'beginLumi 1']);
  });

  it('of products is kept until the block ends', () => {
    const book = new RunLumiBook(generous);
    for (const info of infosOf([{ run: 1, events: 2 }])) book.found(info);
    performAll(book);
    const [a, b] = [[[0, { value: 'a' }] as const], [[0, { value: 'b' }] as const]];
    book.lumiLeft(0, 0, 1, a);
    book.lumiLeft(1, 0, 1, b);
    book.lumiLeft(2, 0, 0, []);
    book.runLeft(0, 0, b);
    book.closeInput(2);
    const due = book.due(true);
    expect(due?.block.partials).toEqual([a, b]);
    if (due?.name === 'endLumi') expect(due.block.run.partials).toEqual([b]);
  });

  it('about blocks that have ended changes nothing', () => {
    const book = new RunLumiBook(generous);
    book.lumiLeft(0, 7, 1, []);
    book.runLeft(0, 7, []);
    book.dropped(7, 1);
    expect(book.allEnded).toBe(true);
    expect(book.due(true)).toBeUndefined();
  });
});

it('blocks that never began are dropped when their events have been given up', () => {
  const book = new RunLumiBook({ lumis: 1, runs: 1 });
  for (const info of infosOf([
    { run: 1, events: 1 },
    { run: 1, events: 1 },
    { run: 2, events: 1 },
  ])) {
    book.found(info);
  }
  performAll(book);
  book.closeInput(3);
  for (const number of [1, 2]) book.lumiLeft(0, number, 1, []);
  book.dropPending();
  expect(book.due(false)).toBeUndefined();
  book.lumiLeft(1, 0, 1, []);
  book.runLeft(0, 0, []);
  book.runLeft(1, 0, []);
  expect([book.due(false)?.name]).toEqual(['endLumi']);
});

it('what a lost lane leaves behind ends when the EDM streams of the others are out of it', () => {
  const book = new RunLumiBook(generous);
  for (const info of infosOf([
    { run: 1, events: 3 },
    { run: 1, events: 1 },
  ])) {
    book.found(info);
  }
  performAll(book);
  book.lumiLeft(0, 1, 1, []);
  book.laneLost(1);
  book.closeInput(4);
  expect(performAll(book)).toEqual(['endLumi 1']);
  book.lumiLeft(0, 0, 1, []);
  expect(book.due(false)).toBeUndefined();
  book.lanesFinished();
  expect(performAll(book)).toEqual(['endLumi 0', 'endRun 0']);
  expect(book.allEnded).toBe(true);
});

it('a block does not end early where nobody knows how many events a lost lane had claimed of it', () => {
  const book = new RunLumiBook(generous);
  for (const info of infosOf([
    { run: 1, events: 2 },
    { run: 1, events: 2 },
  ])) {
    book.found(info);
  }
  performAll(book);
  book.laneLost(1);
  book.closeInput(undefined);
  expect(book.due(false)).toBeUndefined();
  book.lumiLeft(0, 0, 1, []);
  book.lumiLeft(0, 1, 1, []);
  expect(book.due(false)).toBeUndefined();
  book.lanesFinished();
  expect(performAll(book)).toEqual(['endLumi 0', 'endLumi 1', 'endRun 0']);
});

it('for any blocks and lanes every transition takes place once, in an order that is allowed', () => {
  const blocks = fc.array(
    fc.record({ run: fc.integer({ min: 1, max: 2 }), events: fc.integer({ min: 1, max: 4 }) }),
    { minLength: 1, maxLength: 10 },
  );
  const limit = fc.integer({ min: 1, max: 3 });
  fc.assert(
    fc.property(blocks, limit, limit, fc.infiniteStream(fc.nat()), (data, lumis, runs, draw) => {
      const infos = infosOf(data);
      const pick = (below: number) => Number(draw.next().value) % below;
      const book = new RunLumiBook({ lumis, runs });
      for (const info of infos) book.found(info);
      book.closeInput(data.reduce((sum, { events }) => sum + events, 0));
      // Each event is one of lane 0 or 1; each lane tells once of each block that it had events of.
      const told = infos.flatMap(({ number }) => {
        const ofLane0 = pick((data[number]?.events ?? 0) + 1);
        const shares = [ofLane0, (data[number]?.events ?? 0) - ofLane0];
        return shares.flatMap((events, lane) => (events > 0 ? [{ number, lane, events }] : []));
      });
      const open = new Set<number>();
      const log: string[] = [];
      const advance = () => {
        for (const line of performAll(book)) {
          const [name, number] = line.split(' ');
          if (name === 'beginLumi') open.add(Number(number));
          log.push(line);
        }
      };
      advance();
      while (told.length > 0) {
        const ready = told.filter(({ number }) => open.has(number));
        expect(ready.length, 'something can go on').toBeGreaterThan(0);
        const next = ready[pick(ready.length)]!;
        told.splice(told.indexOf(next), 1);
        book.lumiLeft(next.lane, next.number, next.events, []);
        const run = infos[next.number]!.run.number;
        const isIn = (lane: number) =>
          told.some((each) => each.lane === lane && infos[each.number]!.run.number === run);
        for (const lane of [0, 1]) if (!isIn(lane)) book.runLeft(lane, run, []);
        advance();
      }
      expect(book.allEnded).toBe(true);
      expect(new Set(log).size).toBe(log.length);
      const runCount = 1 + infos.at(-1)!.run.number;
      expect(log).toHaveLength(2 * infos.length + 2 * runCount);
      const at = (line: string) => log.indexOf(line);
      for (const { number, run } of infos) {
        const order = [`beginRun ${String(run.number)}`, `beginLumi ${String(number)}`];
        order.push(`endLumi ${String(number)}`, `endRun ${String(run.number)}`);
        const places = order.map(at);
        expect(places).toEqual([...places].sort((a, b) => a - b));
      }
    }),
    { numRuns: 200 },
  );
});
