import { Option, type Command } from 'commander';

/** An option that may be given several times; its values make a list. */
export function repeatable(flags: string, description: string): Option {
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

/** The options about how one process runs. */
export function addJobOptions(command: Command): Command {
  return command
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
    .option('--run-for <seconds>', 'take events for so long; excludes --max-events')
    .option('--empty', 'run without modules and paths: the source alone')
    .option(
      '--validation',
      "turn validators on: the config's parameter validation, where it has one",
    )
    .option(
      '--gpu <backend>',
      'what GPU modules use: auto, cuda, tfjs-node-gpu, webgpu, wasm, cpu, off (default: $EDMESH_GPU, else off)',
    )
    .option('--digest', 'compute the digest of all products: equal jobs have equal digests')
    .option('--log-level <level>', 'debug, info, warn, error or silent (default: info)');
}

/** The options about what a command shows and writes. */
function addOutputOptions(command: Command): Command {
  return command
    .addOption(
      repeatable('--histograms <file>', 'write every histogram into FILE.json or FILE.svg'),
    )
    .option('--report <file>', 'write the report (JSON), with the time spent in each module')
    .option('--log-format <format>', 'text or json (default: text)')
    .option('--quiet', 'no progress, no summary, only warnings and errors')
    .option('--validate-only', 'construct and check everything, run nothing');
}

/** The options of `edmesh run`. */
export function addRunOptions(command: Command): Command {
  command
    .description('Run the process of a config.')
    .argument('[config]', 'config file: TypeScript that exports a process');
  return addMeshOptions(
    addOutputOptions(
      addJobOptions(addProcessOptions(command)).option(
        '--warmup-events <n>',
        'events to process before anything counts; not with --nats (default: 0)',
      ),
    ),
    'connect with the other processes of a job through this NATS server: nats:// or tls://HOST:PORT',
  ).option('-h, --help', 'show this help; with a config its parameters too');
}

/** The option about one process of several; `such` are options that it may have. */
export function forOption(such: string): Option {
  return repeatable(
    "--for <NAME 'options'>",
    `options of the process NAME alone, such as --for REMOTE '${such}'`,
  );
}

/** The options of `edmesh cluster`. */
export function addClusterOptions(command: Command): Command {
  command
    .description(
      'Run all processes of a job on this machine, each in an OS process of its own, as one: one progress line, logs with ' +
        'the name of their process, one report, the worst exit status. SIGINT lets all of them drain; a second one ends ' +
        'them at once.',
    )
    .argument(
      '[configs...]',
      'config files: TypeScript that export processes with different names',
    );
  return addMeshOptions(
    addOutputOptions(addJobOptions(addProcessOptions(command))),
    'use this NATS server, nats:// or tls://HOST:PORT, instead of one that ends with the job',
  )
    .addOption(forOption('--streams 4 -p cut=2'))
    .option('--in-process', 'run all processes in one thread of this OS process, without a server')
    .option(
      '--journal-file <file>',
      'write the journal into a file at the end (default: JOB.journal, where the server ends with the job)',
    )
    .option('-h, --help', 'show this help; with configs their parameters too');
}

/** The options about a NATS server. */
export function addServerOptions(command: Command, nats: string): Command {
  return command
    .option('--nats <url>', nats)
    .option('--creds <file>', 'credentials of NATS: a file with a JWT and a seed')
    .option('--nkey <file>', 'credentials of NATS: a file with the seed of an nkey')
    .option('--user <name>', 'credentials of NATS: a name; needs --password')
    .option('--password <text>', 'the password of --user')
    .option('--tls-ca <file>', 'TLS with a server that this authority vouches for (PEM)')
    .option('--tls-cert <file>', 'TLS with a certificate of our own (PEM); needs --tls-key')
    .option('--tls-key <file>', 'the key of --tls-cert (PEM)')
    .option('--insecure', 'allow a server on another machine without TLS and credentials');
}

function addMeshOptions(command: Command, nats: string): Command {
  return addServerOptions(command.optionsGroup('Options of a job over several processes:'), nats)
    .option('--job <name>', 'name of the job: up to 64 letters, digits, _ and -')
    .option('--heartbeat <seconds>', 'time between signs of life (default: 1)')
    .option(
      '--peer-timeout <seconds>',
      'a process not heard for so long is dead (default: 5, or 5 times --heartbeat)',
    )
    .option('--join-timeout <seconds>', 'how long others are waited for at the start (default: 60)')
    .option(
      '--slots <n>',
      'events that a follower holds at once (default: as its EDM streams need)',
    )
    .option(
      '--journal <mode>',
      'have the server keep what the processes send each other: off, transitions, or full with the products (default: off)',
    )
    .option('--journal-size <bytes>', 'what the journal may grow to, such as 500M (default: 2G)')
    .option('--journal-replace', 'throw away the journal of an earlier run of the job')
    .optionsGroup('Options:');
}

/** The options of `edmesh replay`. */
export function addReplayOptions(command: Command): Command {
  command
    .description(
      'Run one process of a job alone, on what the journal of the job holds: it gets the transitions and products that it ' +
        'had received, and what it sends is compared with what it had sent.',
    )
    .argument('[config]', 'config file: TypeScript that exports the process')
    .option('--job <name>', 'the job; a file knows its own')
    .option('--process <name>', 'the process of the job (default: that of the config)')
    .option('--file <file>', 'the journal, in a file')
    .option(
      '--event <id>',
      'this event alone: RUN:LUMI:EVENT, with @ORDINAL where several have that id',
    )
    .option('--from <id>', 'the events from this one on, in the order in which they were taken')
    .option('--to <id>', 'the events up to this one')
    .option('--list', 'list the events of the journal, and run nothing')
    .option('--json', 'list them as JSON')
    .option('--streams <n>', 'EDM streams: events in flight at once (default: 1)')
    .option('--slots <n>', 'events that the process holds at once (default: as its MPISource says)')
    .option(
      '--skip-events <n>',
      'what the job had left out, for a process with a source of its own',
    )
    .option(
      '--validation',
      "turn validators on: the config's parameter validation, where it has one",
    )
    .option('--digest', 'compute the digest of all products')
    .option('--log-level <level>', 'debug, info, warn, error or silent (default: info)');
  return addServerOptions(
    addOutputOptions(addProcessOptions(command)),
    'the server that has the journal: nats:// or tls://HOST:PORT',
  );
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

/** The examples at the end of a help text. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}
