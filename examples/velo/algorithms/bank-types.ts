import { EdmeshError } from 'edmesh';
import type { BankTable } from './bank-table.ts';

/** The types of the raw banks that the VELO example reads or writes. */
export const bankType = {
  odin: 16,
  particles: 32,
  vertices: 33,
  superpixels: 63,
  retina: 73,
} as const;

/**
 * Checks that the bank in a row of the table is of a version that can be read.
 *
 * @throws EdmeshError `EDMESH_EVENT_CORRUPT` naming bank, source, version and the offset of the payload
 */
export function checkBankVersion(banks: BankTable, row: number, known: readonly number[]): void {
  const version = banks.version[row] ?? 0;
  if (known.includes(version)) return;
  const bank = banks.type[row] ?? 0;
  const source = banks.source[row] ?? 0;
  const offset = banks.offset[row] ?? 0;
  const where = `bank ${String(bank)} of source ${String(source)}, byte ${String(offset)}`;
  throw new EdmeshError(
    'EDMESH_EVENT_CORRUPT',
    `${where}: version ${String(version)} is not known, only ${known.join(' and ')}`,
    { fields: { bank, source, version, offset } },
  );
}
