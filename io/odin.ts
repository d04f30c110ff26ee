import { EdmeshError } from '../edm/index.ts';
import type { ByteView } from './byte-view.ts';
import {
  bankHeaderBytes,
  bankProblem,
  firstBankOffset,
  nextBankOffset,
  type RawBank,
  type RawBanks,
  type RawProblem,
} from './raw-banks.ts';

/** What the readout supervisor says about an event. */
export interface Odin {
  readonly run: number;
  readonly event: bigint;
  readonly eventType: number;
  readonly orbit: number;
  /** 0 to 4095. */
  readonly bunch: number;
  /** Microseconds since 1970; 0 in simulation. */
  readonly gpsTime: bigint;
}

/** The type of the ODIN bank. */
export const odinBankType = 16;
/** The payload of an ODIN bank in bytes, in all versions read here. */
export const odinBytes = 40;

/**
 * Reads the ODIN bank of an event (type 16). Version 6 keeps the high word of 64-bit numbers first; version 7 is little
 * endian throughout.
 *
 * @throws EdmeshError `EDMESH_EVENT_CORRUPT` where the bank is missing, short or of another version
 */
export function readOdin(event: RawBanks): Odin {
  const bank = event.banks.find((candidate) => candidate.type === odinBankType);
  if (bank === undefined) throw new EdmeshError('EDMESH_EVENT_CORRUPT', 'no ODIN bank (type 16)');
  const problem = odinProblem(bank);
  if (problem !== undefined) {
    const { offset, reason } = problem;
    throw new EdmeshError('EDMESH_EVENT_CORRUPT', `raw event, byte ${String(offset)}: ${reason}`, {
      fields: { offset, reason },
    });
  }
  return decodeOdin(event.view, bank);
}

/** The ODIN bank of the event at an offset, or why there is none. Banks are looked at up to it and no further. */
export function findOdin(view: ByteView, offset: number, end: number): Odin | RawProblem {
  for (let at = firstBankOffset(view, offset); at < end; at = nextBankOffset(view, at, end)) {
    const reason = bankProblem(view, at, end);
    if (reason !== undefined) return { offset: at, reason };
    if (view.getUint8(at + 4) !== odinBankType) continue;
    const bank = {
      version: view.getUint8(at + 5),
      offset: at + bankHeaderBytes,
      length: view.getUint16(at + 2, true) - bankHeaderBytes,
    };
    return odinProblem(bank) ?? decodeOdin(view, bank);
  }
  return { offset, reason: 'the event has no ODIN bank (type 16)' };
}

type OdinBank = Pick<RawBank, 'version' | 'offset' | 'length'>;

function odinProblem({ version, offset, length }: OdinBank): RawProblem | undefined {
  if (length >= odinBytes && (version === 6 || version === 7)) return undefined;
  const found = `version ${String(version)} with ${String(length)} bytes`;
  return {
    offset,
    reason: `an ODIN bank of ${found}; known are 6 and 7 with ${String(odinBytes)}`,
  };
}

function decodeOdin(view: ByteView, { version, offset }: OdinBank): Odin {
  const word = (index: number): number => view.getUint32(offset + 4 * index, true);
  const highFirst = (index: number): bigint =>
    (BigInt(word(index)) << 32n) | BigInt(word(index + 1));
  if (version === 6) {
    return {
      run: word(0),
      eventType: word(1),
      orbit: word(2),
      event: highFirst(3),
      gpsTime: highFirst(5),
      bunch: word(8) & 0xfff,
    };
  }
  return {
    run: word(0),
    eventType: word(1) & 0xffff,
    gpsTime: view.getBigUint64(offset + 8, true),
    bunch: word(6) & 0xfff,
    orbit: word(7),
    event: view.getBigUint64(offset + 32, true),
  };
}
