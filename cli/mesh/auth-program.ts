import type { Command } from 'commander';
import type { AuthArguments } from './auth-command.ts';
import type { CommandContext } from '../command-context.ts';
import { addProcessOptions, examples, forOption, repeatable } from '../program-options.ts';

/** Adds `edmesh auth`. */
export function addAuthCommand(program: Command, context: CommandContext): void {
  addProcessOptions(program.command('auth'))
    .helpOption('-h, --help', 'show this help')
    .description(
      'Write the users of a job for the configuration of a nats-server: what each process may publish and subscribe to, ' +
        'and no more.',
    )
    .argument('<configs...>', 'config files: TypeScript that export the processes of the job')
    .requiredOption('--job <name>', 'name of the job: up to 64 letters, digits, _ and -')
    .option('--threads <n>', 'lanes of each process; permissions are for so many (default: 1)')
    .option('--streams <n>', 'EDM streams of each process, where they are fewer than threads')
    .addOption(forOption('--threads 4'))
    .option('--journal', 'what a journal of the job needs too, and a user who reads it')
    .addOption(
      repeatable(
        '--public-key <NAME=key>',
        'the public key (of an nkey) by which the server knows NAME, instead of a password',
      ),
    )
    .option('--json', 'the permissions alone, as JSON')
    .addHelpText(
      'after',
      examples(
        'edmesh auth local.config.ts remote.config.ts --job velo > users.conf',
        "edmesh auth local.config.ts remote.config.ts --job velo --for REMOTE '--threads 4'",
        'edmesh auth local.config.ts remote.config.ts --job velo --journal --json',
        "then, where the server's configuration says `include users.conf`:",
        'LOCAL_PASSWORD=… REMOTE_PASSWORD=… nats-server -c server.conf',
        'edmesh run local.config.ts --nats nats://HOST:4222 --job velo --user LOCAL --password …',
      ),
    )
    .action(async (configs: readonly string[], options: AuthArguments) => {
      const { authCommand } = await import('./auth-command.ts');
      await authCommand(configs, options, context);
    });
}
