/** Help texts, on terminals that are as wide as terminals are. */
import { describe, expect, it } from 'vitest';
import { program } from './program-run.ts';

const commands = [
  ...['', 'run', 'cluster', 'auth', 'gpu', 'bench', 'graph', 'describe', 'dump', 'replay'],
  ...['journal', 'journal ls', 'journal info', 'journal export', 'journal import'],
];

describe('the help', () => {
  it.each(commands)('fits into 80 columns, each option once: edmesh %s', async (command) => {
    const { status, out } = await program([...command.split(' ').filter(Boolean), '--help']);
    expect(status).toBe(0);
    const [text = ''] = out.split('\nExamples:\n');
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const options = [...text.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option);
    expect(options).toContain('--help');
    expect(new Set(options).size).toBe(options.length);
  });
});
