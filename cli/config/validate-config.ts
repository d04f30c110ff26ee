import type { ProcessDefinition } from '../../edm/index.ts';
import type { CommandContext } from '../command-context.ts';
import { configuredGraph } from './configured-process.ts';
import type { LoadedConfig } from './load-config.ts';
import { countText } from '../number-text.ts';

/** Constructs and checks the process of a config, runs nothing, and says that it is valid. */
export async function validate(
  config: LoadedConfig,
  definition: ProcessDefinition,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const graph = await configuredGraph(config, definition, context);
  for (const warning of graph.warnings) terminal.out(`warning: ${warning}\n`);
  const modules = countText(Object.keys(definition.data.modules).length, 'module');
  terminal.out(`${config.file}: process ${graph.process} is valid, ${modules}\n`);
}
