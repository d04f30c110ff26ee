import type { ProcessGraph } from '../../actors/index.ts';
import { EdmeshError, type ProcessDefinition } from '../../edm/index.ts';
import type { CommandContext } from '../command-context.ts';
import { configError, placeInStack } from './config-error.ts';
import { configParameters, type ParameterArguments } from './config-parameters.ts';
import { loadConfig, type LoadedConfig } from './load-config.ts';
import { applySettings, emptied } from './process-settings.ts';

/** What the command line says about a process. */
export interface ProcessArguments extends ParameterArguments {
  readonly set: readonly string[];
  /** Leaves modules, paths and event setup out. */
  readonly empty?: boolean | undefined;
}

/** Reads the config that a command is about. */
export function readConfig(file: string, context: CommandContext): Promise<LoadedConfig> {
  return loadConfig(file, context.installation, context.importModule);
}

/** The process that a config makes with the parameters and settings of the command line. */
export function configuredProcess(
  config: LoadedConfig,
  given: ProcessArguments,
): ProcessDefinition {
  return configuredWith(config, configParameters(config, given), given);
}

/** The process that a config makes with these parameters and the settings of the command line. */
export function configuredWith(
  config: LoadedConfig,
  parameters: Readonly<Record<string, unknown>>,
  given: Pick<ProcessArguments, 'set' | 'empty'>,
): ProcessDefinition {
  const definition = configure(config, parameters);
  const changed = applySettings(definition, given.set);
  return given.empty ? emptied(changed) : changed;
}

/** The graph of the process that a config made. An error that the config is to blame for says which config. */
export async function configuredGraph(
  config: LoadedConfig,
  definition: ProcessDefinition,
  context: CommandContext,
): Promise<ProcessGraph> {
  const { processGraph } = await context.framework();
  try {
    return processGraph(definition);
  } catch (thrown) {
    const { file, sources } = config;
    const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
    const isInternal =
      !(thrown instanceof EdmeshError) && placeInStack(stack, sources) === undefined;
    throw isInternal ? thrown : configError(thrown, file, sources);
  }
}

function configure(
  config: LoadedConfig,
  parameters: Readonly<Record<string, unknown>>,
): ProcessDefinition {
  try {
    return config.template.configure(parameters);
  } catch (thrown) {
    throw configError(thrown, config.file, config.sources);
  }
}
