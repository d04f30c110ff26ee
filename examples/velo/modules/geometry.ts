import { readFile, stat } from 'node:fs/promises';
import { defineSetupProducer, EdmeshError, z } from 'edmesh';
import { simulatedGeometryBytes } from '../algorithms/simulated-geometry.ts';
import { parseVeloGeometry } from '../algorithms/velo-geometry.ts';
import { VeloGeometry, VeloGeometryRecord } from '../products.ts';

/** Gives the geometry of the VELO from a binary dump, or that of the simulation. */
export const VeloGeometryProducer = defineSetupProducer({
  type: 'VeloGeometryProducer',
  description: 'geometry of the VELO from a binary dump',
  record: VeloGeometryRecord,
  product: VeloGeometry,
  parameters: z.object({
    file: z.string().default('').describe('the dump; without: the geometry of simulated events'),
  }),
  construct: (_context, { file }) => ({
    async produce() {
      if (file === '') return parseVeloGeometry(simulatedGeometryBytes(), 'simulated geometry');
      return parseVeloGeometry(await bytesOf(file), file);
    },
  }),
});

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    if (!(await stat(file)).isFile()) throw new Error('it is not a file');
    return await readFile(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EdmeshError('EDMESH_FILE_OPEN', `geometry ${file}: ${reason}`, {
      fields: { file },
      cause,
    });
  }
}
