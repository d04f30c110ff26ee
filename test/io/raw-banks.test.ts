/** The decoders of one raw event: banks and ODIN, whatever the bytes are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdmeshError } from '../../edm/index.ts';
import { banksOfType, readOdin, readRawBanks } from '../../io/index.ts';
import { bank, concat, mdfEvent, odin, viewOf, withHeader } from './mdf-bytes.ts';

const payload = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

describe('raw banks', () => {
  it('are found with their payloads, padding left out', () => {
    const before = [{ type: 9, source: 3, version: 2, payload: payload(1, 2, 3, 4, 5) }];
    const event = readRawBanks(mdfEvent({ run: 1, event: 2, before }));
    expect(event.banks[0]).toEqual({ type: 9, version: 2, source: 3, offset: 56, length: 5 });
    expect([...event.bytes.subarray(56, 61)]).toEqual([1, 2, 3, 4, 5]);
    expect(event.banks[1]?.type).toBe(16);
  });

  it('of a type come in the order of their sources', () => {
    const sources = [5, 1, 3, 1];
    const before = sources.map((source, at) => ({ type: 32, source, payload: payload(at) }));
    const found = banksOfType(readRawBanks(mdfEvent({ run: 1, event: 1, before })), 32);
    expect(found.map(({ source }) => source)).toEqual([1, 1, 3, 5]);
    expect(found[0]!.offset).toBeLessThan(found[1]!.offset);
  });

  it('may end without padding', () => {
    const banks = concat(
      odin({ run: 1, event: 1 }),
      bank({ type: 9, payload: payload(1) }).subarray(0, 9),
    );
    expect(readRawBanks(withHeader(banks)).banks).toHaveLength(2);
  });

  const sound = () => mdfEvent({ run: 1, event: 1 });
  it.each([
    ['a short header', (event: Uint8Array) => event.subarray(0, 19), 'byte 0: 19 bytes are left'],
    [
      'a missing byte',
      (event: Uint8Array) => event.subarray(0, event.byteLength - 1),
      'only 95 are left',
    ],
    [
      'a byte too many',
      (event: Uint8Array) => concat(event, payload(0)),
      'declares 96 bytes and has 97',
    ],
    ['compression', (event: Uint8Array) => event.with(16, 1), 'byte 16: the event is compressed'],
    [
      'a bank without mark',
      (event: Uint8Array) => event.with(48, 0),
      'byte 48: a bank lacks its mark',
    ],
    [
      'a bank of no size',
      (event: Uint8Array) => event.with(50, 7),
      'byte 48: a bank declares 7 bytes',
    ],
    [
      'a bank too long',
      (event: Uint8Array) => event.with(51, 9),
      'byte 48: a bank of 2352 bytes runs over',
    ],
    [
      'a bank too short',
      (event: Uint8Array) => event.with(50, 40),
      'byte 88: a bank lacks its mark',
    ],
  ])('%s is refused with its byte offset', (_, spoil, message) => {
    const error = thrownBy(() => readRawBanks(spoil(sound())));
    expect(error.code).toBe('EDMESH_EVENT_CORRUPT');
    expect(error.message).toContain(message);
  });
});

describe('ODIN', () => {
  it('is read in version 6 and 7', () => {
    for (const odinVersion of [6, 7]) {
      const content = { run: 99, event: 2 ** 33 + 5, gpsTime: 77n, odinVersion };
      const found = readOdin(readRawBanks(mdfEvent(content)));
      expect(found).toMatchObject({ run: 99, event: 2n ** 33n + 5n, gpsTime: 77n });
    }
  });

  it.each([
    ['missing', withHeader(bank({ type: 9, payload: payload(1, 2, 3) })), 'no ODIN bank'],
    ['of version 5', mdfEvent({ run: 1, event: 1, odinVersion: 5 }), 'version 5 with 40 bytes'],
    [
      'short',
      withHeader(bank({ type: 16, version: 6, payload: payload(1, 2) })),
      'version 6 with 2 bytes',
    ],
  ])('%s is refused', (_, bytes, message) => {
    expect(thrownBy(() => readOdin(readRawBanks(bytes))).message).toContain(message);
  });
});

describe('whatever the bytes are', () => {
  it('decoding gives banks inside the event or an EdmeshError', () => {
    const mutation = fc.record({ at: fc.nat(), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 8 }), fc.nat(40), (mutations, cut) => {
        const before = [{ type: 63, payload: payload(1, 2, 3, 4, 5, 6) }];
        const bytes = mdfEvent({ run: 1, event: 1, before });
        for (const { at, value } of mutations) bytes[at % bytes.byteLength] = value;
        const event = bytes.subarray(0, bytes.byteLength - cut);
        const decode = () => {
          const decoded = readRawBanks(event);
          for (const { offset, length } of decoded.banks) {
            expect(offset + length).toBeLessThanOrEqual(event.byteLength);
          }
          expect(viewOf(event).getUint32(0, true)).toBe(event.byteLength);
          readOdin(decoded);
        };
        expectOnlyEdmeshErrors(decode);
      }),
      { numRuns: 1000 },
    );
  });
});

function thrownBy(action: () => unknown): EdmeshError {
  try {
    action();
  } catch (error) {
    if (error instanceof EdmeshError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function expectOnlyEdmeshErrors(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof EdmeshError)) throw error;
  }
}
