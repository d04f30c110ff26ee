import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { JournalArguments } from './journal-command.ts';
import { addServerOptions, examples } from '../program-options.ts';

const serverText = 'the server that has the journal: nats://host:port or tls://host:port';

/** Adds `edmesh journal` with its commands. */
export function addJournalCommand(program: Command, context: CommandContext): void {
  const journal = program
    .command('journal')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'Show the help of a command.')
    .description('Look at the journals of jobs, keep them in files, and bring them back.')
    .addHelpText(
      'after',
      examples(
        'edmesh journal ls --nats nats://localhost',
        'edmesh journal info --nats nats://localhost --job velo',
        'edmesh journal export velo.journal --nats nats://localhost --job velo',
        'edmesh journal info velo.journal --events',
        'edmesh journal import velo.journal --nats nats://localhost --job again',
      ),
    );
  const command = (name: string): Command =>
    journal.command(name).helpOption('-h, --help', 'show this help');

  addServerOptions(command('ls'), serverText)
    .description('List the journals of a server.')
    .option('--json', 'print JSON')
    .action(async (options: JournalArguments) => {
      const { journalLs } = await import('./journal-command.ts');
      await journalLs(options, context);
    });

  addServerOptions(command('info'), serverText)
    .description('Say what a journal holds: packets, processes, events.')
    .argument('[file]', 'an exported journal; else one of a server')
    .option('--job <name>', 'the job whose journal is meant')
    .option('--events', 'list every event')
    .option('--json', 'print JSON')
    .action(async (file: string | undefined, options: JournalArguments) => {
      const { journalInfo } = await import('./journal-command.ts');
      await journalInfo(file, options, context);
    });

  addServerOptions(command('export'), serverText)
    .description('Write a journal into one file.')
    .argument('<file>', 'the file; one that is there is replaced')
    .option('--job <name>', 'the job whose journal is meant')
    .option('--quiet', 'only warnings and errors')
    .action(async (file: string, options: JournalArguments) => {
      const { journalExport } = await import('./journal-command.ts');
      await journalExport(file, options, context);
    });

  addServerOptions(command('import'), 'the server: nats://host:port or tls://host:port')
    .description('Make a journal of an exported one.')
    .argument('<file>', 'an exported journal')
    .option('--job <name>', 'name of its job (default: as it was)')
    .option('--replace', 'throw away a journal of that job which is there')
    .option('--quiet', 'only warnings and errors')
    .action(async (file: string, options: JournalArguments) => {
      const { journalImport } = await import('./journal-command.ts');
      await journalImport(file, options, context);
    });
}
