import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../dist/cli/edmesh.js', import.meta.url));

/** The longest that a command may take; one that takes longer is killed, and its status is null. */
const patienceMs = 40_000;

/** How the command ended, and what it wrote. */
export interface CommandOutcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The command while it runs. */
export interface RunningCommand {
  readonly pid: number;
  readonly ended: Promise<CommandOutcome>;
  /** Resolves when what it has written contains the text, so often; and when it has ended. */
  written(text: string, times?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the built command in a folder; `environment` is added to that of the tests. */
export function startCommand(
  folder: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): RunningCommand {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { ...process.env, ...environment },
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  let [out, err] = ['', ''];
  let look = (): void => undefined;
  child.stdout.on('data', (data) => {
    out += String(data);
    look();
  });
  child.stderr.on('data', (data) => {
    err += String(data);
    look();
  });
  const ended = new Promise<CommandOutcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      resolve({ status, signal, out, err });
      look();
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => void child.kill(signal),
    written: (text, times = 1) =>
      new Promise((resolve) => {
        look = () => {
          if ((out + err).split(text).length <= times && child.exitCode === null) return;
          look = () => undefined;
          resolve();
        };
        look();
      }),
  };
}

/** Runs the built command in a folder to its end. */
export function runBuilt(folder: string, args: readonly string[]): Promise<CommandOutcome> {
  return startCommand(folder, args).ended;
}

/** A signal, and the text after which it is sent. */
export type SignalAfter = readonly [text: string, signal: NodeJS.Signals];

/** Runs the built command in a folder to its end, with signals on the way. */
export async function runWithSignals(
  folder: string,
  args: readonly string[],
  signals: readonly SignalAfter[],
): Promise<CommandOutcome> {
  const running = startCommand(folder, args);
  for (const [text, signal] of signals) {
    await running.written(text);
    running.kill(signal);
  }
  return running.ended;
}

/** Whether a process is there; one that has ended and was not waited for is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when none of these processes is there any more. */
export async function allGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
}
