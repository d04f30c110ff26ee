import { configurationHash } from '../edm/index.ts';
import type { CommandContext } from './command-context.ts';
import { configuredProcess, readConfig } from './config/configured-process.ts';

/** The options of `edmesh dump`. */
export interface DumpArguments {
  readonly param: readonly string[];
  readonly set: readonly string[];
  readonly hash?: boolean;
}

/** `edmesh dump`: the process of a config as plain data, with its hash where asked for. */
export async function dumpCommand(
  configFile: string,
  given: DumpArguments,
  context: CommandContext,
): Promise<void> {
  const config = await readConfig(configFile, context);
  const { data } = configuredProcess(config, given);
  const whole = given.hash ? { configurationHash: configurationHash(data), ...data } : data;
  context.terminal.out(`${JSON.stringify(whole, undefined, 2)}\n`);
}
