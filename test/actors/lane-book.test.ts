/**
 * The book of one lane. Proves when a lane says that it is done with a luminosity block or a run: once, after the source
 * has gone on, all its events are processed and all its EDM streams are out; and never of blocks in which it had no event.
 */
import { describe, expect, it } from 'vitest';
import { EventPrincipal } from '../../edm/principals.ts';
import { createProcessHistory } from '../../edm/provenance.ts';
import type { LumiBlock, LumiInfo, RunInfo } from '../../actors/source/blocks.ts';
import { LaneBook } from '../../actors/lane/lane-book.ts';

const runInfo = (number: number): RunInfo => ({
  number,
  run: 10 + number,
  firstLumi: 1,
  timeUs: 0,
});
const lumiInfo = (number: number, run: RunInfo): LumiInfo => ({
  number,
  run,
  lumi: 1 + number,
  timeUs: 0,
  eventsBefore: number,
});

/** A book whose events come in the blocks that are named, and what it tells. */
function bookOf() {
  const log: string[] = [];
  let next: LumiInfo | undefined;
  const book = new LaneBook(
    { blockOf: () => next! },
    { lumi: 0, run: 0 },
    {
      closed: ({ info }) => log.push(`closed ${String(info.number)}`),
      lumiLeft: ({ info, finished }) =>
        log.push(`lumi ${String(info.number)} left with ${String(finished)}`),
      runLeft: ({ info }) => log.push(`run ${String(info.number)} left`),
    },
  );
  const principal = new EventPrincipal(0, createProcessHistory([]));
  const enter = (info: LumiInfo): LumiBlock => {
    next = info;
    return book.enter(principal);
  };
  /** An EDM stream enters the block and its run, or leaves both. */
  const streams = (block: LumiBlock, step: 1 | -1) => {
    block.streams += step;
    if (step === -1) book.look(block);
    block.run.streams += step;
    if (step === -1) book.lookAtRun(block.run);
  };
  const finish = (block: LumiBlock) => {
    block.finished++;
    if (block.closed) book.look(block);
  };
  return { book, log, enter, streams, finish };
}

const [run0, run1] = [runInfo(0), runInfo(1)];

describe('a lane is done with a block', () => {
  it('when the source has gone on, its events are processed and its EDM streams are out', () => {
    const { log, enter, streams, finish } = bookOf();
    const first = enter(lumiInfo(0, run0));
    streams(first, 1);
    finish(first);
    expect(log).toEqual([]);
    const next = enter(lumiInfo(1, run0));
    expect(log).toEqual(['closed 0']);
    streams(first, -1);
    expect(log).toEqual(['closed 0', 'lumi 0 left with 1']);
    expect(first.left).toBe(true);
    expect(next.run).toBe(first.run);
    expect(next.run.lumis).toBe(1);
  });

  it('not while another of its EDM streams has an event of it', () => {
    const { log, enter, streams, finish } = bookOf();
    const info = lumiInfo(0, run0);
    const block = enter(info);
    expect(enter(info)).toBe(block);
    streams(block, 1);
    finish(block);
    enter(lumiInfo(1, run0));
    streams(block, -1);
    expect(log).toEqual(['closed 0']);
    finish(block);
    expect(log).toEqual(['closed 0', 'lumi 0 left with 2']);
  });

  it('when its input is closed, and with its run too', () => {
    const { book, log, enter, streams, finish } = bookOf();
    const block = enter(lumiInfo(0, run0));
    streams(block, 1);
    finish(block);
    book.closeInput();
    book.closeInput();
    expect(log).toEqual(['closed 0']);
    streams(block, -1);
    expect(log).toEqual(['closed 0', 'lumi 0 left with 1', 'run 0 left']);
    expect(book.claimed).toBe(1);
  });

  it('although the block comes as a copy from another thread', () => {
    const { enter } = bookOf();
    const block = enter(lumiInfo(0, run0));
    expect(enter(structuredClone(lumiInfo(0, run0)))).toBe(block);
    expect(block.claimed).toBe(2);
    expect(block.closed).toBe(false);
  });
});

describe('a lane is done with a run', () => {
  it('when all its blocks are left and the source is in another run', () => {
    const { book, log, enter, streams, finish } = bookOf();
    const blocks = [0, 1].map((number) => enter(lumiInfo(number, run0)));
    for (const block of blocks) {
      streams(block, 1);
      finish(block);
      streams(block, -1);
    }
    expect(log).toEqual(['closed 0', 'lumi 0 left with 1']);
    enter(lumiInfo(2, run1));
    expect(log.slice(2)).toEqual(['closed 1', 'lumi 1 left with 1', 'run 0 left']);
    expect(book.run(run0).left).toBe(true);
  });

  it('while blocks of it in which the lane has no event begin and end', () => {
    const { book, log, enter, streams, finish } = bookOf();
    const block = enter(lumiInfo(0, run0));
    streams(block, 1);
    finish(block);
    const other = lumiInfo(1, run0);
    expect(book.lumi(other).info).toBe(other);
    enter(lumiInfo(2, run1));
    streams(block, -1);
    expect(log).toEqual(['closed 0', 'lumi 0 left with 1']);
    book.lumiEnded(other);
    expect(log.at(-1)).toBe('run 0 left');
    expect(log.filter((line) => line === 'run 0 left')).toHaveLength(1);
  });

  it('never of a run in which it had no event', () => {
    const { book, log } = bookOf();
    book.lumi(lumiInfo(0, run0));
    book.lumiEnded(lumiInfo(0, run0));
    book.runEnded(run0);
    expect(log).toEqual([]);
    expect(book.run(run0).lumis).toBe(0);
  });
});

describe('a block that the source has gone on from', () => {
  it('is closed although the lane has had no event of the next one', () => {
    const { book, log, enter, streams, finish } = bookOf();
    const block = enter(lumiInfo(3, run0));
    streams(block, 1);
    finish(block);
    book.closeUpTo(2, 0);
    expect(log).toEqual([]);
    book.closeUpTo(5, 0);
    book.closeUpTo(6, 0);
    expect(log).toEqual(['closed 3']);
    streams(block, -1);
    expect(log).toEqual(['closed 3', 'lumi 3 left with 1']);
  });

  it('is left together with its run where the source is in another run', () => {
    const { book, log, enter, streams, finish } = bookOf();
    const block = enter(lumiInfo(3, run0));
    streams(block, 1);
    finish(block);
    book.closeUpTo(3, 0);
    book.closeUpTo(4, 1);
    book.closeUpTo(5, 1);
    expect(log).toEqual(['closed 3', 'closed 3']);
    streams(block, -1);
    expect(log.slice(2)).toEqual(['lumi 3 left with 1', 'run 0 left']);
  });
});
