/** When what has been written leaves: at once where it is much or nothing joins it, else after a moment. */
import { describe, expect, it } from 'vitest';
import { FlushPace } from '../../../actors/mpi/flush-pace.ts';

/** A pace whose loop turns when the test says so; each turn takes 0.1 ms. */
function pacedBox(eventsInFlight: number, timeGoesOn = true) {
  const turns: (() => void)[] = [];
  const box = { frames: 0, flushes: 0, failures: [] as unknown[], nowMs: 0 };
  const pace = new FlushPace({
    environment: {
      now: () => box.nowMs,
      defer: (callback) => {
        turns.push(callback);
      },
    },
    framesUnderWay: () => box.frames,
    eventsInFlight: () => eventsInFlight,
    failed: (error) => {
      box.failures.push(error);
    },
  });
  const flush = () => {
    box.frames = 0;
    box.flushes++;
  };
  return {
    box,
    write(frames: number, leave = flush) {
      if (box.frames === 0) pace.soon(leave);
      box.frames += frames;
    },
    /** The present task ends. */
    async taskEnds() {
      await Promise.resolve();
    },
    loopTurns() {
      box.nowMs += timeGoesOn ? 0.1 : 0;
      turns.shift()?.();
    },
  };
}

describe('a packet', () => {
  it('leaves when the task ends where one event is in flight', async () => {
    const { box, write, taskEnds } = pacedBox(1);
    write(1);
    expect(box.flushes).toBe(0);
    await taskEnds();
    expect(box.flushes).toBe(1);
  });

  it('is held until it has the frames of a fourth of the events in flight', async () => {
    const { box, write, taskEnds, loopTurns } = pacedBox(64);
    write(2);
    await taskEnds();
    loopTurns();
    expect(box.flushes).toBe(0);
    write(29);
    loopTurns();
    expect(box.flushes).toBe(0);
    write(1);
    loopTurns();
    expect(box.flushes).toBe(1);
  });

  it('is held for a moment only', async () => {
    const { box, write, taskEnds, loopTurns } = pacedBox(64);
    write(2);
    await taskEnds();
    for (let turn = 0; turn < 3; turn++) loopTurns();
    expect(box.flushes).toBe(1);
  });

  it('is held for so many turns of the loop only', async () => {
    const { box, write, taskEnds, loopTurns } = pacedBox(64, false);
    write(2);
    await taskEnds();
    for (let turn = 0; turn < 31; turn++) loopTurns();
    expect(box.flushes).toBe(0);
    loopTurns();
    expect(box.flushes).toBe(1);
  });

  it('is not held after ones that nothing joined; their number doubles', async () => {
    const { box, write, taskEnds, loopTurns } = pacedBox(64);
    let heldInVain = 0;
    for (let packet = 0; packet < 200; packet++) {
      write(2);
      await taskEnds();
      if (box.frames === 0) continue;
      heldInVain++;
      for (let turn = 0; turn < 3; turn++) loopTurns();
    }
    expect(box.flushes).toBe(200);
    expect(heldInVain).toBe(9);
  });

  it('that was flushed by others costs nothing more', async () => {
    const { box, write, taskEnds, loopTurns } = pacedBox(64);
    write(2);
    await taskEnds();
    box.frames = 0;
    loopTurns();
    expect(box.flushes).toBe(1);
  });

  it('whose flush throws fails the job and not the loop', async () => {
    const { box, write, taskEnds } = pacedBox(1);
    write(1, () => {
      throw new Error('closed');
    });
    await taskEnds();
    expect(box.failures).toEqual([new Error('closed')]);
  });
});
