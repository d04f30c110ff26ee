import { runningInstallation } from '../../cli/installation.ts';
import type { ImportModule } from '../../cli/config/import-code.ts';
import { runProgram } from '../../cli/program.ts';
import type { Framework } from '../../cli/command-context.ts';
import { recordingTerminal } from './recording-terminal.ts';

// Vitest rewrites `import()`; a module that it leaves alone imports as Node does.
const native = (await import(
  /* @vite-ignore */ `data:text/javascript,${encodeURIComponent('export default (url) => import(url)')}`
)) as { default: ImportModule };

/** Runs the command in this process; configs get the built edmesh. */
export async function program(
  args: readonly string[],
  framework: () => Promise<Framework> = () => import('../../actors/index.ts'),
): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const terminal = recordingTerminal();
  const status = await runProgram(args, {
    terminal,
    installation: runningInstallation(),
    framework,
    importModule: native.default,
  });
  return { status, out: terminal.stdout(), err: terminal.stderr() };
}
