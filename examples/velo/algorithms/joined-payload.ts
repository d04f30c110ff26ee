import { banksByType, type BankTable } from './bank-table.ts';

/** The payload of a bank that may be split, and the version of its first piece (0 where there is none). */
export interface JoinedPayload {
  readonly view: DataView;
  readonly version: number;
}

/** Joins the pieces of one type of bank. The result is valid until the next call of the same joiner. */
export type PayloadJoiner = (bytes: Uint8Array, banks: BankTable, type: number) => JoinedPayload;

/** Makes a joiner, which keeps its memory from event to event. Pieces are joined in the order of their sources. */
export function createPayloadJoiner(): PayloadJoiner {
  let joined = new Uint8Array(1 << 16);
  return (bytes, banks, type) => {
    const rows = banksByType(banks, type);
    let length = 0;
    for (const row of rows) length += banks.length[row] ?? 0;
    if (length > joined.length) joined = new Uint8Array(2 * length);
    let end = 0;
    for (const row of rows) {
      const start = banks.offset[row] ?? 0;
      const piece = banks.length[row] ?? 0;
      joined.set(bytes.subarray(start, start + piece), end);
      end += piece;
    }
    return {
      view: new DataView(joined.buffer, 0, length),
      version: banks.version[rows[0] ?? -1] ?? 0,
    };
  };
}
