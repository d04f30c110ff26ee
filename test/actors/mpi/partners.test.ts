/** Who is listened to: partners that were declared, one start of each, with the lanes that it said first; nobody else. */
import { describe, expect, it } from 'vitest';
import type { Hello } from '../../../actors/mpi/hello.ts';
import { Inboxes } from '../../../actors/mpi/inboxes.ts';
import { Partners } from '../../../actors/mpi/partners.ts';
import { Traffic } from '../../../transport/index.ts';

const hello = (process: string, more: Partial<Hello> = {}): Hello => ({
  endpoint: process,
  process,
  lane: 0,
  lanes: 1,
  session: `of-${process}`,
  answersTo: null,
  failure: null,
  ...more,
});

const lane = (process: string, index: number, lanes = 2): Partial<Hello> => ({
  endpoint: `${process}-${String(index)}`,
  lane: index,
  lanes,
});

const partners = () =>
  new Partners({
    process: 'LOCAL',
    session: 'own',
    isPartner: (name) => name === 'REMOTE' || name === 'OTHER',
  });

describe('partners', () => {
  it('are those that were declared, each endpoint once', () => {
    const known = partners();
    expect(known.hear(hello('REMOTE'))).toBe('new');
    expect(known.hear(hello('REMOTE'))).toBe('known');
    expect(known.hear(hello('OTHER', lane('OTHER', 1)))).toBe('new');
    expect(known.hear(hello('OTHER', lane('OTHER', 0)))).toBe('new');
    expect(known.hear(hello('NOBODY'))).toBe('stranger');
    expect([known.lanesOf('REMOTE'), known.lanesOf('OTHER'), known.lanesOf('NOBODY')]).toEqual([
      1,
      2,
      undefined,
    ]);
    expect(known.isOf('OTHER-1', 'OTHER')).toBe(true);
    expect(known.isOf('OTHER-2', 'OTHER')).toBe(false);
    expect(known.isOf('REMOTE', 'OTHER')).toBe(false);
  });

  it.each([
    ['another name', { endpoint: 'OTHER' }],
    ['the name of another lane', { endpoint: 'REMOTE-1', lane: 0, lanes: 2 }],
    ['a lane that there is not', { endpoint: 'REMOTE-2', lane: 2, lanes: 2 }],
    ['a number for its only lane', { endpoint: 'REMOTE-0' }],
  ])('whose endpoint has %s are strangers', (_, more) => {
    expect(partners().hear(hello('REMOTE', more))).toBe('stranger');
  });

  it('of another start, or with other lanes, are not who they say', () => {
    const known = partners();
    known.hear(hello('REMOTE', lane('REMOTE', 0)));
    expect(known.hear(hello('REMOTE', { ...lane('REMOTE', 1), session: 'again' }))).toBe(
      'impostor',
    );
    expect(known.hear(hello('REMOTE', lane('REMOTE', 1, 3)))).toBe('impostor');
    expect(known.hear(hello('REMOTE'))).toBe('impostor');
    expect(known.isOf('REMOTE-1', 'REMOTE')).toBe(false);
  });

  it('that have failed are not waited for', () => {
    const known = partners();
    const failure = { process: 'REMOTE', code: 'EDMESH_CONFIGURATION', message: 'broken' };
    expect(known.hear(hello('REMOTE', { failure }))).toBe('known');
    expect(known.lanesOf('REMOTE')).toBeUndefined();
  });

  it('are not this process, which may be there twice', () => {
    const known = partners();
    expect(known.hear(hello('LOCAL', { session: 'own' }))).toBe('stranger');
    expect(known.hear(hello('LOCAL', { ...lane('LOCAL', 1), session: 'own' }))).toBe('stranger');
    expect(known.hear(hello('LOCAL', { session: 'again' }))).toBe('twin');
    expect(known.hear(hello('LOCAL', { ...lane('LOCAL', 1), session: 'again' }))).toBe('twin');
  });
});

describe('inboxes', () => {
  it('are there for those who were admitted, on their instances', () => {
    const inboxes = new Inboxes({
      job: 'test',
      endpoint: 'LOCAL',
      take: () => undefined,
      problem: () => undefined,
      traffic: new Traffic(),
    });
    inboxes.admit('REMOTE', 0);
    inboxes.admit('REMOTE', 7);
    const inbox = inboxes.of('edm.test.REMOTE.LOCAL.7');
    expect(inbox?.subject).toBe('edm.test.REMOTE.LOCAL.7');
    inboxes.admit('REMOTE', 7);
    expect(inboxes.of('edm.test.REMOTE.LOCAL.7')).toBe(inbox);
    for (const subject of [
      'edm.test.REMOTE.LOCAL.1',
      'edm.test.OTHER.LOCAL.0',
      'edm.other.REMOTE.LOCAL.0',
      'edm.test.REMOTE.OTHER.0',
      'hello',
    ]) {
      expect(inboxes.of(subject)).toBeUndefined();
    }
  });
});
