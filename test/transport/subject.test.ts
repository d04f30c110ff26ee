/** Subjects of a job: what is built, what is taken apart, what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endpointName,
  heartbeatSubject,
  helloSubject,
  linksOf,
  linksTo,
  linkSubject,
  parseLinkSubject,
  tokenProblem,
} from '../../transport/subject.ts';

const configuration = expect.objectContaining({ code: 'EDMESH_CONFIGURATION' });
const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

describe('subjects', () => {
  it('are built of job, endpoints and instance', () => {
    expect(linkSubject('night-1', 'LOCAL', 'REMOTE-3', 7)).toBe('edm.night-1.LOCAL.REMOTE-3.7');
    expect(linksTo('night', 'REMOTE')).toBe('edm.night.*.REMOTE.*');
    expect(linksOf('night')).toBe('edm.night.*.*.*');
    expect(helloSubject('night')).toBe('edm.night.hello');
    expect(heartbeatSubject('night', 'LOCAL-0')).toBe('edm.night.hb.LOCAL-0');
  });

  it('name a lane where there are several', () => {
    expect(endpointName('LOCAL', 0, 1)).toBe('LOCAL');
    expect(endpointName('LOCAL', 0, 2)).toBe('LOCAL-0');
    expect(endpointName('LOCAL', 11, 12)).toBe('LOCAL-11');
    expect(() => endpointName('x'.repeat(64), 1, 2)).toThrow(configuration);
  });

  it('come back as the parts they were built of', () => {
    const parts = fc.tuple(token, token, token, fc.integer({ min: 0, max: 65535 }));
    fc.assert(
      fc.property(parts, ([job, from, to, instance]) => {
        const subject = linkSubject(job, from, to, instance);
        expect(parseLinkSubject(subject)).toEqual({ job, from, to, instance });
      }),
    );
  });

  it.each([
    'edm.job.A.B',
    'edm.job.A.B.0.1',
    'edm.job.hello',
    'edm.job.hb.A',
    'dqm.job.A.B.0',
    'edm.job.*.B.0',
    'edm.job.A.B.>',
    'edm.job..B.0',
    'edm.job.A.B.65536',
    'edm.job.A.B.01',
    'edm.job.A.B.-1',
    'edm.job.A.B.1e3',
    '',
  ])('%j is not one of a link', (subject) => {
    expect(parseLinkSubject(subject)).toBeUndefined();
  });

  it.each(['', '*', '>', 'a.b', 'a b', 'ä', 'x'.repeat(65), 'a\n'])('%j names nothing', (name) => {
    expect(tokenProblem(name)).toContain('1 to 64 letters');
    for (const build of [helloSubject, linksOf]) expect(() => build(name)).toThrow(configuration);
    expect(() => linkSubject('job', name, 'B', 0)).toThrow(configuration);
    expect(() => linkSubject('job', 'A', name, 0)).toThrow(configuration);
    expect(() => heartbeatSubject('job', name)).toThrow(configuration);
  });

  it.each([-1, 65536, 1.5, Number.NaN])('instance %d is none', (instance) => {
    expect(() => linkSubject('job', 'A', 'B', instance)).toThrow(configuration);
  });
});
