import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createJob, defaultJobOptions, nodeEnvironment } from '../actors/index.ts';
import { defineProcess, silentLogger } from '../edm/index.ts';
import { EmptySource } from '../io/index.ts';
import type { Row } from './rows.ts';

const early = 100_000;
const late = 1_000_000;

/** The argument that makes the benchmark program measure in a process of its own. */
export const memoryProbe = 'memory-probe';

/** Runs empty events and prints resident memory, in bytes, after the first of them and at the end. */
export async function runMemoryProbe(): Promise<void> {
  const definition = defineProcess({ name: 'EMPTY', source: EmptySource() }).configure();
  const environment = nodeEnvironment(silentLogger);
  let earlyBytes = 0;
  const job = createJob(
    definition,
    { ...defaultJobOptions, maxEvents: late },
    {
      ...environment,
      // The lane defers whenever a time slice is over: often enough to see the first events go by.
      defer(callback) {
        if (earlyBytes === 0 && job.progress().events >= early) earlyBytes = residentBytes();
        environment.defer(callback);
      },
    },
  );
  const report = await job.run();
  console.log(JSON.stringify({ events: report.events, earlyBytes, lateBytes: residentBytes() }));
}

function residentBytes(): number {
  return process.memoryUsage().rss;
}

/** Whether memory grows with events: resident memory after a million of them over that after the first hundred thousand. */
export async function memoryRows(): Promise<Row[]> {
  const child = spawn(process.execPath, [process.argv[1] ?? '', memoryProbe]);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  const figures: unknown = JSON.parse(Buffer.concat(chunks).toString() || 'null');
  if (code !== 0 || !isFigures(figures))
    throw new Error(`the memory probe ended with ${String(code)}`);
  const { events, earlyBytes, lateBytes } = figures;
  return [
    { name: 'emptyEvents', value: events, unit: 'events', bar: late, moreIsBetter: true },
    { name: 'rss at 100k', value: earlyBytes / 2 ** 20, unit: 'MiB', bar: null },
    { name: 'rss at 1M', value: lateBytes / 2 ** 20, unit: 'MiB', bar: null },
    { name: 'rss growth', value: (lateBytes / earlyBytes - 1) * 100, unit: '%', bar: 5 },
  ];
}

function isFigures(
  value: unknown,
): value is { events: number; earlyBytes: number; lateBytes: number } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'earlyBytes' in value &&
    typeof value.earlyBytes === 'number' &&
    value.earlyBytes > 0
  );
}
