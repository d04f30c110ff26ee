/**
 * What the commands that look at a process say about one that is wrong: everything at once, with the config, and without a
 * stack trace unless it is asked for.
 */
import { describe, expect, it } from 'vitest';
import { program } from './program-run.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();
const config = (name: string, body: string, more = '') =>
  folder.write(
    `${name}.config.ts`,
    `import { defineAnalyzer, defineProcess, EmptySource } from 'edmesh';\n${more}\n` +
      `export default defineProcess({ name: 'WRONG', source: EmptySource(), ${body} });\n`,
  );
const untyped = config('untyped', "paths: 'abc', tasks: { t: null }, modules: { a: 3, b: null }");
const mistaken = config('unknown', "paths: { p: ['nobody'] }");
const commands = [['graph'], ['describe', '--config'], ['dump'], ['run', '--validate-only']];

describe('a process that does not type as one', () => {
  it.each(commands)('is told by %s, every field of it', async (...command) => {
    const { status, out, err } = await program([...command, untyped]);
    expect({ status, out }).toEqual({ status: 73, out: '' });
    expect(err).toContain('process WRONG: 4 problems');
    for (const field of ['modules.a', 'modules.b', 'tasks.t', 'paths']) {
      expect(err).toContain(`- ${field}: `);
    }
    expect(err).toContain(`in config ${untyped}`);
    expect(err).not.toMatch(/stack:|^ +at /m);
  });
});

describe('a process that cannot be constructed', () => {
  it.each([['graph'], ['describe', '--config'], ['run', '--validate-only']])(
    'is told by %s, with the config',
    async (...command) => {
      const { status, err } = await program([...command, mistaken]);
      expect(status).toBe(73);
      expect(err).toContain("no module or sequence 'nobody'");
      expect(err).toContain(`in config ${mistaken}`);
      expect(err).not.toMatch(/stack:|^ +at /m);
    },
  );
});

describe('a stack trace', () => {
  it.each([['graph'], ['describe', '--config'], ['dump']])(
    'is shown by %s at level debug',
    async (...command) => {
      const { status, err } = await program([...command, untyped, '--log-level', 'debug']);
      expect(status).toBe(73);
      expect(err).toMatch(/stack:\n(.|\n)*^ +at /m);
    },
  );

  it('is shown of what edmesh did not foresee', async () => {
    const { status, err } = await program(['graph', config('fine', 'paths: {}')], () =>
      Promise.reject(new TypeError('x is not a function')),
    );
    expect(status).toBe(197);
    expect(err).toMatch(/EDMESH_INTERNAL\)\n {2}TypeError: x is not a function\n {2}stack:/);
  });

  it('has levels', async () => {
    const { status, err } = await program(['dump', untyped, '--log-level', 'loud']);
    expect(status).toBe(88);
    expect(err).toContain("'loud'");
  });
});
