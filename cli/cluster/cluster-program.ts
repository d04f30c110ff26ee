import type { Command } from 'commander';
import { EdmeshError } from '../../edm/index.ts';
import type { ClusterArguments } from './cluster-settings.ts';
import type { CommandContext } from '../command-context.ts';
import { addClusterOptions, examples } from '../program-options.ts';

type ClusterOptions = ClusterArguments & { readonly help?: boolean };

/** Adds `edmesh cluster`, and the hidden command by which it runs each of its processes. */
export function addClusterCommands(
  program: Command,
  context: CommandContext,
  setStatus: (status: number) => void,
): void {
  const { terminal } = context;
  addClusterOptions(program.command('cluster').helpOption(false))
    .addHelpText(
      'after',
      `
How options are shared out:
  -p goes to each config that has the parameter, --set to each process that
  has the label. --max-events, --skip-events and --run-for go to each process
  without a controller. All others go to every process. --for NAME adds to
  them for one process, and takes their place where both are given.
${examples(
  'edmesh cluster local.config.ts remote.config.ts',
  'edmesh cluster local.config.ts remote.config.ts --help    the parameters too',
  'edmesh cluster local.config.ts remote.config.ts --max-events 1000 --report report.json',
  "edmesh cluster local.config.ts remote.config.ts --streams 4 --for REMOTE '--threads 4 --streams 16'",
  'edmesh cluster local.config.ts remote.config.ts --in-process --log-level debug',
  'edmesh cluster local.config.ts remote.config.ts --nats nats://127.0.0.1:4222 --job velo',
)}`,
    )
    .action(async (configs: readonly string[], options: ClusterOptions, self: Command) => {
      if (options.help) {
        self.outputHelp();
        const { configHelp } = await import('../run/run-command.ts');
        for (const config of configs) terminal.out(`\n${await configHelp(config, context)}`);
        return;
      }
      if (configs.length === 0) self.error("error: missing required argument 'configs'");
      const { clusterCommand } = await import('./cluster-command.ts');
      setStatus(await clusterCommand(configs, options, context));
    });
  program
    .command('member', { hidden: true })
    .argument('<name>', 'name of the process')
    .argument('<config>', 'config file')
    .action(async (name: string) => {
      if (process.send === undefined) {
        const message = `member ${name}: edmesh cluster starts it; run the config with edmesh run`;
        throw new EdmeshError('EDMESH_COMMAND_LINE', message);
      }
      const { memberCommand } = await import('./member-command.ts');
      setStatus(await memberCommand(context));
    });
}
