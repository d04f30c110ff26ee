import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Installation } from '../installation.ts';
import type { EndSignal } from '../signals.ts';

/** How a child process ended. */
export interface ChildOutcome {
  /** Its exit status; that of one that a signal ended is 128 and the number of the signal, as in a shell. */
  readonly status: number;
  /** The end of what it wrote to standard output. */
  readonly out: string;
  /** The end of what it wrote to standard error. */
  readonly err: string;
  /** The most memory that it held at once; `undefined` where it could not say. */
  readonly peakRssBytes: number | undefined;
}

/** An `edmesh` in a child process. */
export interface RunningChild {
  /** Never rejects: a child that could not start has a status and an error text too. */
  readonly ended: Promise<ChildOutcome>;
  kill(signal: EndSignal): void;
}

/** Starts an `edmesh` with these arguments. */
export type StartChild = (args: readonly string[]) => RunningChild;

/** No more characters of an output are kept than this. */
const keptMax = 65_536;

/**
 * What a child loads before anything else: at its exit it tells its peak memory. A report would tell it too, but asking
 * for one turns the timing of modules on, and so would change what is measured. Looking from outside would miss the end.
 */
const tellMemory = `import { writeSync } from 'node:fs';
process.on('exit', () => writeSync(3, process.resourceUsage().maxRSS + '\\n'));`;

/** Starts children with the command of this installation, on this Node with its options. */
export function childStarter(installation: Installation): StartChild {
  const command = fileURLToPath(new URL('cli/edmesh.js', installation.edmesh));
  const preload = `data:text/javascript,${encodeURIComponent(tellMemory)}`;
  return (args) => {
    const options = [...process.execArgv, '--import', preload];
    return watched(
      spawn(process.execPath, [...options, command, ...args], {
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      }),
    );
  };
}

function watched(child: ReturnType<typeof spawn>): RunningChild {
  const texts = [1, 2, 3].map((descriptor) => collected(child.stdio[descriptor]));
  // A second signal ends this process at once, and must not leave the child behind.
  const end = (): void => {
    child.kill('SIGKILL');
  };
  process.on('exit', end);
  const ended = new Promise<ChildOutcome>((resolve) => {
    const settle = (status: number, problem: string): void => {
      process.off('exit', end);
      const [out = '', err = '', memory = ''] = texts.map((text) => text());
      const kibibytes = Math.max(...memory.split('\n').map(Number));
      const peakRssBytes = kibibytes > 0 ? kibibytes * 1024 : undefined;
      resolve({ status, out, err: err + problem, peakRssBytes });
    };
    child.on('error', ({ message }) => {
      settle(1, `the child process: ${message}\n`);
    });
    child.on('close', (status, signal) => {
      if (signal === null) settle(status ?? 1, '');
      else settle(128 + constants.signals[signal], `ended by ${signal}\n`);
    });
  });
  return { ended, kill: (signal) => void child.kill(signal) };
}

/** Gathers what comes out of a pipe; the returned function gives the end of it. */
function collected(pipe: unknown): () => string {
  let text = '';
  if (pipe instanceof Readable) {
    pipe.setEncoding('utf8').on('data', (data) => {
      text = (text + String(data)).slice(-keptMax);
    });
  }
  return () => text;
}
