/**
 * The house rules over the whole tree: size and width of files, names, import boundaries, marks of unfinished work, and
 * public names that are documented and recorded. Each rule is first shown a text that it must refuse, so that a rule
 * that stopped working is noticed. `npx vitest run test/tidy.test.ts -u` records changed public names.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  fileNameProblems,
  importProblems,
  importsOf,
  lengthProblems,
  markProblems,
  publicNames,
  widthProblems,
} from './tidy-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const LEFT_OUT = /^(?:node_modules|dist|demo|coverage|\.git)$/;
const TEXT = /(?:\.(?:ts|js|mjs|json|md|yml|sh)|^\.ci\/run|^\.\w+rc)$/;

function filesBelow(folder: string): string[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((item) => {
    if (LEFT_OUT.test(item.name)) return [];
    return item.isDirectory() ? filesBelow(`${folder}${item.name}/`) : [folder + item.name];
  });
}

const files = filesBelow('')
  .filter((file) => TEXT.test(file) && file !== 'package-lock.json')
  .map((file) => ({ file, text: readFileSync(root + file, 'utf8') }));
const modules = files.filter(({ file }) => /\.(?:ts|mjs|js)$/.test(file));
const typed = files.filter(({ file }) => file.endsWith('.ts'));

describe('a rule refuses what it is there to refuse', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['edm/a.ts', "import { b } from '../actors/index.ts';"],
    ['edm/a.ts', "import type { b } from '../io/index.ts';"],
    ['edm/a.ts', "export { readFileSync } from 'node:fs';"],
    ['edm/a.ts', "const fs = await import('node:fs/promises');"],
    ['edm/a.ts', "import { setup } from 'xstate';"],
    ['edm/a.ts', "import { pino } from 'pino';"],
    ['edm/a.ts', "import { b } from 'edmesh';"],
    ['edm/a.ts', "import { b } from '../index.ts';"],
    ['edm/a.ts', "import { b } from './b.js';"],
    ['io/a.ts', "import { b } from '../actors/index.ts';"],
    ['io/a.ts', "import { b } from '../transport/index.ts';"],
    ['io/a.ts', "import { b } from '../edm/soa.ts';"],
    ['actors/a.ts', "const b = await import('../cli/index.ts');"],
    ['actors/testing/index.ts', "import { b } from '../../edm/soa.ts';"],
    ['actors/a.ts', "import { connect } from '@nats-io/transport-node';"],
    ['cli/a.ts', "import { b } from '../actors/job/process.machine.ts';"],
    ['bench/a.ts', "import { b } from '../edm/soa.ts';"],
    ['index.ts', "export { b } from './edm/soa.ts';"],
    ['examples/velo/a.ts', "import { b } from '../../edm/index.ts';"],
    ['examples/velo/a.ts', "import { b } from '../dimuon/b.ts';"],
    ['examples/velo/deep/a.ts', "import { b } from '../../../edm/errors.ts';"],
  ];
  it.each(refused)('%s with %s', (file, text) => {
    expect(importProblems(file, text)).toHaveLength(1);
  });

  const accepted: readonly (readonly [string, string])[] = [
    ['edm/a.ts', "import { b } from './b.ts';"],
    ['actors/testing/a.ts', "import { b } from '../probe.ts';"],
    ['actors/a.ts', "import { b } from '../edm/index.ts'; import { setup } from 'xstate';"],
    ['cli/a.ts', "import { b } from '../actors/index.ts';"],
    ['index.ts', "export { b } from './edm/index.ts';"],
    ['bench/a.ts', "import { probe } from '../actors/testing/index.ts';"],
    ['examples/velo/a.config.ts', "import { b } from 'edmesh'; import './algorithms/hits.ts';"],
    ['test/edm/a.test.ts', "import { b } from '../../edm/soa.ts';"],
  ];
  it.each(accepted)('and not %s with %s', (file, text) => {
    expect(importProblems(file, text)).toEqual([]);
  });

  it('sees every form of import', () => {
    const text = `import 'a'; import b from 'b'; export * from 'c'; type D = import('d').D; import('e');`;
    expect(importsOf(text).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('sees long files, wide lines, vague names and marks', () => {
    expect(lengthProblems('edm/a.ts', 'a\n'.repeat(301))).toHaveLength(1);
    expect(lengthProblems('test/a.test.ts', 'a\n'.repeat(500))).toEqual([]);
    expect(lengthProblems('test/a.test.ts', 'a\n'.repeat(501))).toHaveLength(1);
    expect(widthProblems('docs/a.md', 'a'.repeat(131))).toHaveLength(1);
    expect(widthProblems('docs/a.md', `| ${'a'.repeat(131)} |`)).toEqual([]);
    expect(fileNameProblems('edm/string-utils.ts')).toHaveLength(1);
    expect(fileNameProblems('edm/utility-function.ts')).toEqual([]);
    expect(fileNameProblems('actors/LaneActor.ts')).toHaveLength(1);
    const joined = (...parts: string[]): string[] => markProblems('test/a.test.ts', parts.join(''));
    expect(joined('it.on', "ly('x')")).toHaveLength(1);
    expect(joined('it.sk', "ip('x')")).toHaveLength(1);
    expect(joined('// the data is missing\nit.sk', "ip('x')")).toEqual([]);
    expect(joined('// TO', 'DO later')).toHaveLength(1);
    expect(joined('cd "/wo', 'rk/main"')).toHaveLength(1);
    expect(joined('https://registry.', 'npmjs.org/')).toHaveLength(1);
  });

  it('sees public names without a docstring', () => {
    const text = '/** Said. */ export class Said {}\nexport interface Bare {}\n';
    const host = ts.createCompilerHost({});
    const source = ts.createSourceFile('a.ts', text, ts.ScriptTarget.ES2022, true);
    host.getSourceFile = (name) => (name === 'a.ts' ? source : undefined);
    const program = ts.createProgram(['a.ts'], { noLib: true, types: [] }, host);
    expect(publicNames(program, 'a.ts')).toEqual([
      { name: 'Bare', kind: 'type', documented: false, definedAt: 'a.ts:2' },
      { name: 'Said', kind: 'value and type', documented: true, definedAt: 'a.ts:1' },
    ]);
  });
});

describe('the tree keeps the house rules', () => {
  it('has files', () => {
    expect(typed.length).toBeGreaterThan(20);
  });

  it('imports one way, through entry files', () => {
    expect(modules.flatMap(({ file, text }) => importProblems(file, text))).toEqual([]);
  });

  it('has short files', () => {
    expect(modules.flatMap(({ file, text }) => lengthProblems(file, text))).toEqual([]);
  });

  it('has lines that fit a screen', () => {
    const prose = files.filter(({ file }) => !file.endsWith('.json'));
    expect(prose.flatMap(({ file, text }) => widthProblems(file, text))).toEqual([]);
  });

  it('names files after what is in them', () => {
    expect(files.flatMap(({ file }) => fileNameProblems(file))).toEqual([]);
  });

  it('has no marks of unfinished work or of one machine', () => {
    expect(files.flatMap(({ file, text }) => markProblems(file, text))).toEqual([]);
  });
});

describe('public names', () => {
  const entries = ['index.ts', 'actors/testing/index.ts'];
  const folderEntries = typed
    .map(({ file }) => file)
    .filter((file) => /^\w+\/index\.ts$/.test(file));
  let program: ts.Program;

  beforeAll(() => {
    const options = { noLib: true, noResolve: false, types: [], allowImportingTsExtensions: true };
    program = ts.createProgram(
      [...entries, ...folderEntries].map((file) => root + file),
      { ...options, module: ts.ModuleKind.NodeNext, noEmit: true },
    );
  });

  it('have a docstring where they are defined', () => {
    const bare = [...entries, ...folderEntries].flatMap((entry) =>
      publicNames(program, root + entry)
        .filter(({ documented }) => !documented)
        .map(({ name, definedAt }) => `${name} at ${definedAt.replace(root, '')}`),
    );
    expect([...new Set(bare)]).toEqual([]);
  });

  it('are the recorded ones', async () => {
    const lines = entries.flatMap((entry) =>
      publicNames(program, root + entry).map(({ name, kind }) => `${entry} ${name}: ${kind}`),
    );
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('public-names.txt');
  });
});
