/** Raw events whose banks are of a version that is not known, or are not there: an error says so, or a count. */
import { describe, expect, it } from 'vitest';
import { given, testModule } from '../../../actors/testing/index.ts';
import { RawEvent } from '../../../index.ts';
import { createClusterDecoding } from '../../../examples/velo/algorithms/cluster-decoding.ts';
import { createTruthStep } from '../../../examples/velo/modules/mc-truth.ts';
import { VeloClusterProducer } from '../../../examples/velo/modules/clusters.ts';
import { tableOfBanks } from '../../../examples/velo/modules/raw-banks.ts';
import { RawBankTable } from '../../../examples/velo/products.ts';
import { allocator, rawEventOf } from './products.ts';
import { simulatedMdf } from './simulated-events.ts';

const raw = rawEventOf(simulatedMdf(1).bytes);

/** The table of the banks of the event, after a change of its rows. */
function banksWith(change: (banks: RawBankTable, row: number) => void): RawBankTable {
  const banks = tableOfBanks(allocator, raw);
  for (let row = 0; row < banks.size; row++) change(banks, row);
  return banks;
}

/** The table without the rows of one type of bank. */
function banksWithout(...types: readonly number[]): RawBankTable {
  return banksWith((banks, row) => {
    if (types.includes(banks.type[row] ?? 0)) banks.type[row] = 200;
  });
}

/** What reads one type of bank. */
function readBanks(type: number, banks: RawBankTable): unknown {
  if (type === 63) return createClusterDecoding('superpixel')(raw.bytes, banks);
  if (type === 73) return createClusterDecoding('retina')(raw.bytes, banks);
  return createTruthStep()(allocator, raw, banks);
}

describe('a bank of a version that is not known', () => {
  it.each([
    [63, 17, 'only 2'],
    [73, 0, 'only 3'],
    [32, 0, 'only 1 and 2'],
    [33, 0, 'only 1'],
  ])('of type %i is refused with type, source, version and offset', (type, source, known) => {
    let offset = -1;
    const banks = banksWith((table, row) => {
      if (table.type[row] !== type || table.source[row] !== source) return;
      table.version[row] = 9;
      offset = table.offset[row] ?? -1;
    });
    expect(() => readBanks(type, banks)).toThrow(
      expect.objectContaining({
        code: 'EDMESH_EVENT_CORRUPT',
        message: `bank ${String(type)} of source ${String(source)}, byte ${String(offset)}: version 9 is not known, ${known}`,
        fields: { bank: type, source, version: 9, offset },
      }),
    );
  });
});

describe('an event without banks', () => {
  it.each([
    [63, 'clustering=superpixel reads, and 208 of type 73: give clustering=retina'],
    [73, 'clustering=retina reads, and 208 of type 63: give clustering=superpixel'],
    [32, 'no truth to compare with: give validation=false'],
    [33, 'no truth to compare with: give validation=false'],
  ])('of type %i is refused with the parameter to change', (type, advice) => {
    expect(() => readBanks(type, banksWithout(type))).toThrow(
      expect.objectContaining({
        code: 'EDMESH_EVENT_CORRUPT',
        message: expect.stringContaining(`no bank of type ${String(type)}`) as string,
      }),
    );
    expect(() => readBanks(type, banksWithout(type))).toThrow(advice);
  });

  it('of either clustering is refused with both types', () => {
    expect(() => readBanks(63, banksWithout(63, 73))).toThrow(
      'no bank of type 63, which clustering=superpixel reads, and none of type 73',
    );
  });
});

describe('sensors without a bank', () => {
  const products = (banks: RawBankTable) => [
    given('source', RawEvent, raw),
    given('banks', RawBankTable, banks),
  ];

  it('are counted in the summary', async () => {
    const module = testModule(VeloClusterProducer({ clustering: 'retina' }));
    await module.process({ products: products(tableOfBanks(allocator, raw)) });
    expect(module.instance.endJob?.()).toBeUndefined();
    const some = banksWith((banks, row) => {
      if (banks.type[row] === 73 && (banks.source[row] ?? 0) >= 200) banks.type[row] = 200;
    });
    for (let event = 0; event < 2; event++) {
      expect((await module.process({ products: products(some) })).state).toBe('done');
    }
    expect(module.instance.endJob?.()).toEqual({ events: 2, absentSensors: 16 });
  });
});
