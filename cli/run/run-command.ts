import type { JobReport } from '../../actors/index.ts';
import { exitStatusOf } from '../../edm/index.ts';
import { describeNats } from '../../transport/index.ts';
import type { CommandContext } from '../command-context.ts';
import { parameterHelp } from '../config/config-parameters.ts';
import { readConfig } from '../config/configured-process.ts';
import { terminalView } from './job-view.ts';
import { processedLine } from '../cluster/machine-lines.ts';
import { meshOf } from '../mesh/mesh-of.ts';
import type { MeshSettings } from '../mesh/mesh-settings.ts';
import { runConfig } from './run-config.ts';
import { tellErrors, writeRunFiles } from './run-files.ts';
import type { RunArguments } from './run-settings.ts';
import { summaryText, type WrittenFile } from './summary.ts';

/** `edmesh run`: runs the process of a config, writes its files, says how it went. Returns the exit status. */
export async function runCommand(
  configFile: string,
  given: RunArguments,
  context: CommandContext,
): Promise<number> {
  const { report, sources } = await runConfig({
    read: () => readConfig(configFile, context),
    given,
    context,
    view: terminalView(context.terminal, given.quiet ?? false),
    meshOf: (settings) => {
      tellMesh(settings, given, context);
      return meshOf(settings);
    },
  });
  if (report === undefined) return 0;
  const { report: written, files } = await writeRunFiles(report, given);
  tellErrors(written, given, sources, context);
  tellEnd(written, given, files, context);
  return exitStatusOf(written.exitCode);
}

/** Says which job is joined, and how: nothing comes after that until the other processes are there. */
function tellMesh(
  { job, server }: MeshSettings,
  given: RunArguments,
  { terminal }: CommandContext,
): void {
  if (server === 'memory' || given.quiet) return;
  const text = `joining job ${job} at ${describeNats(server)}`;
  terminal.err(
    given.logFormat === 'json' ? `${JSON.stringify({ level: 30, msg: text })}\n` : `${text}\n`,
  );
}

/** The help about the parameters of a config. */
export async function configHelp(configFile: string, context: CommandContext): Promise<string> {
  return parameterHelp(await readConfig(configFile, context));
}

function tellEnd(
  report: JobReport,
  given: RunArguments,
  files: readonly WrittenFile[],
  context: CommandContext,
): void {
  if (report.transitions.beginJob === 0) return;
  if (report.exitCode === 0 || report.errors.at(-1)?.code === 'EDMESH_INTERRUPTED') {
    context.terminal.out(processedLine(report));
  }
  if (!given.quiet) context.terminal.out(summaryText(report, files));
}
