import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addReplayOptions, examples } from '../program-options.ts';
import type { ReplayArguments } from './replay-settings.ts';

/** Adds `edmesh replay`. */
export function addReplayCommand(
  program: Command,
  context: CommandContext,
  setStatus: (status: number) => void,
): void {
  addReplayOptions(program.command('replay').helpOption('-h, --help', 'show this help'))
    .addHelpText(
      'after',
      `
What is equal ends with status 0, a difference with 1. A process with a source
of its own reads its events again: give it the -p, --set and --skip-events that
the job had.
${examples(
  'edmesh replay --nats nats://localhost --job velo --list',
  'edmesh replay remote.config.ts --nats nats://localhost --job velo --process REMOTE',
  'edmesh replay remote.config.ts --file velo.journal --event 1:2:37 --log-level debug',
  'edmesh replay remote.config.ts --file velo.journal --from 1:2:1 --to 1:2:50',
)}`,
    )
    .action(async (config: string | undefined, options: ReplayArguments) => {
      const { replayCommand } = await import('./replay-command.ts');
      setStatus(await replayCommand(config, options, context));
    });
}
