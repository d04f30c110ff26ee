/** Signals: who hears them, and what becomes of one that comes between two stages of a command. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdingSignals, watchSignals } from '../../cli/signals.ts';
import { untilSignal } from '../../cli/until-signal.ts';

// Those of the test runner.
const before = process.listeners('SIGINT');
const exited: unknown[] = [];
const signal = (): void => void process.emit('SIGINT', 'SIGINT');

beforeEach(() => {
  process.removeAllListeners('SIGINT');
  exited.length = 0;
  vi.spyOn(process, 'exit').mockImplementation((status) => exited.push(status) as never);
});

afterEach(() => {
  for (const listener of before) process.on('SIGINT', listener);
  vi.restoreAllMocks();
});

describe('signals that are held', () => {
  it('end the process before, between and after the stages that watch, and never in one', async () => {
    const drain = vi.fn();
    await holdingSignals(() => {
      signal();
      expect(exited).toEqual([130]);
      const watch = watchSignals(drain);
      signal();
      expect(drain.mock.calls).toEqual([['SIGINT']]);
      expect(exited).toEqual([130]);
      watch.stop();
      signal();
      expect(exited).toEqual([130, 130]);
      return Promise.resolve();
    });
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('are let go when the work fails', async () => {
    const error = new Error('no luck');
    await expect(holdingSignals(() => Promise.reject(error))).rejects.toBe(error);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });
});

describe('records of a journal', () => {
  async function* three() {
    for (let sequence = 1; sequence <= 3; sequence += 1) {
      yield [{ sequence, subject: 'edm.j.A.B.0', payload: new Uint8Array(1), timeMs: 0 }];
      await Promise.resolve();
    }
  }

  it('are written to the end where no signal comes', async () => {
    const got: number[] = [];
    for await (const batch of untilSignal(three(), { received: undefined }, 'j.journal')) {
      got.push(...batch.map(({ sequence }) => sequence));
    }
    expect(got).toEqual([1, 2, 3]);
  });

  it('are not written on after a signal, and nobody believes that they were', async () => {
    const watch: { received: 'SIGINT' | undefined } = { received: undefined };
    const got: number[] = [];
    const write = async (): Promise<void> => {
      for await (const batch of untilSignal(three(), watch, 'j.journal')) {
        got.push(...batch.map(({ sequence }) => sequence));
        watch.received = 'SIGINT';
      }
    };
    await expect(write()).rejects.toMatchObject({
      code: 'EDMESH_INTERRUPTED',
      message: 'SIGINT came before the journal was in j.journal: it was not written',
    });
    expect(got).toEqual([1]);
  });
});
