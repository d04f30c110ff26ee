/** How the options of a cluster are cut into words and shared out, where one process has a controller. */
import { describe, expect, it } from 'vitest';
import { joinedFor } from '../../cli/cluster/cluster-for.ts';
import { clusterPlan } from '../../cli/cluster/cluster-plan.ts';
import { clusterSettings, type ClusterArguments } from '../../cli/cluster/cluster-settings.ts';
import type { LoadedConfig } from '../../cli/config/load-config.ts';
import { optionWords } from '../../cli/option-words.ts';
import { defineProcess, defineSource } from '../../edm/index.ts';
import { EmptySource } from '../../io/index.ts';

const MPISource = defineSource({
  type: 'MPISource',
  description: 'events of a controller',
  construct: () => {
    throw new Error('never constructed');
  },
});
const loaded = (template: LoadedConfig['template']): LoadedConfig => ({
  ...{ template, file: `/${template.name}.ts`, code: '', sources: new Set(), warnings: [] },
});
const local = loaded(defineProcess({ name: 'LOCAL', source: EmptySource() }));
const remote = loaded(defineProcess({ name: 'REMOTE', source: MPISource() }));

function planned(change: Partial<ClusterArguments>, configs = [local, remote]) {
  const given = { param: [], set: [], histograms: [], for: [], ...change };
  return clusterPlan(configs, given, clusterSettings(given));
}

describe('a process with a controller', () => {
  it('has its events from there', () => {
    const events = { maxEvents: '7', skipEvents: '2', streams: '4' };
    const [first, second] = planned({ ...events, report: 'r.json' });
    expect(first).toMatchObject({ hasController: false, settings: { job: { maxEvents: 7 } } });
    expect(first?.settings.job).toMatchObject({ skipEvents: 2, timing: true });
    expect(second).toMatchObject({ hasController: true, settings: { job: { maxEvents: -1 } } });
    expect(second?.settings.job).toMatchObject({ skipEvents: 0, streams: 4 });
    const [timed, not] = planned({ runFor: '2' });
    expect(timed?.settings.job.runForSeconds).toBe(2);
    expect(not?.settings.job.runForSeconds).toBeUndefined();
  });

  it('is not meant by --set source', () => {
    const [first, second] = planned({ set: ['source.events=9'] });
    expect(first?.definition.data.source?.parameters).toMatchObject({ events: 9 });
    expect(second?.given.set).toEqual([]);
  });

  it('cannot be given events where there is no other', () => {
    expect(() => planned({ maxEvents: '7' }, [remote])).toThrow('--max-events: every process');
    expect(() => planned({ set: ['source.events=9'] }, [remote])).toThrow("'source'");
  });

  it('can have options of its own', () => {
    const [first, second] = planned({
      streams: '2',
      nats: 'localhost',
      job: 'velo',
      for: ['REMOTE --streams 16', "REMOTE --threads 4 --set 'options.eventTimeoutMs=5'"],
    });
    expect(first?.settings).toMatchObject({ job: { streams: 2 }, mesh: { job: 'velo' } });
    expect(second?.settings).toMatchObject({ job: { streams: 16, threads: 4 } });
    expect(second?.given.set).toEqual(['options.eventTimeoutMs=5']);
  });
});

describe('--for', () => {
  it('is one word for the parser', () => {
    expect(joinedFor(['cluster', 'a', '--for', 'A', '--streams 2', '-p', 'x=1'])).toEqual([
      ...['cluster', 'a', '--for=A --streams 2', '-p', 'x=1'],
    ]);
    expect(joinedFor(['--for', 'A', '-p a=1', '--for', 'B', '-p b=1'])).toEqual([
      ...['--for=A -p a=1', '--for=B -p b=1'],
    ]);
    expect(joinedFor(['--for', 'A'])).toEqual(['--for', 'A']);
    expect(joinedFor(['a', '--', '--for', 'A', 'b'])).toEqual(['a', '--', '--for', 'A', 'b']);
  });

  it.each([
    ['', []],
    ['  --streams   4 ', ['--streams', '4']],
    [`-p 'a b' -p "c d"`, ['-p', 'a b', '-p', 'c d']],
    [`-p name='it is'x ''`, ['-p', 'name=it isx', '']],
    [String.raw`a\ b \" 'c\d' "e\"f\\g\h"`, ['a b', '"', String.raw`c\d`, String.raw`e"f\g\h`]],
    [`-p list='["a","b"]'`, ['-p', 'list=["a","b"]']],
  ])('is cut as a shell does: %s', (text, words) => {
    expect(optionWords('--for A', text)).toEqual(words);
  });

  it.each([`'a`, `a"b'c`, 'a\\'])('is refused where it does not end: %s', (text) => {
    expect(() => optionWords('--for A', text)).toThrow('--for A: ');
  });
});
