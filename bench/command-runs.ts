import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder of the package, from the built benchmark. */
const root = new URL('../../', import.meta.url);

/** A run that takes longer hangs. */
const hangsMs = 180_000;

/** At its exit the process tells its peak memory; a report would tell it too, but would turn the timing of modules on. */
const tellMemory = `import { writeSync } from 'node:fs';
process.on('exit', () => writeSync(3, process.resourceUsage().maxRSS + '\\n'));`;

/** The path of a file of the package. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, root));
}

/** What a job did, seen from outside. */
export interface JobFigures {
  readonly eventsPerSecond: number;
  readonly peakRssBytes: number;
}

/** Runs a job with the built command in a process of its own. Throws where it fails, or where it hangs. */
export function runJob(args: readonly string[]): JobFigures {
  const preload = `data:text/javascript,${encodeURIComponent(tellMemory)}`;
  const [out, memory] = edmesh(['--import', preload], args);
  return { eventsPerSecond: throughputIn(out), peakRssBytes: peakRssIn(memory) };
}

/** Wall time of a job in milliseconds, from spawn to exit, config compile included. Throws where it fails. */
export function wallTimeOfJob(args: readonly string[]): number {
  const began = performance.now();
  edmesh([], args);
  return performance.now() - began;
}

/** The throughput that the last machine-read line of a job names, in events a second. */
export function throughputIn(output: string): number {
  const lines = [...output.matchAll(/^Processed \d+ events in .*, throughput (\S+) events\/s/gm)];
  const value = Number(lines.at(-1)?.[1]);
  if (value > 0) return value;
  throw new Error(`a job named no throughput, only: ${output}`);
}

/** The most that any thread of a process told at its exit, one number of KiB a line, in bytes. */
export function peakRssIn(told: string): number {
  const kibibytes = Math.max(...told.split('\n').map(Number));
  if (kibibytes > 0) return kibibytes * 1024;
  throw new Error('a job did not tell its memory');
}

function edmesh(nodeOptions: readonly string[], args: readonly string[]): [string, string] {
  const command = packageFile('dist/cli/edmesh.js');
  const all = [...nodeOptions, command, 'run', ...args, '--quiet'];
  const { status, signal, error, output } = spawnSync(process.execPath, all, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: hangsMs,
    killSignal: 'SIGKILL',
  });
  if (status === 0) return [output[1] ?? '', output[3] ?? ''];
  const ended = error?.message ?? `status ${String(status ?? signal)}`;
  throw new Error(`edmesh run ${args.join(' ')}: ${ended}\n${output[2] ?? ''}`);
}
