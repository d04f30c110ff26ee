import { defineProducer, RawEvent, readRawBanks, sourceLabel, z } from 'edmesh';
import { RawBankTable } from '../products.ts';
import type { Allocator } from '../product-views.ts';

/** Finds the banks of a raw event. Throws `EDMESH_EVENT_CORRUPT` naming the byte offset. */
export function tableOfBanks(event: Allocator, { bytes }: RawEvent): RawBankTable {
  const { banks } = readRawBanks(bytes);
  const table = event.allocate(RawBankTable, banks.length);
  for (let row = 0; row < banks.length; row++) {
    const bank = banks[row];
    if (bank === undefined) continue;
    table.type[row] = bank.type;
    table.version[row] = bank.version;
    table.source[row] = bank.source;
    table.offset[row] = bank.offset;
    table.length[row] = bank.length;
  }
  return table;
}

/** Lists the raw banks of an event. */
export const RawBankProducer = defineProducer({
  type: 'RawBankProducer',
  description: 'finds the banks in the bytes of a raw event',
  parameters: z.object({
    rawEvent: z.string().default(sourceLabel).describe('label of the raw event'),
  }),
  construct(context, { rawEvent }) {
    const input = context.consumes(RawEvent, rawEvent);
    const output = context.produces(RawBankTable);
    return {
      produce(event) {
        event.put(output, tableOfBanks(event, event.get(input)));
      },
    };
  },
});
