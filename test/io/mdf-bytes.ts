/** Raw banks and MDF events as the LHCb data acquisition writes them, small. */

interface BankContent {
  readonly type: number;
  readonly source?: number;
  readonly version?: number;
  readonly payload: Uint8Array;
}

export interface EventContent {
  readonly run: number;
  readonly event: number;
  readonly gpsTime?: bigint;
  /** 6 keeps the high word of 64-bit numbers first, 7 is little endian. */
  readonly odinVersion?: number;
  readonly before?: readonly BankContent[];
  readonly after?: readonly BankContent[];
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

export function bank({ type, source = 0, version = 1, payload }: BankContent): Uint8Array {
  const size = 8 + payload.byteLength;
  const bytes = new Uint8Array((size + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xcbcb, true);
  view.setUint16(2, size, true);
  view.setUint8(4, type);
  view.setUint8(5, version);
  view.setUint16(6, source, true);
  bytes.set(payload, 8);
  return bytes;
}

export function odin({ run, event, gpsTime = 0n, odinVersion = 6 }: EventContent): Uint8Array {
  const payload = new DataView(new ArrayBuffer(40));
  payload.setUint32(0, run, true);
  if (odinVersion === 6) {
    payload.setUint32(12, Math.floor(event / 2 ** 32), true);
    payload.setUint32(16, event >>> 0, true);
    payload.setUint32(20, Number(gpsTime >> 32n), true);
    payload.setUint32(24, Number(gpsTime & 0xffff_ffffn), true);
  } else {
    payload.setBigUint64(8, gpsTime, true);
    payload.setBigUint64(32, BigInt(event), true);
  }
  return bank({ type: 16, version: odinVersion, payload: new Uint8Array(payload.buffer) });
}

export function mdfEvent(content: EventContent): Uint8Array {
  const banks = concat(
    ...(content.before ?? []).map(bank),
    odin(content),
    ...(content.after ?? []).map(bank),
  );
  return withHeader(banks);
}

/** An event of these banks, with the 28-byte sub-header of version 3. */
export function withHeader(banks: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(48));
  const size = header.byteLength + banks.byteLength;
  for (const at of [0, 4, 8]) header.setUint32(at, size, true);
  header.setUint8(17, 0x37);
  return concat(new Uint8Array(header.buffer), banks);
}

/** A few events of different length, events numbered from 1. */
export function mdfEvents(count: number, run = 7): Uint8Array[] {
  return Array.from({ length: count }, (_, index) =>
    mdfEvent({
      run,
      event: index + 1,
      before: [{ type: 9, payload: new Uint8Array(5 + index).fill(index) }],
      after: [{ type: 63, source: index, payload: new Uint8Array(12 + 3 * index).fill(255) }],
    }),
  );
}

/** A DataView of bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
