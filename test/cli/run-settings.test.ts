import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { runSettings, type RunArguments } from '../../cli/run/run-settings.ts';
import { expectWrongOption } from './wrong-option.ts';

const settings = (given: Partial<RunArguments> = {}, environment: NodeJS.ProcessEnv = {}) =>
  runSettings({ param: [], set: [], histograms: [], ...given }, environment);

describe('options of run', () => {
  it('have defaults', () => {
    expect(settings()).toEqual({
      logLevel: 'info',
      logFormat: 'text',
      gpu: 'off',
      job: {
        threads: 1,
        streams: 1,
        maxEvents: -1,
        skipEvents: 0,
        warmupEvents: 0,
        digest: false,
        timing: false,
      },
    });
  });

  it('take the GPU backend from the option, else from the environment', () => {
    expect(settings({ gpu: 'cuda' }, { EDMESH_GPU: 'wasm' }).gpu).toBe('cuda');
    expect(settings({}, { EDMESH_GPU: 'wasm' }).gpu).toBe('wasm');
    expect(settings({}, { EDMESH_GPU: '' }).gpu).toBe('off');
    expect(() => settings({}, { EDMESH_GPU: 'fast' })).toThrow(/\$EDMESH_GPU: 'fast' is none of/);
  });

  it('become job options', () => {
    const { job } = settings({
      streams: '4',
      skipEvents: '2',
      warmupEvents: '3',
      runFor: '1.5',
      digest: true,
      report: 'r.json',
    });
    expect(job).toMatchObject({ streams: 4, skipEvents: 2, warmupEvents: 3, runForSeconds: 1.5 });
    expect(job).toMatchObject({ digest: true, timing: true, maxEvents: -1 });
  });

  it('take 0 as all cores and as many EDM streams as threads', () => {
    const cores = availableParallelism();
    expect(settings({ threads: '0', streams: '0' }).job).toMatchObject({
      threads: cores,
      streams: cores,
    });
    expect(settings({ threads: '3' }).job).toMatchObject({ threads: 3, streams: 3 });
    expect(settings({ threads: '2', streams: '5' }).job).toMatchObject({ threads: 2, streams: 5 });
  });

  it('are quiet about all but warnings', () => {
    expect(settings({ quiet: true }).logLevel).toBe('warn');
    expect(settings({ quiet: true, logLevel: 'debug' }).logLevel).toBe('debug');
  });

  const wrong: readonly (readonly [string, Partial<RunArguments>])[] = [
    ['--threads', { threads: 'two' }],
    ['--threads', { threads: '-1' }],
    ['--threads', { threads: '1025' }],
    ['--streams', { streams: 'x' }],
    ['--max-events', { maxEvents: '-2' }],
    ['--max-events', { maxEvents: '1e3' }],
    ['--skip-events', { skipEvents: '1.5' }],
    ['--warmup-events', { warmupEvents: '' }],
    ['--warmup-events', { warmupEvents: '5', nats: 'localhost', job: 'velo' }],
    ['--run-for', { runFor: '0' }],
    ['--run-for', { runFor: 'soon' }],
    ['--run-for', { runFor: '1', maxEvents: '1' }],
    ['--log-level', { logLevel: 'loud' }],
    ['--log-format', { logFormat: 'xml' }],
    ['--histograms', { histograms: ['a.json', 'b.png'] }],
  ];
  it.each(wrong)('%s refuses %j by name', (option, given) => {
    expectWrongOption(option, () => settings(given));
  });
});
