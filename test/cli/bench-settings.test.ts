/** What the options of a scan become: combinations, and the arguments of every run. */
import { describe, expect, it } from 'vitest';
import {
  benchSettings,
  combinationText,
  runArguments,
  type BenchArguments,
} from '../../cli/bench/bench-settings.ts';
import { expectWrongOption } from './wrong-option.ts';

const settings = (given: Partial<BenchArguments> = {}) =>
  benchSettings({ param: [], set: [], ...given }, 6);
const pairs = (list: readonly { readonly threads: number; readonly streams: number }[]) =>
  list.map(({ threads, streams }) => [threads, streams]);

describe('options of bench', () => {
  it('have defaults', () => {
    expect(settings()).toEqual({
      combinations: [{ threads: 1, streams: 1 }],
      skipped: [],
      repeat: 3,
      eventsPerStream: undefined,
      passed: [],
    });
  });

  it('become combinations in order, each once, without idle threads', () => {
    const { combinations, skipped } = settings({ threads: '4, 1,2,2', streams: '8,2,0' });
    expect(pairs(combinations)).toEqual([
      ...[
        [1, 1],
        [1, 2],
        [1, 8],
      ],
      ...[
        [2, 2],
        [2, 8],
      ],
      ...[
        [4, 4],
        [4, 8],
      ],
    ]);
    expect(pairs(skipped)).toEqual([[4, 2]]);
  });

  it('take 0 as all cores and as many EDM streams as threads', () => {
    expect(pairs(settings({ threads: '0,3' }).combinations)).toEqual([
      [3, 3],
      [6, 6],
    ]);
  });

  it('are passed to every run', () => {
    const given = settings({
      ...{ param: ['a=1', 'b=-x y'], set: ['make.mean=2'], threads: '2', streams: '4' },
      ...{ maxEvents: '-1', skipEvents: '5', warmupEvents: '10', empty: true },
    });
    expect(runArguments('c.ts', given, { threads: 2, streams: 4 })).toEqual([
      ...['run', 'c.ts', '--threads', '2', '--streams', '4', '--quiet', '--max-events', '-1'],
      ...['--skip-events', '5', '--warmup-events', '10', '--empty'],
      ...['-p', 'a=1', '-p', 'b=-x y', '--set', 'make.mean=2'],
    ]);
    const timed = runArguments('c.ts', settings({ runFor: '2.5' }), { threads: 1, streams: 1 });
    expect(timed.slice(-2)).toEqual(['--run-for', '2.5']);
  });

  it('give every EDM stream its events', () => {
    const given = settings({ eventsPerStream: '50' });
    const args = runArguments('c.ts', given, { threads: 2, streams: 4 });
    expect(args.slice(-2)).toEqual(['--max-events', '200']);
  });

  const wrong: readonly (readonly [string, Partial<BenchArguments>])[] = [
    ['--threads', { threads: '1,x' }],
    ['--threads', { threads: '' }],
    ['--threads', { threads: '1,,2' }],
    ['--threads', { threads: '-1' }],
    ['--threads', { threads: '2,5000' }],
    ['--streams', { streams: ' ' }],
    ['--streams', { streams: '1,-2' }],
    ['--streams', { streams: '1.5' }],
    ['--streams', { threads: '4', streams: '1,2' }],
    ['--repeat', { repeat: '0' }],
    ['--repeat', { repeat: '' }],
    ['--max-events', { maxEvents: '-2' }],
    ['--events-per-stream', { eventsPerStream: '0' }],
    ['--events-per-stream', { eventsPerStream: '5', maxEvents: '5' }],
    ['--run-for', { runFor: 'soon' }],
    ['--run-for', { runFor: '1', eventsPerStream: '5' }],
    ['--skip-events', { skipEvents: '-1' }],
    ['--warmup-events', { warmupEvents: 'many' }],
  ];
  it.each(wrong)('%s refuses %j by name', (option, given) => {
    expectWrongOption(option, () => settings(given));
  });

  it('are named as people count', () => {
    expect(combinationText({ threads: 1, streams: 1 })).toBe('1 thread, 1 EDM stream');
    expect(combinationText({ threads: 2, streams: 4 })).toBe('2 threads, 4 EDM streams');
  });
});
