import { Option, type Command } from 'commander';

/** An option that may be given several times; its values make a list. */
function repeatable(flags: string, description: string): Option {
  const gather = (value: string, before: readonly string[]): string[] => [...before, value];
  return new Option(flags, `${description}; may be repeated`).argParser(gather).default([], 'none');
}

/** The options about the process itself, which every command with a config has. */
export function addProcessOptions(command: Command): Command {
  return command
    .addOption(repeatable('-p, --param <key=value>', 'a parameter of the config'))
    .addOption(
      repeatable(
        '--set <label.parameter=value>',
        'a parameter of a module, event setup producer, source or options',
      ),
    );
}

/** The options of `edmesh run`. */
export function addRunOptions(command: Command): Command {
  command
    .description('Run the process of a config.')
    .argument('[config]', 'config file: TypeScript that exports a process');
  return addProcessOptions(command)
    .option(
      '--threads <n>',
      'lanes: OS threads with EDM streams of their own, 0 for all cores (default: 1)',
    )
    .option(
      '--streams <n>',
      'EDM streams: events in flight at once, 0 for as many as threads (default: 0)',
    )
    .option(
      '--max-events <n>',
      'events to process, -1 for all; more than there are start over (default: -1)',
    )
    .option('--skip-events <n>', 'events to leave out first (default: 0)')
    .option('--warmup-events <n>', 'events to process before anything counts (default: 0)')
    .option('--run-for <seconds>', 'take events for so long; excludes --max-events')
    .option('--empty', 'run without modules and paths: the source alone')
    .option(
      '--validation',
      "turn validators on: the config's parameter validation, where it has one",
    )
    .addOption(
      repeatable('--histograms <file>', 'write every histogram into FILE.json or FILE.svg'),
    )
    .option('--report <file>', 'write the report (JSON), with the time spent in each module')
    .option('--digest', 'compute the digest of all products: equal jobs have equal digests')
    .option('--log-level <level>', 'debug, info, warn, error or silent (default: info)')
    .option('--log-format <format>', 'text or json (default: text)')
    .option('--quiet', 'no progress, no summary, only warnings and errors')
    .option('--validate-only', 'construct and check everything, run nothing')
    .option('-h, --help', 'show this help; with a config its parameters too');
}

/** The options of `edmesh bench`. */
export function addBenchOptions(command: Command): Command {
  command
    .description(
      'Measure how the throughput of a config scales with threads and EDM streams. Every run is a process of its own; ' +
        'combinations take turns.',
    )
    .argument('<config>', 'config file: TypeScript that exports a process');
  return addProcessOptions(command)
    .option('--threads <list>', 'numbers of threads, such as 1,2,4; 0 for all cores (default: 1)')
    .option(
      '--streams <list>',
      'numbers of EDM streams, such as 1,2,4,8; 0 for as many as threads (default: 0)',
    )
    .option('--repeat <n>', 'runs of each combination (default: 3)')
    .option('--max-events <n>', 'events of a run, -1 for all (default: -1)')
    .option(
      '--events-per-stream <n>',
      'events of a run for each of its EDM streams; excludes --max-events',
    )
    .option('--run-for <seconds>', 'let each run take events for so long; excludes both')
    .option('--skip-events <n>', 'events to leave out first (default: 0)')
    .option('--warmup-events <n>', 'events of each run before anything counts (default: 0)')
    .option('--empty', 'run without modules and paths: the source alone')
    .option('--json <file>', 'write every run, failure and point, with machine and options (JSON)')
    .option(
      '--svg <file>',
      'draw throughput against EDM streams, a line for each number of threads',
    )
    .option('--quiet', 'no progress: the table, warnings and errors');
}
