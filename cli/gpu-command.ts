import { EdmeshError, exitStatusOf } from '../edm/index.ts';
import {
  backendKinds,
  backendOpeners,
  ownOperations,
  refusalText,
  registryOf,
  tryOperations,
  type BackendKind,
  type GpuBackend,
  type Operation,
} from '../gpu/index.ts';
import type { CommandContext } from './command-context.ts';
import { readConfig } from './config/configured-process.ts';
import { bytesText, numberText } from './number-text.ts';
import { oneOf } from './run/run-settings.ts';
import { textTable } from './text-table.ts';

/** The options of `edmesh gpu`. */
export interface GpuArguments {
  /** The one backend to look at. */
  readonly gpu?: string;
  readonly selftest?: boolean;
}

/**
 * `edmesh gpu`: lists the backends with their devices, or why they are missing; with `--selftest` runs every operation on
 * those that are there, also those of a config where one is given. Returns the exit status: not 0 where an operation gives
 * something wrong, or where the one backend that was asked for is missing.
 */
export async function gpuCommand(
  configFile: string | undefined,
  given: GpuArguments,
  context: CommandContext,
): Promise<number> {
  const { terminal, installation } = context;
  const one = given.gpu === undefined ? undefined : oneOf('--gpu', given.gpu, backendKinds, 'cpu');
  const config = configFile === undefined ? undefined : await readConfig(configFile, context);
  const own = config === undefined ? undefined : ownOperations(config.template, config.code);
  const operations = registryOf(own?.operations ?? [], configFile ?? '').all();
  const openers = backendOpeners(
    { packageFolder: installation.folder, environment: process.env, own },
    'cuda',
  );
  let missing = 0;
  let wrong = 0;
  for (const kind of one === undefined ? backendKinds : [one]) {
    const { backend, refused } = await openers[kind]();
    if (backend === undefined) {
      missing++;
      terminal.out(`${refusalText(refused)}\n`);
      continue;
    }
    try {
      terminal.out(devicesText(kind, backend));
      if (given.selftest)
        wrong += await selfTest(backend, operations, (text) => terminal.out(text));
    } finally {
      await backend.close();
    }
  }
  if (wrong > 0) {
    const results = wrong === 1 ? '1 result is' : `${String(wrong)} results are`;
    throw new EdmeshError('EDMESH_GPU_OPERATION', `the self-test fails: ${results} wrong`);
  }
  if (one === undefined || missing === 0) return 0;
  return exitStatusOf(new EdmeshError('EDMESH_GPU_UNAVAILABLE', `no backend ${one}`).exitCode);
}

function devicesText(kind: BackendKind, backend: GpuBackend): string {
  const lines = backend.devices().map(({ index, name, memoryBytes, freeBytes, driver }) => {
    const memory = `${bytesText(freeBytes)} free of ${bytesText(memoryBytes)}`;
    return `${kind}: device ${String(index)}, ${name}, ${memory}, ${driver}\n`;
  });
  return lines.join('');
}

/** Runs every operation and says how it went; returns how many results are wrong. */
async function selfTest(
  backend: GpuBackend,
  operations: readonly Operation[],
  say: (text: string) => void,
): Promise<number> {
  const results = await tryOperations(backend, operations, {
    now: () => performance.now(),
  });
  const columns = [
    ...['operation', 'sample', 'body'].map((title) => ({ title })),
    ...['ms/run', 'off by'].map((title) => ({ title, align: 'right' as const })),
    { title: '' },
  ];
  const rows = results.map(({ operation, sample, body, milliseconds, worst, problems }) => [
    ...[operation, sample, body],
    milliseconds === undefined ? '' : numberText(milliseconds),
    `${numberText(worst)} tolerances`,
    problems.length === 0 ? 'ok' : `WRONG: ${problems.join('; ')}`,
  ]);
  say(`${textTable(columns, rows)}\n`);
  return results.filter(({ problems }) => problems.length > 0).length;
}
