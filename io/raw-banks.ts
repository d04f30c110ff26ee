import { EdmeshError } from '../edm/index.ts';
import type { ByteView } from './byte-view.ts';

/** The bytes of a raw event before its sub-header: three sizes, a checksum and four bytes that describe the rest. */
export const fixedHeaderBytes = 20;
/** The bytes of a raw bank before its payload. */
export const bankHeaderBytes = 8;
/** The mark with which every raw bank begins. */
export const bankMagic = 0xcbcb;

/** Where the payload of one raw bank lies in the bytes of its event. */
export interface RawBank {
  readonly type: number;
  readonly version: number;
  /** The sensor, for detector banks; the order of the pieces, for split banks. */
  readonly source: number;
  /** Of the payload, in bytes from the start of the event. */
  readonly offset: number;
  /** Of the payload, in bytes. */
  readonly length: number;
}

/** The bytes of one raw event, a view of them, and its banks in the order of the file. */
export interface RawBanks {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly banks: readonly RawBank[];
}

/** What is wrong with raw data, and at which byte. */
export interface RawProblem {
  readonly offset: number;
  readonly reason: string;
}

/** What keeps the bytes at an offset from being the start of an event, or `undefined`. The first bank is looked at too. */
export function eventHeaderProblem(view: ByteView, offset: number): RawProblem | undefined {
  const left = view.byteLength - offset;
  if (left < fixedHeaderBytes + bankHeaderBytes) {
    return { offset, reason: `${String(left)} bytes are left, too few for an event` };
  }
  const size = view.getUint32(offset, true);
  if (view.getUint32(offset + 4, true) !== size || view.getUint32(offset + 8, true) !== size) {
    return { offset, reason: 'the three sizes of the event header differ' };
  }
  const header = firstBankOffset(view, offset) - offset;
  if (size < header + bankHeaderBytes) {
    return { offset, reason: `the event declares ${String(size)} bytes, too few for one bank` };
  }
  if (size > left) {
    const reason = `the event declares ${String(size)} bytes, and only ${String(left)} are left`;
    return { offset, reason };
  }
  if (view.getUint8(offset + 16) !== 0) {
    return { offset: offset + 16, reason: 'the event is compressed' };
  }
  const reason = bankProblem(view, offset + header, offset + size);
  return reason === undefined ? undefined : { offset: offset + header, reason };
}

/** Where the banks of the event at an offset begin. */
export function firstBankOffset(view: ByteView, offset: number): number {
  return offset + fixedHeaderBytes + 4 * (view.getUint8(offset + 17) & 15);
}

/** What is wrong with the bank at an offset of an event that ends at `end`, or `undefined`. */
export function bankProblem(view: ByteView, offset: number, end: number): string | undefined {
  if (offset + bankHeaderBytes > end) return 'a bank header is cut short';
  if (view.getUint16(offset, true) !== bankMagic) return 'a bank lacks its mark 0xCBCB';
  const size = view.getUint16(offset + 2, true);
  if (size < bankHeaderBytes)
    return `a bank declares ${String(size)} bytes, too few for its header`;
  if (offset + size > end) return `a bank of ${String(size)} bytes runs over the end of its event`;
  return undefined;
}

/** Where the bank after the one at an offset begins; banks are padded to multiples of four bytes. */
export function nextBankOffset(view: ByteView, offset: number, end: number): number {
  return Math.min(end, offset + ((view.getUint16(offset + 2, true) + 3) & ~3));
}

/** The first thing wrong with the banks of an event whose header is sound, or `undefined`. */
export function banksProblem(view: ByteView, offset: number, end: number): RawProblem | undefined {
  for (let at = firstBankOffset(view, offset); at < end; at = nextBankOffset(view, at, end)) {
    const reason = bankProblem(view, at, end);
    if (reason !== undefined) return { offset: at, reason };
  }
  return undefined;
}

/**
 * Finds the banks of one raw event. Nothing is copied.
 *
 * @param bytes exactly one event, header included
 * @throws EdmeshError `EDMESH_EVENT_CORRUPT`, naming the byte offset, where a size, a mark or the compression is wrong
 */
export function readRawBanks(bytes: Uint8Array): RawBanks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const problem = eventHeaderProblem(view, 0);
  if (problem !== undefined) throw corruptEvent('raw event', problem);
  const size = view.getUint32(0, true);
  if (size !== bytes.byteLength) {
    const reason = `the event declares ${String(size)} bytes and has ${String(bytes.byteLength)}`;
    throw corruptEvent('raw event', { offset: 0, reason });
  }
  const banks: RawBank[] = [];
  for (let at = firstBankOffset(view, 0); at < size; at = nextBankOffset(view, at, size)) {
    const reason = bankProblem(view, at, size);
    if (reason !== undefined) throw corruptEvent('raw event', { offset: at, reason });
    banks.push({
      type: view.getUint8(at + 4),
      version: view.getUint8(at + 5),
      source: view.getUint16(at + 6, true),
      offset: at + bankHeaderBytes,
      length: view.getUint16(at + 2, true) - bankHeaderBytes,
    });
  }
  return { bytes, view, banks };
}

/** The banks of one type in the order of their sources; banks of the same source keep the order of the file. */
export function banksOfType(event: RawBanks, type: number): RawBank[] {
  const banks = event.banks.filter((bank) => bank.type === type);
  return banks.sort((first, second) => first.source - second.source);
}

/** The error of an event that cannot be decoded; `where` is its file, or another name for it. */
export function corruptEvent(where: string, problem: RawProblem): EdmeshError {
  const { offset, reason } = problem;
  return new EdmeshError('EDMESH_EVENT_CORRUPT', `${where}, byte ${String(offset)}: ${reason}`, {
    fields: { file: where, offset, reason },
  });
}
