import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EdmeshError, isProcessTemplate, type ProcessTemplate } from '../../edm/index.ts';
import { bundleConfig, type ConfigBundle } from './config-bundle.ts';
import { configError, linkError } from './config-error.ts';
import { importCode, importNatively, type ImportModule } from './import-code.ts';
import type { Installation } from '../installation.ts';

/** A config that has been read. */
export interface LoadedConfig {
  readonly template: ProcessTemplate;
  /** Its absolute path. */
  readonly file: string;
  /** The config and its own files as one module. */
  readonly code: string;
  /** Absolute paths of the files that it is made of; stack traces lead to them. */
  readonly sources: ReadonlySet<string>;
  readonly warnings: readonly string[];
}

/**
 * Reads a config file: TypeScript anywhere on disk whose default export is `defineProcess(…)`. Nothing is written beside
 * it. Throws `EDMESH_CONFIG_NOT_FOUND` and `EDMESH_CONFIG_INVALID`, the latter with file, line and column.
 */
export async function loadConfig(
  configFile: string,
  installation: Installation,
  importModule: ImportModule = importNatively,
): Promise<LoadedConfig> {
  const file = await existing(configFile);
  let bundle: ConfigBundle | undefined;
  const make = async (target: string): Promise<string> => {
    bundle = await bundleConfig(file, target, installation);
    return bundle.code;
  };
  return importCode(make, async (url) => {
    const { code = '', sources = new Set<string>(), warnings = [] } = bundle ?? {};
    const imported = orNeverSettles(file, importModule(url));
    const module = await imported.catch((thrown: unknown) => {
      throw linkError(thrown, file, sources) ?? configError(thrown, file, sources);
    });
    return { template: templateIn(module, file), file, code, sources, warnings };
  });
}

/** What a config exports, or an error when the event loop runs dry before the config has been evaluated. */
async function orNeverSettles<T>(file: string, imported: Promise<T>): Promise<T> {
  let ranDry: () => void = () => undefined;
  const never = new Promise<never>((_, reject) => {
    ranDry = () => {
      const message = `${file}: it awaits something that never comes`;
      reject(new EdmeshError('EDMESH_CONFIG_INVALID', message, { fields: { file } }));
    };
  });
  process.once('beforeExit', ranDry);
  try {
    return await Promise.race([imported, never]);
  } finally {
    process.off('beforeExit', ranDry);
  }
}

async function existing(configFile: string): Promise<string> {
  const file = resolve(configFile);
  const fields = { file };
  const found = await stat(file).catch((cause: unknown) => {
    throw new EdmeshError('EDMESH_CONFIG_NOT_FOUND', `there is no config ${file}`, {
      cause,
      fields,
    });
  });
  if (!found.isFile()) {
    throw new EdmeshError('EDMESH_CONFIG_NOT_FOUND', `${file} is not a file`, { fields });
  }
  return await realpath(file);
}

function templateIn(module: { readonly default?: unknown }, file: string): ProcessTemplate {
  const exported = module.default;
  if (isProcessTemplate(exported)) return exported;
  const found =
    exported === undefined
      ? 'it has no default export'
      : 'its default export was not made by defineProcess';
  throw new EdmeshError(
    'EDMESH_CONFIG_INVALID',
    `${file}: ${found}; end it with: export default defineProcess({ name: '…', … })`,
    { fields: { file } },
  );
}
