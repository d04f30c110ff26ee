import { Command, CommanderError, Option } from 'commander';
import { EdmeshError, exitStatusOf } from '../edm/index.ts';
import type { BenchArguments } from './bench/bench-settings.ts';
import { addAuthCommand } from './mesh/auth-program.ts';
import { addClusterCommands } from './cluster/cluster-program.ts';
import { joinedFor } from './cluster/cluster-for.ts';
import type { CommandContext } from './command-context.ts';
import type { DescribeArguments } from './describe-command.ts';
import type { DumpArguments } from './dump-command.ts';
import type { GpuArguments } from './gpu-command.ts';
import type { GraphArguments } from './graph/graph-command.ts';
import { versionOf } from './installation.ts';
import { addJournalCommand } from './journal/journal-program.ts';
import { addBenchOptions, addProcessOptions, addRunOptions, examples } from './program-options.ts';
import { addReplayCommand } from './journal/replay-program.ts';
import type { LogLevel, RunArguments } from './run/run-settings.ts';

/** Commands whose option `--for` has options in it. */
const withFor: ReadonlySet<string> = new Set(['auth', 'cluster']);

type RunOptions = RunArguments & { readonly help?: boolean };

/** Runs the command with the arguments after its name; returns the exit status. */
export async function runProgram(
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  let status = 0;
  const program = createProgram(context, (value) => {
    status = value;
  });
  const shown = { stack: false };
  program.hook('preAction', (_, action) => {
    shown.stack = action.opts<{ readonly logLevel?: string }>().logLevel === 'debug';
  });
  try {
    await program.parseAsync(withFor.has(args[0] ?? '') ? joinedFor(args) : args, { from: 'user' });
    return status;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return usageStatus(thrown);
    const { errorText } = await import('./error-text.ts');
    const { errorReport } = await import('./run/failed-report.ts');
    const known = thrown instanceof EdmeshError ? thrown : internal(thrown);
    const error = errorReport(known);
    const stack = shown.stack || known.code === 'EDMESH_INTERNAL';
    context.terminal.err(errorText(error, { sources: new Set(), stack }));
    return exitStatusOf(error.exitCode);
  }
}

/** What no part of edmesh foresaw. What a config or a module throws has become an error of edmesh before. */
function internal(thrown: unknown): EdmeshError {
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new EdmeshError('EDMESH_INTERNAL', message, { cause: thrown });
}

/** Help and version end well; anything else about the command line is code 7000 of CMS. */
function usageStatus(error: CommanderError): number {
  if (error.exitCode === 0) return 0;
  return exitStatusOf(new EdmeshError('EDMESH_COMMAND_LINE', error.message).exitCode);
}

const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** The options of a command that looks at a process and runs nothing. */
function addLookOptions(command: Command): Command {
  return addProcessOptions(command).addOption(
    new Option('--log-level <level>', 'debug: with the stack trace of an error').choices(logLevels),
  );
}

/** As wide as the terminal, as far as lines can be read well; some terminals do not say how wide they are. */
function helpColumns(columns: number): number {
  return columns < 40 ? 80 : Math.min(columns, 100);
}

function createProgram(context: CommandContext, setStatus: (status: number) => void): Command {
  const { terminal } = context;
  const program = new Command('edmesh')
    .description('Runs event-processing jobs that a TypeScript config describes.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      getOutHelpWidth: () => helpColumns(terminal.columns),
      getErrHelpWidth: () => helpColumns(terminal.columns),
    })
    .showHelpAfterError('(add --help for the options and examples)')
    .version(versionOf(context.installation), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'Show the help of a command.')
    .addHelpText('after', examples('edmesh run examples/velo/velo.config.ts --max-events 100'));
  const command = (name: string) =>
    program.command(name).helpOption('-h, --help', 'show this help');

  addRunOptions(program.command('run').helpOption(false))
    .addHelpText(
      'after',
      examples(
        'edmesh run velo.config.ts                      all events, then a summary',
        'edmesh run velo.config.ts --help               the parameters of this config too',
        'edmesh run velo.config.ts -p input=file.mdf --streams 4 --report report.json',
        'edmesh run velo.config.ts --set clusters.clustering=retina --histograms plots/velo.svg',
        'edmesh run velo.config.ts --validate-only      check everything, run nothing',
      ),
    )
    .action(async (config: string | undefined, options: RunOptions, self: Command) => {
      if (options.help) {
        self.outputHelp();
        if (config === undefined) return;
        const { configHelp } = await import('./run/run-command.ts');
        terminal.out(`\n${await configHelp(config, context)}`);
        return;
      }
      if (config === undefined) self.error("error: missing required argument 'config'");
      const { runCommand } = await import('./run/run-command.ts');
      setStatus(await runCommand(config, options, context));
    });

  addClusterCommands(program, context, setStatus);
  addAuthCommand(program, context);

  command('gpu')
    .description('List the GPU backends and devices of this machine, and why others are missing.')
    .argument('[config]', 'a config whose operations are tried too')
    .option('--gpu <backend>', 'one of them: cuda, tfjs-node-gpu, webgpu, wasm, cpu')
    .option(
      '--selftest',
      'run every operation on them: compare with the host, say how long it takes',
    )
    .addHelpText('after', examples('edmesh gpu', 'edmesh gpu --gpu cuda --selftest'))
    .action(async (config: string | undefined, options: GpuArguments) => {
      const { gpuCommand } = await import('./gpu-command.ts');
      setStatus(await gpuCommand(config, options, context));
    });

  addBenchOptions(command('bench'))
    .addHelpText(
      'after',
      examples(
        'edmesh bench velo.config.ts --streams 1,2,4,8',
        'edmesh bench velo.config.ts --threads 1,2,4 --warmup-events 100 --svg scaling.svg',
        'edmesh bench velo.config.ts --streams 4 --repeat 9 -p events=2000 --json bench.json',
      ),
    )
    .action(async (config: string, options: BenchArguments) => {
      const { benchCommand } = await import('./bench/bench-command.ts');
      setStatus(await benchCommand(config, options, context));
    });

  addLookOptions(command('graph'))
    .description('Draw the graph of a process: modules, data and paths.')
    .argument('<config>', 'config file')
    .option(
      '-f, --format <format>',
      'mermaid, dot, json or svg (default: by the output file, else mermaid)',
    )
    .option('-o, --output <file>', 'write into a file instead of standard output')
    .addHelpText(
      'after',
      examples(
        'edmesh graph velo.config.ts -o velo.svg',
        'edmesh graph velo.config.ts --format dot | dot -Tpdf > velo.pdf',
      ),
    )
    .action(async (config: string, options: GraphArguments) => {
      const { graphCommand } = await import('./graph/graph-command.ts');
      await graphCommand(config, options, context);
    });

  addLookOptions(command('describe'))
    .description(
      'List the types of edmesh or of a config, or describe one: parameters, defaults, products.',
    )
    .argument('[type]', 'name of a type')
    .option(
      '-c, --config <config>',
      'the types that this config uses, with their labels and products',
    )
    .addHelpText(
      'after',
      examples(
        'edmesh describe                                the types that come with edmesh',
        'edmesh describe MdfSource                      one of them',
        'edmesh describe --config velo.config.ts        the types that a config uses',
      ),
    )
    .action(async (type: string | undefined, options: DescribeArguments) => {
      const { describeCommand } = await import('./describe-command.ts');
      await describeCommand(type, options, context);
    });

  addLookOptions(command('dump'))
    .description('Print a process as plain data (JSON), as it is hashed for its provenance.')
    .argument('<config>', 'config file')
    .option('--hash', 'with the hash that provenance records, as configurationHash')
    .addHelpText(
      'after',
      examples(
        'edmesh dump velo.config.ts',
        'edmesh dump velo.config.ts -p clustering=retina --hash',
      ),
    )
    .action(async (config: string, options: DumpArguments) => {
      const { dumpCommand } = await import('./dump-command.ts');
      await dumpCommand(config, options, context);
    });
  addJournalCommand(program, context);
  addReplayCommand(program, context, setStatus);
  return program;
}
