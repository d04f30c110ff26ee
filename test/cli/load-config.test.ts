/**
 * Configs anywhere on disk: what they resolve, and what is said about those that are wrong. Vitest has stack traces of its
 * own, so lines that a source map leads to are tested through the command, in `edmesh.test.ts`.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { runningInstallation } from '../../cli/installation.ts';
import { importCode, type ImportModule } from '../../cli/config/import-code.ts';
import { loadConfig } from '../../cli/config/load-config.ts';
import { EdmeshError } from '../../edm/index.ts';
import { startCommand } from './built-command.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();
const installation = runningInstallation();
// Vitest rewrites `import()`; a module that it leaves alone imports as Node does.
const native = (await import(
  /* @vite-ignore */ `data:text/javascript,${encodeURIComponent('export default (url) => import(url)')}`
)) as { default: ImportModule };
const load = (file: string) => loadConfig(file, installation, native.default);
const failure = async (file: string): Promise<EdmeshError> => {
  const thrown: unknown = await load(file).catch((error: unknown) => error);
  if (!(thrown instanceof EdmeshError)) throw new Error('did not fail');
  return thrown;
};

describe('a config anywhere on disk', () => {
  it('gets edmesh from the running installation and its own files from beside it', async () => {
    folder.write('lib/name.ts', "export const name: string = 'BESIDE';\n");
    const file = folder.write(
      'good.config.ts',
      "import { defineProcess } from 'edmesh';\nimport { name } from './lib/name.ts';\n" +
        "export default defineProcess({ name, description: 'text' });\n",
    );
    const config = await load(file);
    expect(config.template.name).toBe('BESIDE');
    expect(config.file).toBe(file);
    expect([...config.sources].sort()).toEqual([file, `${folder.path}/lib/name.ts`]);
    expect(config.template.configure().data.name).toBe('BESIDE');
  });

  it('sees its own import.meta, and so do the files it imports', async () => {
    folder.write(
      'lib/meta.ts',
      'export const inner = [import.meta.url, import.meta.dirname, import.meta.filename];\n',
    );
    const file = folder.write(
      'meta.config.ts',
      "import { defineProcess } from 'edmesh';\nimport { inner } from './lib/meta.ts';\n" +
        'const own = [import.meta.url, import.meta.dirname, import.meta.filename];\n' +
        "export default defineProcess({ name: 'M', description: JSON.stringify([own, inner]) });\n",
    );
    const { template } = await load(file);
    const values = (of: string) => [pathToFileURL(of).href, dirname(of), of];
    const inner = `${folder.path}/lib/meta.ts`;
    expect(JSON.parse(template.description)).toEqual([values(file), values(inner)]);
  });

  it('finds packages beside it first, then those of edmesh', async () => {
    folder.write('node_modules/beside/package.json', '{"name":"beside","main":"main.js"}');
    folder.write('node_modules/beside/main.js', 'exports.where = __dirname;\n');
    const file = folder.write(
      'packages.config.ts',
      "import { defineProcess } from 'edmesh';\nimport { where } from 'beside';\n" +
        "import { z } from 'zod';\nimport { sep } from 'path';\n" +
        "export default defineProcess({ name: 'P', description: where + sep + typeof z.object });\n",
    );
    const { template } = await load(file);
    expect(template.description).toBe(`${folder.path}/node_modules/beside/function`);
  });

  it('shares edmesh with a package that builds on it', async () => {
    folder.write(
      'node_modules/modules-of-edmesh/package.json',
      '{"name":"m","type":"module","exports":"./main.js","peerDependencies":{"edmesh":"*"}}',
    );
    folder.write(
      'node_modules/modules-of-edmesh/main.js',
      "export { defineProcess } from 'edmesh';\n",
    );
    const file = folder.write(
      'shared.config.ts',
      "import { defineProcess } from 'edmesh';\nimport * as m from 'modules-of-edmesh';\n" +
        'export default defineProcess({ name: String(m.defineProcess === defineProcess) });\n',
    );
    expect((await load(file)).template.name).toBe('true');
  });

  it('leaves nothing behind', async () => {
    const temporary = `${folder.path}/temporary`;
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    const text =
      "import { defineProcess } from 'edmesh';\nexport default defineProcess({ name: 'T' });\n";
    await load(folder.write('tidy.config.ts', text));
    vi.unstubAllEnvs();
    expect(readdirSync(temporary)).toEqual([]);

    const ends = folder.write('ends.config.ts', 'process.exit(3);\nexport default 1;\n');
    const command = startCommand(folder.path, ['run', ends], { TMPDIR: temporary });
    expect((await command.ended).status).toBe(3);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('has written nothing yet while it is compiled, which a signal ends at once', async () => {
    const temporary = `${folder.path}/compiling`;
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    const seen: string[][] = [];
    const look = (): void => void seen.push(readdirSync(temporary));
    const make = () => (look(), Promise.resolve('export default 1;'));
    await importCode(make, () => (look(), Promise.resolve()));
    vi.unstubAllEnvs();
    expect(seen).toEqual([[], [expect.stringMatching(/^edmesh-/)]]);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('a wrong config', () => {
  it('is not there', async () => {
    const error = await failure(`${folder.path}/none.config.ts`);
    expect(error.code).toBe('EDMESH_CONFIG_NOT_FOUND');
    expect(error.exitCode).toBe(7001);
    expect(error.message).toContain(`${folder.path}/none.config.ts`);
    expect((await failure(folder.path)).code).toBe('EDMESH_CONFIG_NOT_FOUND');
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['does not parse', 'export default {\n  a: = 1,\n};\n', /:2:6: /],
    ['imports a missing file', "import a from './gone.ts';\nexport default a;\n", /:1:15: .*gone/],
    ['imports a missing package', "import a from 'gone';\nexport default a;\n", /:1:15: .*'gone'/],
    ['imports the inside', "import a from 'edmesh/edm';\nexport default a;\n", /edmesh\/testing/],
    ['has no default export', 'export const a = 1;\n', /no default export/],
    ['exports something else', 'export default { name: 1 };\n', /not made by defineProcess/],
    [
      'throws',
      '\ntype A = number;\nconst a: A = 1;\nthrow new TypeError(`bad ${a}`);\n',
      /: TypeError: bad 1/,
    ],
    ['throws what is no error', "throw 'text';\n", /: text/],
    [
      'imports what is not there',
      "import { defineProcess,\n  nope } from 'edmesh';\nexport default defineProcess(nope);\n",
      /'edmesh' has no export 'nope'/,
    ],
    [
      'gives a part twice',
      "import { defineProcess } from 'edmesh';\nexport default defineProcess({\n  paths: {},\n  name: 'D',\n  paths: {},\n});\n",
      /:5:3: 'paths' is given twice in one object, on line 3 before; the second would replace/,
    ],
    [
      'gives a label twice',
      "import { defineProcess } from 'edmesh';\nexport default defineProcess({ name: 'D', tasks: {\n  a: [],\n  a: [],\n} });\n",
      /:4:3: 'a' is given twice in one object, on line 3 before; the second would replace/,
    ],
  ];
  it.each(wrong)('%s', async (what, text, message) => {
    const file = folder.write(`wrong-${what.replaceAll(/\W/g, '-')}.config.ts`, text);
    const error = await failure(file);
    expect(error.code).toBe('EDMESH_CONFIG_INVALID');
    expect(error.exitCode).toBe(7002);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(file);
  });

  it('keeps the code of an error of edmesh and says which config', async () => {
    const file = folder.write(
      'name.config.ts',
      "import { defineProcess } from 'edmesh';\nexport default defineProcess({ name: 'no name' });\n",
    );
    const error = await failure(file);
    expect(error.code).toBe('EDMESH_CONFIGURATION');
    expect(error.contexts.join()).toContain(file);
  });
});
