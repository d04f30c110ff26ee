import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row } from './rows.ts';

const runs = 9;

const config = `import { defineProcess, EmptySource } from 'edmesh';
export default defineProcess({ name: 'EMPTY', source: EmptySource({ events: 1 }) });
`;

/** Wall time of `edmesh run` of an empty job, from spawn to exit, config compile included: the median of several. */
export function startupRows(): Promise<Row[]> {
  const command = fileURLToPath(new URL('../cli/edmesh.js', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'edmesh-bench-'));
  const file = join(folder, 'empty.config.ts');
  try {
    writeFileSync(file, config);
    const times = Array.from({ length: runs }, () => {
      const began = performance.now();
      const { status } = spawnSync(process.execPath, [command, 'run', file, '--quiet']);
      if (status !== 0) throw new Error(`edmesh run ended with ${String(status)}`);
      return performance.now() - began;
    }).sort((a, b) => a - b);
    const median = times[Math.floor(runs / 2)] ?? Number.NaN;
    return Promise.resolve([{ name: 'startup', value: median, unit: 'ms', bar: 400 }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
