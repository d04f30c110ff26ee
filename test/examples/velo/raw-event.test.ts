import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdmeshError, readOdin, readRawBanks } from '../../../index.ts';
import { banksByType } from '../../../examples/velo/algorithms/bank-table.ts';
import { bankType } from '../../../examples/velo/algorithms/bank-types.ts';
import { createClusterDecoding } from '../../../examples/velo/algorithms/cluster-decoding.ts';
import { odinPayload, odinVersion } from '../../../examples/velo/algorithms/odin-payload.ts';
import { createEventSimulation } from '../../../examples/velo/algorithms/simulate-event.ts';
import { RawEventWriter } from '../../../examples/velo/algorithms/write-raw-event.ts';
import { createTruthStep } from '../../../examples/velo/modules/mc-truth.ts';
import { tableOfBanks } from '../../../examples/velo/modules/raw-banks.ts';
import { allocator, rawEventOf } from './products.ts';
import { seededRandom } from './seeded-random.ts';

const id = { run: 6718861, event: 6001n, gpsTime: 1_200_000_000_000_000n };
const simulate = createEventSimulation({ meanVertices: 1.2, meanNoise: 5 });
const superpixels = createClusterDecoding('superpixel');
const retina = createClusterDecoding('retina');
const truth = createTruthStep();

function decodeAll(bytes: Uint8Array): void {
  const raw = rawEventOf(bytes);
  const banks = tableOfBanks(allocator, raw);
  superpixels(bytes, banks);
  retina(bytes, banks);
  truth(allocator, raw, banks);
}

/** Whether all decoders take the bytes; anything they throw must be an EdmeshError about the event. */
function isTaken(bytes: Uint8Array): boolean {
  try {
    decodeAll(bytes);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(EdmeshError);
    expect((error as EdmeshError).code).toBe('EDMESH_EVENT_CORRUPT');
    return false;
  }
}

describe('raw events', () => {
  it('reads the banks that were written, split and padded ones too', () => {
    const writer = new RawEventWriter();
    const payload = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 30 }), (payloads) => {
        writer.begin(5);
        payloads.forEach((payload, source) => {
          writer.addBank(100, 2, source, payload);
        });
        const bytes = writer.finish();
        const { banks } = readRawBanks(bytes);
        expect(banks.map((bank) => bank.source)).toEqual(payloads.map((_, source) => source));
        banks.forEach(({ offset, length }, index) => {
          expect(bytes.subarray(offset, offset + length)).toEqual(payloads[index]);
        });
      }),
    );
    writer.begin(5);
    const long = Uint8Array.from({ length: 200_001 }, (_, index) => index % 251);
    writer.addSplitBank(32, 2, long);
    const bytes = writer.finish();
    const banks = tableOfBanks(allocator, rawEventOf(bytes));
    const pieces = banksByType(banks, 32).map((row) => {
      const offset = banks.offset[row] ?? 0;
      return bytes.subarray(offset, offset + (banks.length[row] ?? 0));
    });
    expect(Buffer.concat(pieces).equals(long)).toBe(true);
    expect(() => {
      writer.addBank(32, 2, 0, long);
    }).toThrow(EdmeshError);
  });

  it('have an ODIN bank that the source of raw files reads', () => {
    const writer = new RawEventWriter();
    writer.begin(id.run);
    writer.addBank(bankType.odin, odinVersion, 0, odinPayload(id));
    expect(readOdin(readRawBanks(writer.finish()))).toMatchObject(id);
  });

  it('names the byte where an event is wrong', () => {
    const bytes = simulate(id, seededRandom(1));
    const broken = bytes.slice();
    broken[48] = 0;
    expect(() => readRawBanks(broken)).toThrow(/byte 48: a bank lacks its mark/);
    expect(() => readRawBanks(bytes.subarray(0, 100))).toThrow(EdmeshError);
    expect(() => readRawBanks(new Uint8Array(3))).toThrow(EdmeshError);
  });

  it('decodes mutated and truncated events or refuses them, and never does anything else', () => {
    const bytes = simulate(id, seededRandom(2));
    expect(isTaken(bytes)).toBe(true);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const mutated = bytes.slice();
        for (const [offset, value] of changes) mutated[offset] = value;
        isTaken(mutated);
      }),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (length) => {
        const cut = bytes.slice(0, length);
        if (length >= 12) new Uint32Array(cut.buffer, 0, 3).fill(length);
        const atBankEnd = readRawBanks(bytes).banks.some(({ offset, length: payload }) => {
          const padding = length - (offset + payload);
          return padding >= 0 && padding <= (4 - (payload % 4)) % 4;
        });
        if (!atBankEnd) expect(isTaken(cut)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('survives sizes and counts that ask for gigabytes', () => {
    const bytes = simulate(id, seededRandom(3));
    for (const { offset, length } of readRawBanks(bytes).banks) {
      if (length < 4) continue;
      const mutated = bytes.slice();
      new DataView(mutated.buffer).setUint32(offset, 0xfffffff0, true);
      isTaken(mutated);
    }
  });
});
