/**
 * Builds dist/ with esbuild: one chunk graph for the library, the testing helpers, the command and the benchmark, so each
 * class exists once whichever entry a program starts from. Pure JavaScript dependencies are bundled, because resolving
 * and reading their many files costs more start-up time than running them. Types are a separate step (build:types).
 */
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Output name (below dist/, without extension) to source file. */
const entryPoints = {
  index: 'index.ts',
  testing: 'actors/testing/index.ts',
  'cli/edmesh': 'cli/edmesh.ts',
  'cli/lane-thread': 'cli/lane-thread.ts',
  'cli/gpu-thread': 'cli/gpu-thread.ts',
  'bench/bench': 'bench/bench.ts',
};

/**
 * Left outside: esbuild finds its own binary beside itself, viz is 1.2 MB of WebAssembly that few runs need, and tfjs looks
 * for its own beside itself too.
 */
const external = ['esbuild', '@viz-js/viz', '@tensorflow/*', 'webgpu'];

/** CommonJS dependencies call `require` on Node's own modules; an ES module has to make that function first. */
const requireShim =
  "import { createRequire as __createRequire } from 'node:module';\n" +
  'const require = __createRequire(import.meta.url);';

/** Messages of zod in other languages are a third of all code, which every thread would have to read. */
const englishOnly = {
  name: 'zod-in-english',
  setup(build) {
    build.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

const started = performance.now();
await rm(`${root}dist`, { recursive: true, force: true });
const result = await build({
  absWorkingDir: root,
  entryPoints,
  outdir: 'dist',
  entryNames: '[dir]/[name]',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  external,
  plugins: [englishOnly],
  // Less to parse at start-up. Names stay, and the source maps lead back to the lines.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  banner: { js: requireShim },
  metafile: true,
  logLevel: 'warning',
});
await writeFile(`${root}dist/THIRD-PARTY.txt`, await licences(Object.keys(result.metafile.inputs)));
await chmod(`${root}dist/cli/edmesh.js`, 0o755);

const sizes = Object.entries(result.metafile.outputs).filter(([name]) => name.endsWith('.js'));
const bytes = sizes.reduce((sum, [, output]) => sum + output.bytes, 0);
const ms = Math.round(performance.now() - started);
console.log(`build: dist/, ${sizes.length} files, ${Math.round(bytes / 1024)} KiB, ${ms} ms`);

/** The licence texts of the packages that are bundled, which their terms ask to be passed on. */
async function licences(inputs) {
  const packages = inputs.flatMap(
    (file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  );
  const texts = [...new Set(packages)].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(`${root}${folder}/package.json`));
    const file = (await readdir(root + folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? await readFile(`${root}${folder}/${file}`, 'utf8') : '';
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}
