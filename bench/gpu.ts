import { packageFile } from './command-runs.ts';
import { chainRows, completionRows, launchRows } from './gpu-addon.ts';
import { allocatorRows, flagshipGpuRows } from './gpu-flagship.ts';
import { matmulRows } from './gpu-matmul.ts';
import type { Row } from './rows.ts';

/**
 * What the GPU layer costs. Where there is no GPU, the CUDA part is measured on the driver without a device of the tests,
 * which needs a C compiler: it says what the addon and the layers above it take, not what a device does.
 */
export async function gpuRows(): Promise<Row[]> {
  const rows: Row[] = [];
  const { buildMock, mockLacks } = (await import(packageFile('scripts/build-mock.mjs'))) as {
    readonly buildMock: () => string;
    readonly mockLacks: () => string | undefined;
  };
  const lacks = mockLacks();
  if (lacks === undefined) {
    const root = packageFile('');
    const driver = { root, library: buildMock() };
    rows.push(...(await launchRows(driver)));
    rows.push(...(await completionRows(driver)));
    rows.push(...(await chainRows(driver)));
    rows.push(...(await allocatorRows(driver)));
    rows.push(...(await flagshipGpuRows(driver)));
  } else console.error(`gpu: the CUDA rows are left out: ${lacks}`);
  rows.push(...(await matmulRows()));
  return rows;
}
