/** The README is true: its files compile and run, its commands work, and what it points at is there. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'edmesh-readme-'));

/** Code blocks that follow a line which begins with a file name in backquotes. */
const files = [...readme.matchAll(/^`([a-z.]+\.ts)`[^\n]*\n\n```ts\n([\s\S]*?)```/gm)].map(
  ([, name = '', text = '']) => ({ name, text }),
);
for (const { name, text } of files) writeFileSync(join(folder, name), text);
symlinkSync(join(root, 'examples'), join(folder, 'examples'));

const commands = [...readme.matchAll(/^npx edmesh (.+?)(?: +#.*)?$/gm)].map(
  ([, line = '']) => line,
);

function edmesh(line: string): string {
  const command = join(root, 'dist/cli/edmesh.js');
  return execFileSync(process.execPath, [command, ...line.split(' ')], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('README', () => {
  it('shows a module, its test, a config and a follower with its test', () => {
    expect(files.map(({ name }) => name)).toEqual([
      'double.ts',
      'double.test.ts',
      'double.config.ts',
      'remote.test.ts',
      'square.config.ts',
    ]);
  });

  it.each(['double.test.ts', 'remote.test.ts'])(
    'has a test that passes, and fails when the module is wrong: %s',
    async (file) => {
      const run = async () => {
        const outfile = join(folder, 'test.mjs');
        await build({
          entryPoints: [join(folder, file)],
          outfile,
          bundle: true,
          platform: 'node',
          format: 'esm',
          logLevel: 'silent',
          alias: {
            edmesh: join(root, 'dist/index.js'),
            'edmesh/testing': join(root, 'dist/testing.js'),
          },
          external: ['esbuild', '@viz-js/viz'],
          banner: {
            js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
          },
        });
        execFileSync(process.execPath, [outfile], { stdio: 'pipe' });
      };
      await run();
      const module = files.find(({ name }) => name === 'double.ts')?.text ?? '';
      writeFileSync(join(folder, 'double.ts'), module.replace('2 * event', '3 * event'));
      await expect(run()).rejects.toThrow();
      writeFileSync(join(folder, 'double.ts'), module);
    },
  );

  it.each(commands)(
    'has a command that works: edmesh %s',
    (line) => {
      const output = edmesh(line);
      expect(output.length).toBeGreaterThan(0);
      if (/^(run|cluster) /.test(line) && !line.includes('--help')) {
        expect(output).toMatch(/^Processed [1-9]\d* events in /m);
      }
    },
    90_000,
  );

  it('points at files that exist', () => {
    const targets = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !existsSync(join(root, target)))).toEqual([]);
  });

  it('shows the graph of the flagship as it is now', () => {
    const file = join(folder, 'velo-graph.svg');
    edmesh(`graph ${join(root, 'examples/velo/velo.config.ts')} -o ${file}`);
    const shown = readFileSync(join(root, 'docs/velo-graph.svg'), 'utf8');
    expect(readFileSync(file, 'utf8')).toBe(shown);
  });

  it('names every folder and every dependency', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const table = readme.slice(readme.indexOf('## Packages'));
    expect(Object.keys(dependencies).filter((name) => !table.includes(name))).toEqual([]);
  });
});
