/** The house rules as functions from text to problems; `tidy.test.ts` runs them over the tree. */
import { posix } from 'node:path';
import ts from 'typescript';

/** Folders of the package, each with the folders it may import from. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  edm: [],
  transport: ['edm'],
  gpu: ['edm'],
  io: ['edm'],
  actors: ['transport', 'gpu', 'io', 'edm'],
  cli: ['actors', 'transport', 'gpu', 'io', 'edm'],
};

/** Packages and Node modules that a folder must not name, as prefixes. */
const BANNED: Readonly<Record<string, readonly string[]>> = {
  edm: ['node:fs', 'node:worker_threads', 'node:child_process', 'xstate', 'pino', '@nats-io/'],
  transport: ['xstate', 'pino'],
  gpu: ['xstate', 'pino', '@nats-io/'],
  io: ['xstate', 'pino', '@nats-io/'],
  actors: ['@nats-io/', 'commander', 'esbuild'],
};

/** Files that are entered from other folders; `bench/` starts a server as tests do. */
const ENTRIES = new Set(['index.ts', 'testing/index.ts', 'nats-server.ts']);
const LINES_MAX = 300;
const LINES_END = 500;
const WIDTH_MAX = 130;

/** The first folder of a path from the root: `edm` of `edm/soa.ts`, nothing for `index.ts`. */
const topFolder = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : '');

/** What a module imports, re-exports or imports dynamically, as written. */
export function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map((reference) => reference.fileName);
}

/** Imports that go the wrong way, past an entry file, or to a package that the folder must not know. */
export function importProblems(file: string, text: string): string[] {
  const folder = topFolder(file);
  const inPackage = folder in MAY_IMPORT;
  return importsOf(text).flatMap((specifier) => {
    const say = (why: string): string[] => [`${file} imports ${specifier}: ${why}`];
    if (!specifier.startsWith('.')) {
      if (inPackage && /^edmesh(\/|$)/.test(specifier)) return say('use the folder entry');
      const banned = BANNED[folder]?.some((prefix) => specifier.startsWith(prefix)) ?? false;
      return banned ? say(`${folder}/ must not know it`) : [];
    }
    if (!specifier.endsWith('.ts')) return say('a relative import ends in .ts');
    const target = posix.join(posix.dirname(file), specifier);
    const targetFolder = topFolder(target);
    if (folder === 'examples' && !target.startsWith(file.split('/', 2).join('/')))
      return say("an example imports from 'edmesh' and its own folder");
    const isFree = folder === 'test' || (folder === 'bench' && targetFolder === 'examples');
    if (targetFolder === folder || isFree) return [];
    if (inPackage && !(MAY_IMPORT[folder] ?? []).includes(targetFolder))
      return say(
        `${folder}/ does not know ${targetFolder === '' ? 'the root' : `${targetFolder}/`}`,
      );
    const entry = target.slice(targetFolder.length + 1);
    return targetFolder === '' || ENTRIES.has(entry) ? [] : say('go through its index.ts');
  });
}

/** Source files stay short; tests and benchmarks may be longer, up to a point. */
export function lengthProblems(file: string, text: string): string[] {
  const lines = text.split('\n').length - 1;
  const max = /^(test|bench)\//.test(file) ? LINES_END : LINES_MAX;
  return lines > max ? [`${file} has ${lines} lines, more than ${max}`] : [];
}

/** Lines too wide to read; prettier keeps code at 100, this is for comments and pages (tables and links excepted). */
export function widthProblems(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const exempt = file.endsWith('.md') && /^\s*\||https?:|^!?\[/.test(line);
    const wide = line.length > WIDTH_MAX && !exempt;
    return wide ? [`${file}:${index + 1} is ${line.length} wide, more than ${WIDTH_MAX}`] : [];
  });
}

const MARKS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:it|test|describe)\.only\(/, 'runs one test alone'],
  [/\b(?:TO[D]O|FIX[M]E)\b/, 'marks unfinished work'],
  [/@ts-(?:ignore|nocheck)\b/, 'turns the type check off'],
  [/(?:^|[\s'"`(=])\/(?:work|home|Users)\//, 'names a path of one machine'],
  [/\bDEVELOPERS\.md\b/, 'names a file outside the project'],
  [/\b(?:registry\.(?:npmjs|yarnpkg)|deb\.debian)\b/, 'names a registry host'],
];

/** Marks of unfinished work and of the machine it was done on; skipped tests without a reason. */
export function markProblems(file: string, text: string): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const at = `${file}:${index + 1}`;
    const marks = MARKS.flatMap(([mark, why]) => (mark.test(line) ? [`${at} ${why}`] : []));
    const skips = /\b(?:it|test|describe)\.(?:skip|skipIf|runIf|todo)\(/.test(line);
    const reasoned = `${lines[index - 1] ?? ''}\n${line}`.includes('//');
    return skips && !reasoned ? [...marks, `${at} skips without a comment that says why`] : marks;
  });
}

/** A file is named after what is in it: kebab-case, and none of the words that fit anything. */
export function fileNameProblems(file: string): string[] {
  const name = posix.basename(file);
  const vague = name
    .split(/[-.]/)
    .some((word) => /^(?:utils?|helpers?|common|managers?)$/.test(word));
  const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*$/.test(name);
  return [
    ...(vague ? [`${file}: the name says nothing`] : []),
    ...(kebab || !/\.[mc]?[tj]s$/.test(name) ? [] : [`${file}: not kebab-case`]),
  ];
}

/** A name that an entry file exports. */
export interface PublicName {
  readonly name: string;
  /** `value`, `type`, or both for a class. */
  readonly kind: string;
  /** Whether it has a docstring; a name passed on from a dependency counts as documented there. */
  readonly documented: boolean;
  /** Where it is defined, as `path:line`. */
  readonly definedAt: string;
}

/** The exported names of an entry file, in alphabetical order, from a program that holds it. */
export function publicNames(program: ts.Program, entry: string): PublicName[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) return [];
  const names = checker.getExportsOfModule(module).map((exported): PublicName => {
    const alias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = alias ? checker.getAliasedSymbol(exported) : exported;
    const flags = symbol.flags;
    const kinds = [
      ...((flags & ts.SymbolFlags.Value) !== 0 ? ['value'] : []),
      ...((flags & ts.SymbolFlags.Type) !== 0 ? ['type'] : []),
    ];
    const declaration = symbol.declarations?.[0];
    const file = declaration?.getSourceFile();
    const foreign = file?.fileName.includes('/node_modules/') ?? false;
    const line = file?.getLineAndCharacterOfPosition(declaration?.getStart() ?? 0).line ?? 0;
    return {
      name: exported.name,
      kind: kinds.join(' and '),
      documented: foreign || symbol.getDocumentationComment(checker).length > 0,
      definedAt: `${file?.fileName ?? '?'}:${line + 1}`,
    };
  });
  return names.sort((a, b) => (a.name < b.name ? -1 : 1));
}
