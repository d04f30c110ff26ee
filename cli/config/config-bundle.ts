import { readFile, stat } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildFailure, ImportKind, Message, OnResolveResult, Plugin } from 'esbuild';
import { listedError } from '../../edm/index.ts';
import type { Installation } from '../installation.ts';

/** A config and what it imports from its own files, as one module. */
export interface ConfigBundle {
  /** The module, with its source map in it. */
  readonly code: string;
  /** Absolute paths of the files in it. */
  readonly sources: ReadonlySet<string>;
  /** What esbuild finds suspicious, with file, line and column. */
  readonly warnings: readonly string[];
}

/** Variables that stand for what a file could read from `import.meta`, had it not been bundled. */
const meta = {
  'import.meta.url': '__edmeshUrl',
  'import.meta.dirname': '__edmeshDirname',
  'import.meta.filename': '__edmeshFilename',
};

/**
 * Bundles a config file that will stand at `target`. `edmesh` becomes the running installation, packages stay outside,
 * the files of the config come in. Throws `EDMESH_CONFIG_INVALID` that lists every place that does not compile.
 */
export async function bundleConfig(
  file: string,
  target: string,
  installation: Installation,
): Promise<ConfigBundle> {
  const esbuild = await import('esbuild');
  const folder = dirname(file);
  const place = (message: Message): string => placeOf(message, folder);
  try {
    const result = await esbuild.build({
      absWorkingDir: folder,
      entryPoints: [file],
      outfile: target,
      write: false,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      mainFields: ['main'],
      conditions: [],
      sourcemap: 'inline',
      sourcesContent: false,
      legalComments: 'none',
      charset: 'utf8',
      metafile: true,
      logLevel: 'silent',
      // Two modules with one label, or two lists of paths: the second would silently replace the first.
      logOverride: { 'duplicate-object-key': 'error' },
      define: meta,
      plugins: [sourceMeta(), resolution(installation)],
    });
    const inputs = Object.keys(result.metafile.inputs).filter((input) => !input.includes('meta:'));
    return {
      code: requireShim(result.outputFiles[0]?.text ?? '', file),
      sources: new Set(inputs.map((input) => resolve(folder, input))),
      warnings: result.warnings.map(place),
    };
  } catch (thrown) {
    const problems = (thrown as Partial<BuildFailure>).errors?.map(place) ?? [String(thrown)];
    throw listedError('EDMESH_CONFIG_INVALID', `${file} does not compile`, problems);
  } finally {
    await esbuild.stop();
  }
}

/** CommonJS files in a bundle may call `require`, which an ES module has to make first. */
function requireShim(code: string, file: string): string {
  if (!code.includes('Dynamic require of')) return code;
  const made = `createRequire(${JSON.stringify(pathToFileURL(file).href)})`;
  return `import { createRequire } from 'node:module'; const require = ${made}; ${code}`;
}

function placeOf(message: Message, folder: string): string {
  const { location, text } = message;
  const key = /Duplicate key "(.*)"/.exec(text)?.[1];
  const first = message.notes[0]?.location?.line;
  const before = first === undefined ? '' : `, on line ${first} before`;
  const said =
    key === undefined
      ? text
      : `'${key}' is given twice in one object${before}; the second would replace the first`;
  if (location === null) return said;
  const file = resolve(folder, location.file);
  return `${file}:${location.line}:${location.column + 1}: ${said}`;
}

/** Gives every file that reads `import.meta` its own values. */
function sourceMeta(): Plugin {
  const names = Object.values(meta);
  return {
    name: 'edmesh-source-meta',
    setup(build) {
      build.onLoad({ filter: /\.[mc]?[jt]sx?$/, namespace: 'file' }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        if (!text.includes('import.meta')) return undefined;
        const loader = /\.[mc]?ts$/.test(path) ? 'ts' : path.endsWith('x') ? 'tsx' : 'js';
        // At the end, so that lines and columns stay; imports come first anyway.
        const given = `\nimport { ${names.join(', ')} } from ${JSON.stringify(`meta:${path}`)};\n`;
        return { contents: text + given, loader };
      });
      build.onResolve({ filter: /^meta:/ }, ({ path }) => ({
        path: path.slice('meta:'.length),
        namespace: 'meta',
        sideEffects: false,
      }));
      build.onLoad({ filter: /.*/, namespace: 'meta' }, ({ path }) => {
        const values = [pathToFileURL(path).href, dirname(path), path];
        const lines = names.map(
          (name, i) => `export const ${name} = ${JSON.stringify(values[i])};`,
        );
        return { contents: lines.join('\n'), loader: 'js' };
      });
    },
  };
}

/** Finds packages: from the place of the config, else among those of edmesh. They are not bundled. */
function resolution(installation: Installation): Plugin {
  const again = Symbol('resolving');
  return {
    name: 'edmesh-resolution',
    setup(build) {
      build.onResolve({ filter: /^edmesh(\/|$)/ }, ({ path }) => {
        if (path === 'edmesh') return { path: installation.edmesh, external: true };
        if (path === 'edmesh/testing') return { path: installation.testing, external: true };
        return {
          errors: [{ text: `'${path}' cannot be imported; edmesh and edmesh/testing can` }],
        };
      });
      build.onResolve({ filter: /^[^./]/ }, async (args) => {
        const { path, kind, importer, resolveDir } = args;
        if (args.pluginData === again || kind === 'entry-point' || path.startsWith('meta:')) return;
        if (isBuiltin(path)) return { path, external: true };
        for (const from of [resolveDir, installation.folder]) {
          const options = { kind, importer, resolveDir: from, pluginData: again };
          const found = await build.resolve(path, options);
          if (found.errors.length === 0) return await outside(found.path, kind);
        }
        const problem = `cannot find the package '${path}'; install it beside the config`;
        return { errors: [{ text: problem }] };
      });
    },
  };
}

/** A package stays outside the bundle, unless Node could not load it or it would bring an edmesh of its own. */
async function outside(file: string, kind: ImportKind): Promise<OnResolveResult> {
  const loadable = /\.[mc]?js$/.test(file) && file.includes('node_modules');
  if (!loadable || (await usesEdmesh(dirname(file)))) return { path: file };
  const path = kind === 'require-call' ? file : pathToFileURL(file).href;
  return { path, external: true };
}

async function usesEdmesh(folder: string): Promise<boolean> {
  const file = join(folder, 'package.json');
  const named = await stat(file).then(
    async () => JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, object>>,
    () => undefined,
  );
  if (named && 'name' in named) {
    const { dependencies = {}, peerDependencies = {} } = named;
    return 'edmesh' in dependencies || 'edmesh' in peerDependencies;
  }
  const above = dirname(folder);
  return above !== folder && usesEdmesh(above);
}
