import { isMainThread } from 'node:worker_threads';
import { bareOrderOf, runBareDriver, runBareEcho } from './bare-clients.ts';
import { readerOrderOf, runBareReader } from './bare-reader.ts';
import { flagshipRows } from './flagship.ts';
import { frameworkRows } from './framework.ts';
import { gpuRows } from './gpu.ts';
import { hostileRows } from './hostile.ts';
import { lanesRows } from './lanes.ts';
import { memoryProbe, memoryRows, runMemoryProbe } from './memory.ts';
import { rowsJson, rowsTable, type Row } from './rows.ts';
import { startupRows } from './startup.ts';
import { runLoop } from './thread-loops.ts';
import { transportSuite } from './transport.ts';
import { bareRole } from './two-processes.ts';

/** Benchmarks by name; `npm run bench -- NAME [--json]`. */
const suites: Readonly<Record<string, readonly (() => Promise<Row[]>)[]>> = {
  framework: [frameworkRows, flagshipRows, memoryRows, startupRows],
  lanes: [lanesRows],
  gpu: [gpuRows],
  transport: [transportSuite, hostileRows],
};

async function main(names: readonly string[], json: boolean): Promise<number> {
  const rows: Row[] = [];
  for (const name of names.length === 0 ? Object.keys(suites) : names) {
    const suite = suites[name];
    if (suite === undefined) {
      console.error(`no benchmark '${name}'; there are: ${Object.keys(suites).join(', ')}`);
      return 88;
    }
    for (const part of suite) rows.push(...(await part()));
  }
  console.log(json ? rowsJson(rows) : rowsTable(rows));
  return 0;
}

if (!isMainThread) runLoop();
else if (process.argv[2] === memoryProbe) await runMemoryProbe();
else if (process.argv[2] === bareRole.echo) await runBareEcho(bareOrderOf(process.argv[3]));
else if (process.argv[2] === bareRole.driver) {
  console.log(await runBareDriver(bareOrderOf(process.argv[3])));
} else if (process.argv[2] === bareRole.reader) {
  console.log(await runBareReader(readerOrderOf(process.argv[3])));
} else {
  const names = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
  process.exitCode = await main(names, process.argv.includes('--json'));
}
