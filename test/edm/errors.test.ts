/** The error family, and the error table against its page, both ways. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorTable, type ErrorCode } from '../../edm/error-table.ts';
import { asEdmeshError, EdmeshError, listedError, withContext } from '../../edm/errors.ts';
import { categoryExitCodes, exitCodeOf, exitStatusOf } from '../../edm/exit-codes.ts';
import { noTransitions, transitionNames } from '../../edm/transitions.ts';

describe('the page of errors', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const rows = page.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    return cells[1]?.startsWith('`EDMESH_') === true ? [cells.slice(1, -1)] : [];
  });

  it('lists every code once, in the order of the table, and no other', () => {
    expect(rows.map(([code]) => code)).toEqual(
      Object.keys(errorTable).map((code) => `\`${code}\``),
    );
  });

  it('says of each what the table says, and what to do', () => {
    const written = rows.map((cells) => cells.slice(1, 5));
    const expected = Object.values(errorTable).map(({ category, meaning }) => {
      const exitCode = exitCodeOf(category);
      return [category, String(exitCode), String(exitStatusOf(exitCode)), meaning];
    });
    expect(written).toEqual(expected);
    expect(rows.every((cells) => cells.length === 6 && cells[5] !== '')).toBe(true);
  });

  it('has codes of one form', () => {
    expect(rows.every(([code]) => /^`EDMESH_[A-Z]+(?:_[A-Z]+)*`$/.test(code!))).toBe(true);
  });
});

describe('exit codes', () => {
  it('are those of CMS, modulo 256 for the system', () => {
    const cms = {
      CommandLineProcessing: 88,
      ConfigFileNotFound: 89,
      ConfigFileReadError: 90,
      OtherCMS: 65,
    };
    const more = {
      ProductNotFound: 70,
      Configuration: 73,
      FileOpenError: 84,
      FileReadError: 85,
      CaughtSignal: 40,
    };
    for (const [category, status] of Object.entries({ ...cms, ...more })) {
      expect(exitStatusOf(exitCodeOf(category))).toBe(status);
    }
    expect(exitStatusOf(0)).toBe(0);
    expect(exitStatusOf(256)).toBe(1);
  });

  it('never look like success, and are 8001 for a category of a module', () => {
    expect(Object.values(categoryExitCodes).every((code) => exitStatusOf(code) > 0)).toBe(true);
    expect(exitCodeOf('MyOwn')).toBe(8001);
    expect(exitCodeOf('toString')).toBe(8001);
  });
});

describe('an error', () => {
  it('has code, category, exit code, fields and cause', () => {
    const cause = new Error('disk');
    const error = new EdmeshError('EDMESH_FILE_READ', 'a.mdf, byte 3', {
      fields: { offset: 3 },
      cause,
    });
    expect(error).toMatchObject({
      name: 'EdmeshError',
      code: 'EDMESH_FILE_READ',
      category: 'FileReadError',
      exitCode: 8021,
      fields: { offset: 3 },
      contexts: [],
    });
    expect(error.cause).toBe(cause);
    expect('cause' in new EdmeshError('EDMESH_INTERNAL', 'x')).toBe(false);
    expect(new EdmeshError('EDMESH_INTERNAL', 'x', { category: 'Mine' }).exitCode).toBe(8001);
  });

  it('is known across copies of the class', () => {
    const brand = Symbol.for('edmesh.EdmeshError');
    expect({ [brand]: true }).toBeInstanceOf(EdmeshError);
    expect(new Error('x')).not.toBeInstanceOf(EdmeshError);
    expect([null, undefined, 3, 'x', {}].some((value) => value instanceof EdmeshError)).toBe(false);
  });

  it('wraps what a module threw', () => {
    const thrown = new TypeError('x is not a function');
    expect(asEdmeshError(thrown)).toMatchObject({
      code: 'EDMESH_MODULE_EXCEPTION',
      message: 'x is not a function',
      exitCode: 8002,
    });
    expect(asEdmeshError(thrown).cause).toBe(thrown);
    expect(asEdmeshError('text').message).toBe('text');
    expect(asEdmeshError(undefined).message).toBe('undefined');
    expect(asEdmeshError(new Error('')).message).toBe('Error');
    const own = new EdmeshError('EDMESH_INTERNAL', 'x');
    expect(asEdmeshError(own)).toBe(own);
  });

  it('gathers where it happened, innermost first, and leaves the thrown one alone', () => {
    const thrown = new EdmeshError('EDMESH_EVENT_CORRUPT', 'bad', { fields: { offset: 1 } });
    const inner = withContext(thrown, 'module tracks', 'event 1:1:7');
    const outer = withContext(inner, 'process VELO');
    expect(outer.contexts).toEqual(['module tracks', 'event 1:1:7', 'process VELO']);
    expect(outer).toMatchObject({
      code: 'EDMESH_EVENT_CORRUPT',
      message: 'bad',
      fields: { offset: 1 },
    });
    expect(outer.stack).toBe(thrown.stack);
    expect(thrown.contexts).toEqual([]);
    expect(withContext(new Error('x'), 'module a').code).toBe('EDMESH_MODULE_EXCEPTION');
  });

  it('can list problems, each on its line', () => {
    const one = listedError('EDMESH_CONFIGURATION', 'process P', ['a']);
    expect(one.message).toBe('process P: 1 problem\n  - a');
    const two = listedError('EDMESH_CONFIGURATION' satisfies ErrorCode, 'process P', ['a', 'b']);
    expect(two.message).toBe('process P: 2 problems\n  - a\n  - b');
    expect(two.fields.problems).toEqual(['a', 'b']);
  });
});

it('every transition has a count', () => {
  expect(Object.keys(noTransitions())).toEqual([...transitionNames]);
  expect(Object.values(noTransitions()).every((count) => count === 0)).toBe(true);
});
