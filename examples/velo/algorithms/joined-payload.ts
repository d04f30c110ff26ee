import { EdmeshError } from 'edmesh';
import { banksByType, type BankTable } from './bank-table.ts';
import { checkBankVersion } from './bank-types.ts';

/** The payload of a bank that may be split, and the version of its first piece. */
export interface JoinedPayload {
  readonly view: DataView;
  readonly version: number;
}

/** Joins the pieces of one type of bank. The result is valid until the next call of the same joiner. */
export type PayloadJoiner = (
  bytes: Uint8Array,
  banks: BankTable,
  type: number,
  versions: readonly number[],
) => JoinedPayload;

/**
 * Makes a joiner, which keeps its memory from event to event. Pieces are joined in the order of their sources. It throws
 * EdmeshError `EDMESH_EVENT_CORRUPT` where the event has no such bank, and naming bank, source, version and offset where a
 * piece is of none of the versions that are asked for.
 */
export function createPayloadJoiner(): PayloadJoiner {
  let joined = new Uint8Array(1 << 16);
  return (bytes, banks, type, versions) => {
    const rows = banksByType(banks, type);
    const [first] = rows;
    if (first === undefined) throw noBank(type);
    let length = 0;
    for (const row of rows) {
      checkBankVersion(banks, row, versions);
      length += banks.length[row] ?? 0;
    }
    if (length > joined.length) joined = new Uint8Array(2 * length);
    let end = 0;
    for (const row of rows) {
      const start = banks.offset[row] ?? 0;
      const piece = banks.length[row] ?? 0;
      joined.set(bytes.subarray(start, start + piece), end);
      end += piece;
    }
    return { view: new DataView(joined.buffer, 0, length), version: banks.version[first] ?? 0 };
  };
}

function noBank(bank: number): EdmeshError {
  return new EdmeshError(
    'EDMESH_EVENT_CORRUPT',
    `the event has no bank of type ${String(bank)} and so no truth to compare with: give validation=false`,
    { fields: { bank, parameter: 'validation' } },
  );
}
