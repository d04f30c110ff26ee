/** The raw banks of one event as columns, in the order of the event. */
export interface BankTable {
  readonly size: number;
  readonly type: Uint8Array;
  readonly version: Uint8Array;
  /** The sensor, for VELO banks; the order of the pieces, for split banks. */
  readonly source: Uint16Array;
  /** Of the payload, in bytes from the start of the event. */
  readonly offset: Uint32Array;
  /** Of the payload, in bytes. */
  readonly length: Uint32Array;
}

/** The rows of one type of bank in the order of their sources; banks of one source keep the order of the event. */
export function banksByType(banks: BankTable, type: number): number[] {
  const rows: number[] = [];
  let inOrder = true;
  let before = 0;
  for (let row = 0; row < banks.size; row++) {
    if (banks.type[row] !== type) continue;
    const source = banks.source[row] ?? 0;
    inOrder &&= source >= before;
    before = source;
    rows.push(row);
  }
  const sourceOf = (row: number): number => banks.source[row] ?? 0;
  return inOrder ? rows : rows.sort((first, second) => sourceOf(first) - sourceOf(second));
}
