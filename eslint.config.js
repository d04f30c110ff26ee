// Typed lint. Formatting is prettier's; what is here is meaning: types, promises, folder boundaries, hidden inputs.
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Which folders each folder may import from. `test` is free, and examples see the package name alone. */
const mayImport = {
  edm: [],
  transport: ['edm'],
  gpu: ['edm'],
  io: ['edm'],
  actors: ['transport', 'gpu', 'io', 'edm'],
  cli: ['actors', 'transport', 'gpu', 'io', 'edm'],
};
const folders = Object.keys(mayImport);

/** Zones for import-x/no-restricted-paths: wrong direction is banned whole, right direction passes through index.ts. */
const zones = folders.flatMap((target) =>
  folders
    .filter((from) => from !== target)
    .map((from) =>
      mayImport[target].includes(from)
        ? {
            target: `./${target}`,
            from: `./${from}`,
            except: ['./index.ts'],
            message: `${target}/ imports ${from}/ through its index.ts only.`,
          }
        : {
            target: `./${target}`,
            from: `./${from}`,
            message: `${target}/ does not know ${from}/ (cli -> actors -> transport, gpu, io -> edm).`,
          },
    ),
);
const outsideZones = ['./index.ts', './bench'].flatMap((target) =>
  folders.map((from) => ({
    target,
    from: `./${from}`,
    except: ['./index.ts', './testing/index.ts', './nats-server.ts'],
    message: `Import ${from}/ through its index.ts only.`,
  })),
);

const env = 'is an input: take it from the environment that the caller passes.';
const exportAll = {
  selector: 'ExportAllDeclaration',
  message: 'Export names one by one, so that a reader sees what is public.',
};
const hiddenInputs = {
  'no-restricted-globals': [
    'error',
    ...[
      ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval'],
      ...['console', 'process', 'performance'],
    ].map((name) => ({ name, message: `${name} ${env}` })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: `Time ${env}` },
    { object: 'Math', property: 'random', message: `Randomness ${env}` },
    { object: 'globalThis', property: 'process', message: `process ${env}` },
    { object: 'globalThis', property: 'console', message: `console ${env}` },
    { object: 'globalThis', property: 'setTimeout', message: `setTimeout ${env}` },
  ],
  'no-restricted-syntax': [
    'error',
    exportAll,
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: `Time ${env}` },
  ],
};

/** Modules that carry the same hidden inputs under another name. */
const hiddenModules = ['node:process', 'node:timers', 'node:timers/promises', 'node:perf_hooks'];
const impureModules = [
  ...['node:fs', 'node:fs/promises', 'node:net', 'node:http', 'node:child_process'],
  ...['node:worker_threads', 'xstate', 'pino', 'commander', 'esbuild'],
];
const own = ['edmesh', 'edmesh/testing'];

/** no-restricted-imports options: these module names and groups of modules, with one message. */
const banned = (message, names, groups = ['@nats-io/*']) => [
  'error',
  {
    paths: names.map((name) => ({ name, message })),
    patterns: groups.map((group) => ({ group: [group], message })),
  },
];

export default defineConfig(
  globalIgnores(['dist/', 'demo/', 'coverage/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js'] })],
    },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', exportAll],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-self-import': 'error',
      'import-x/no-duplicates': 'error',
      'import-x/no-restricted-paths': [
        'error',
        { basePath: import.meta.dirname, zones: [...zones, ...outsideZones] },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/restrict-plus-operands': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // `typedArray[i] as number` is how an index known to be in range is read; the rule would ask for `!` instead.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // A counted loop over a typed array is the fast one, and says that order matters.
      '@typescript-eslint/prefer-for-of': 'off',
      // An interface has no implicit index signature, so message and product types are often `type`.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // `async` without `await` turns a throw into a rejection, which is what an async interface promises.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      // `fromPromise<void, Input>` is an actor that gives nothing.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // `Record<never, never>` is how a schema without keys is written.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
    },
  },
  {
    // Counted without nested functions: a factory that closes over its state is not a long function. The numeric
    // kernels of the examples are free, a track seed is one loop in one place.
    files: folders.map((folder) => `${folder}/**`),
    rules: { 'max-statements': ['error', 50], complexity: ['error', 20] },
  },
  {
    files: ['edm/**', 'transport/**', 'gpu/**', 'io/**', 'actors/**', 'index.ts', 'examples/**'],
    // The two environments are where the inputs come from: the real one, and the simulated one of tests.
    ignores: ['actors/node-environment.ts', 'actors/testing/simulated-environment.ts'],
    rules: hiddenInputs,
  },
  {
    files: ['edm/**'],
    rules: {
      'no-restricted-imports': banned('edm/ is pure: no I/O, no actors, no transport.', [
        ...hiddenModules,
        ...impureModules,
        ...own,
      ]),
    },
  },
  {
    files: ['gpu/**', 'io/**'],
    rules: {
      'no-restricted-imports': banned(
        'This folder knows bytes and devices, not actors or the command.',
        [...hiddenModules, ...['xstate', 'pino', 'commander', 'esbuild'], ...own],
      ),
    },
  },
  {
    files: ['transport/**'],
    rules: {
      'no-restricted-imports': banned(
        'transport/ knows bytes and subjects, not actors or the command.',
        [...hiddenModules, ...['xstate', 'pino', 'commander', 'esbuild'], ...own],
        [],
      ),
    },
  },
  {
    files: ['actors/**', 'index.ts'],
    rules: {
      'no-restricted-imports': banned(
        'actors/ knows messages, not the command, a clock or a transport client.',
        [...hiddenModules, ...['commander', 'esbuild'], ...own],
      ),
    },
  },
  {
    files: ['cli/**'],
    rules: {
      'no-restricted-imports': banned('Inside the package, import the folder entry.', own),
    },
  },
  {
    files: ['examples/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(\\.\\./)+(edm|transport|gpu|io|actors|cli|index\\.ts)\\b',
              message: "An example is a user of the package: import from 'edmesh'.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**'],
    rules: {
      // fast-check and vitest matchers type their values as any in places that a test checks at once.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        performance: 'readonly',
        URL: 'readonly',
      },
    },
  },
);
