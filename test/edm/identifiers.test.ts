/** Ids, input tags, branch names and the selectors over them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchName, type Branch } from '../../edm/branch.ts';
import { formatEventId, idProblem } from '../../edm/ids.ts';
import { formatInputTag, parseInputTag } from '../../edm/input-tag.ts';
import { parseKeepDrop, parseSenderPatterns } from '../../edm/selectors.ts';

const codeOf = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'nothing was thrown';
};

describe('event ids', () => {
  it('go up to u32 for run and lumi, and to the safe integers for the event', () => {
    const largest = { run: 0xffff_ffff, lumi: 0xffff_ffff, event: Number.MAX_SAFE_INTEGER };
    expect(idProblem(largest)).toBeUndefined();
    expect(idProblem({ run: 0, lumi: 0, event: 0 })).toBeUndefined();
    expect(idProblem({ ...largest, run: 0x1_0000_0000 })).toContain('run 4294967296');
    expect(idProblem({ ...largest, lumi: -1 })).toContain('lumi -1');
    expect(idProblem({ ...largest, event: 2 ** 53 })).toContain('event 9007199254740992');
    expect(idProblem({ ...largest, run: 1.5 })).toContain('run 1.5');
    expect(idProblem({ ...largest, event: Number.NaN })).toContain('event NaN');
  });

  it('are written as people write them', () => {
    expect(formatEventId({ run: 1, lumi: 2, event: 3 })).toBe('1:2:3');
  });
});

describe('input tags', () => {
  it.each([
    ['tracks', { label: 'tracks', instance: '', process: '' }],
    ['tracks:seeds', { label: 'tracks', instance: 'seeds', process: '' }],
    ['tracks:seeds:HLT', { label: 'tracks', instance: 'seeds', process: 'HLT' }],
    ['tracks::HLT', { label: 'tracks', instance: '', process: 'HLT' }],
    ['my_tracks2', { label: 'my_tracks2', instance: '', process: '' }],
  ])('%s', (text, tag) => {
    expect(parseInputTag(text)).toEqual(tag);
    expect(formatInputTag(tag)).toBe(text);
  });

  it.each(['', ':a', 'a:b:c:d', 'a b', 'a-b', 'a:*', 'ä'])('refused: %j', (text) => {
    expect(codeOf(() => parseInputTag(text))).toBe('EDMESH_INPUT_TAG');
  });

  it('come back as they were written', () => {
    const part = fc.stringMatching(/^\w{0,5}$/);
    const tags = fc.record({
      label: fc.stringMatching(/^\w{1,5}$/),
      instance: part,
      process: part,
    });
    fc.assert(
      fc.property(tags, (tag) => {
        expect(parseInputTag(formatInputTag(tag))).toEqual(tag);
      }),
    );
  });
});

const branch = (text: string): Branch => {
  const [friendlyType = '', moduleLabel = '', productInstance = '', processName = ''] =
    text.split('/');
  return { friendlyType, moduleLabel, productInstance, processName };
};

describe('branch names', () => {
  it('have four fields', () => {
    expect(branchName(branch('VeloHits/hits//VELO'))).toBe('VeloHits_hits__VELO');
    expect(branchName(branch('VeloHits/my_hits/left/VELO'))).toBe('VeloHits_my_hits_left_VELO');
  });
});

describe('sender patterns', () => {
  const matches = (pattern: string, text: string): boolean =>
    parseSenderPatterns([pattern])[0]!(branch(text));

  it.each([
    ['*', 'A/b/c/P', true],
    ['hits', 'A/hits//P', true],
    ['hits', 'A/hits2//P', false],
    ['hit*', 'A/hits2//P', true],
    ['hit?', 'A/hits//P', true],
    ['hit?', 'A/hit//P', false],
    ['?its', 'A/hits/instance/P', true],
    ['A_hits__P', 'A/hits//P', true],
    ['A_hits__P', 'A/hits/i/P', false],
    ['A_hits_*_P', 'A/hits/i/P', true],
    ['*_*_*_*', 'A/hits//P', true],
    ['A_my_hits__P', 'A/my_hits//P', true],
    ['A_my_*__P', 'A/my_hits//P', true],
    ['*_hits_*_*', 'A/my_hits//P', false],
    ['A_hits__?', 'A/hits//PP', false],
    ['Hits', 'A/hits//P', false],
  ])('%s on %s: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each(['', 'a_b', 'a_b_c', '_', '__', 'a.b', 'a b', 'A_h-ts__P', '[ab]'])(
    'refused: %j',
    (pattern) => {
      expect(codeOf(() => parseSenderPatterns([pattern]))).toBe('EDMESH_SELECTOR');
    },
  );

  it('give a predicate each, so that one without a match can be named', () => {
    const predicates = parseSenderPatterns(['a', 'b', '*']);
    expect(predicates.map((predicate) => predicate(branch('T/b//P')))).toEqual([false, true, true]);
  });
});

describe('keep and drop', () => {
  const kept = (commands: readonly string[], text: string): boolean =>
    parseKeepDrop(commands)(branch(text));

  it('start from nothing, and the last that matches decides', () => {
    expect(kept([], 'A/a//P')).toBe(false);
    expect(kept(['keep *'], 'A/a//P')).toBe(true);
    expect(kept(['keep *', 'drop A_*_*_*'], 'A/a//P')).toBe(false);
    expect(kept(['keep *', 'drop A_*_*_*'], 'B/a//P')).toBe(true);
    expect(kept(['keep *', 'drop *_*_*_*', 'keep *_a_*_P'], 'A/a//P')).toBe(true);
    expect(kept(['  keep   *  '], 'A/a//P')).toBe(true);
  });

  it.each(['', 'keep', 'hold *', 'keep * *', 'keep tracks', 'drop A_b', 'KEEP *'])(
    'refused: %j',
    (command) => {
      expect(codeOf(() => parseKeepDrop([command]))).toBe('EDMESH_SELECTOR');
    },
  );

  it('a field matches by its wildcards alone', () => {
    const letters = fc.stringMatching(/^[ab]{0,4}$/);
    const pattern = fc.stringMatching(/^[ab*?]{0,4}$/);
    const glob = (text: string, glyphs: string): boolean => {
      const [first, ...rest] = glyphs;
      if (first === undefined) return text === '';
      if (first === '*') {
        return Array.from({ length: text.length + 1 }, (_, at) => text.slice(at)).some((tail) =>
          glob(tail, rest.join('')),
        );
      }
      return (
        text !== '' && (first === '?' || first === text[0]) && glob(text.slice(1), rest.join(''))
      );
    };
    fc.assert(
      fc.property(letters, pattern, (instance, glyphs) => {
        expect(kept([`keep A_a_${glyphs}_P`], `A/a/${instance}/P`)).toBe(glob(instance, glyphs));
      }),
    );
  });
});
