import { packageFile, wallTimeOfJob } from './command-runs.ts';
import type { Row } from './rows.ts';

const runs = 9;

/** Wall time of `edmesh run` of an empty job, from spawn to exit, config compile included: the median of several. */
export function startupRows(): Promise<Row[]> {
  const config = packageFile('bench/configs/empty.config.ts');
  const times = Array.from({ length: runs }, () => wallTimeOfJob([config])).sort((a, b) => a - b);
  const median = times[Math.floor(runs / 2)] ?? Number.NaN;
  return Promise.resolve([{ name: 'startup', value: median, unit: 'ms', bar: 400 }]);
}
