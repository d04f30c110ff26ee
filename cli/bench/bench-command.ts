import { availableParallelism, cpus } from 'node:os';
import { EdmeshError, exitStatusOf } from '../../edm/index.ts';
import { benchPoints } from './bench-points.ts';
import { showScan } from './bench-progress.ts';
import { benchJson, type BenchHost, type BenchResult } from './bench-result.ts';
import { childStarter, type StartChild } from './bench-run.ts';
import { startScan, type ScanInput, type ScanResult } from './bench-scan.ts';
import {
  benchSettings,
  combinationText,
  runArguments,
  type BenchArguments,
} from './bench-settings.ts';
import { benchPage } from './bench-svg.ts';
import { benchTable } from './bench-table.ts';
import type { CommandContext } from '../command-context.ts';
import { configuredProcess, readConfig } from '../config/configured-process.ts';
import { errorText } from '../error-text.ts';
import { errorReport } from '../run/failed-report.ts';
import { versionOf } from '../installation.ts';
import { prepareOutput, writeOutput } from '../output-files.ts';
import { watchSignals } from '../signals.ts';
import type { Terminal } from '../terminal.ts';

/** Where a scan runs: the machine, its clock, how a run is started on it, and how people end it. */
export interface BenchEnvironment {
  readonly startChild: StartChild;
  readonly host: BenchHost;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly watchSignals: typeof watchSignals;
}

/**
 * `edmesh bench`: runs a config with several numbers of threads and EDM streams, each run in a process of its own, and
 * shows how the throughput scales. Returns the exit status: that of the first run that failed, or of an interruption.
 * Throws what is wrong with the options, the config or the files before anything runs, and `EDMESH_FILE_WRITE`.
 */
export async function benchCommand(
  configFile: string,
  given: BenchArguments,
  context: CommandContext,
  environment = thisMachine(context),
): Promise<number> {
  const { terminal } = context;
  const { startChild, host, now } = environment;
  const settings = benchSettings(given, host.cpus);
  await Promise.all([given.json, given.svg].flatMap((file) => file ?? []).map(prepareOutput));
  const config = await readConfig(configFile, context);
  configuredProcess(config, given);
  for (const warning of config.warnings) terminal.err(`warning: ${warning}\n`);
  for (const each of settings.skipped) {
    terminal.err(`${combinationText(each)}: left out, a thread without an EDM stream is idle\n`);
  }
  const shown = showScan(terminal, now, given.quiet ?? false);
  const { result, interrupted } = await interruptible(
    {
      combinations: settings.combinations,
      repeat: settings.repeat,
      runArguments: (combination) => runArguments(configFile, settings, combination),
      startChild,
      observer: shown,
    },
    environment,
    terminal,
  );
  shown.stop();
  const points = benchPoints(result.runs);
  const process = config.template.name;
  terminal.out(benchTable(process, points));
  if (interrupted !== undefined) {
    terminal.err(errorText(errorReport(interrupted), { sources: new Set(), stack: false }));
  }
  const version = versionOf(context.installation);
  const { repeat, eventsPerStream, passed } = settings;
  const options = { repeat, eventsPerStream: eventsPerStream ?? null, passed };
  const known = { version, config: config.file, process, host, options };
  await writeFiles({ ...known, ...result, points, generatedAt: new Date(now()) }, given, terminal);
  const [failure] = result.failures;
  if (failure !== undefined) return failure.status || 1;
  return exitStatusOf(interrupted?.exitCode ?? 0);
}

/** Runs a scan to its end, or to that of the run in which a signal came. */
async function interruptible(
  input: ScanInput,
  environment: BenchEnvironment,
  terminal: Terminal,
): Promise<{ readonly result: ScanResult; readonly interrupted?: EdmeshError }> {
  const scan = startScan(input);
  const signals = environment.watchSignals((signal) => {
    terminal.err(`${signal}: ending the run under way; a second one aborts at once\n`);
    scan.stop(signal);
  });
  const result = await scan.ended;
  signals.stop();
  const { received } = signals;
  if (received === undefined) return { result };
  const interrupted = new EdmeshError('EDMESH_INTERRUPTED', `${received} ended the scan early`, {
    fields: { signal: received },
  });
  return { result, interrupted };
}

async function writeFiles(
  result: BenchResult,
  { json, svg, quiet }: BenchArguments,
  terminal: Terminal,
): Promise<void> {
  const write = async (what: string, file: string, text: string): Promise<void> => {
    await writeOutput(file, text);
    if (!quiet) terminal.out(`${what.padEnd(10)}  ${file}\n`);
  };
  if (json !== undefined) await write('result', json, benchJson(result));
  if (svg !== undefined) await write('picture', svg, benchPage(result));
}

/** This machine, and children of this installation. */
function thisMachine({ installation }: CommandContext): BenchEnvironment {
  return {
    startChild: childStarter(installation),
    host: {
      cpus: availableParallelism(),
      model: cpus()[0]?.model.trim() ?? '',
      node: process.version,
    },
    now: () => Date.now(),
    watchSignals,
  };
}
