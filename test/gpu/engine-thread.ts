/** The program of the threads that engines run in, built from the sources, and engines opened with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll } from 'vitest';
import type { GpuBackend } from '../../gpu/backend.ts';
import type { EngineKind } from '../../gpu/engine/engine-messages.ts';
import { openEngine, type EngineOptions } from '../../gpu/engine/open-engine.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
// Below the package, so that its dependencies are found from there.
const folder = mkdtempSync(`${root}node_modules/.gpu-thread-`);
const outfile = `${folder}/gpu-thread.mjs`;
buildSync({
  entryPoints: [`${root}cli/gpu-thread.ts`],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The program of an engine's thread. */
export const entry = pathToFileURL(outfile);

const opened: GpuBackend[] = [];
afterAll(async () => {
  await Promise.all(opened.map((backend) => backend.close()));
});

/** An engine that is there; it is closed after the tests of the file. */
export async function engine(
  kind: EngineKind,
  options: Partial<EngineOptions> = {},
): Promise<GpuBackend> {
  const { backend, refused } = await openEngine(kind, { entry, ...options });
  if (backend === undefined) throw new Error(`${kind} is refused: ${refused.reason}`);
  opened.push(backend);
  return backend;
}
