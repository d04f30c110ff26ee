/** The lane gives the thread back after a time slice, whatever its members take, and lets them take turns. */
import { describe, expect, it } from 'vitest';
import { settle, simulatedEnvironment } from 'edmesh/testing';
import { StreamTurns, type TakesTurns } from '../../actors/stream/stream-turns.ts';

/** A member with so many events of so many milliseconds on a clock that its events move on. */
function member(
  events: number,
  costMs: number,
  clock: { nowMs: number },
  log: string[],
  name = '',
): TakesTurns {
  let left = events;
  return {
    queued: false,
    get runnable() {
      return left > 0;
    },
    step() {
      left--;
      clock.nowMs += costMs;
      log.push(name === '' ? String(clock.nowMs) : name);
    },
  };
}

/** A lane on a clock, and a note in the log whenever other work of the thread has its turn. */
function laneOn(clock: { nowMs: number }, log: string[]): StreamTurns {
  const environment = simulatedEnvironment({ now: () => clock.nowMs });
  return new StreamTurns({
    ...environment,
    defer(callback) {
      environment.defer(() => {
        log.push('turn');
        callback();
      });
    },
  });
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await settle();
}

describe('a lane', () => {
  it.each([20, 5, 1, 0.1])(
    'with one member of events of %s ms gives way within a slice',
    async (costMs) => {
      const clock = { nowMs: 0 };
      const log: string[] = [];
      const only = member(200, costMs, clock, log);
      laneOn(clock, log).wake(only);
      await until(() => !only.runnable);
      const slices = log.join(' ').split('turn');
      const lengths = slices.map(
        (slice) => slice.trim().split(' ').filter(Boolean).length * costMs,
      );
      expect(Math.max(...lengths)).toBeLessThanOrEqual(8.5 + 2 * costMs);
    },
  );

  it('lets its members take turns, an event each', async () => {
    const clock = { nowMs: 0 };
    const log: string[] = [];
    const lane = laneOn(clock, log);
    const members = ['a', 'b', 'c'].map((name) => member(4, 0.01, clock, log, name));
    for (const each of members) lane.wake(each);
    await until(() => members.every(({ runnable }) => !runnable));
    expect(log.filter((line) => line !== 'turn').join('')).toBe('abcabcabcabc');
  });

  it('gives way too when members keep waking each other', async () => {
    const clock = { nowMs: 0 };
    const log: string[] = [];
    const lane = laneOn(clock, log);
    let left = 100;
    const again: TakesTurns = {
      runnable: false,
      queued: false,
      step() {
        clock.nowMs += 1;
        log.push('step');
        if (--left > 0)
          void Promise.resolve().then(() => {
            lane.wake(again);
          });
      },
    };
    lane.wake(again);
    await until(() => left === 0);
    expect(log.filter((line) => line === 'turn').length).toBeGreaterThan(8);
  });
});
