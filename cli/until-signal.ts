import { EdmeshError } from '../edm/index.ts';
import type { JournalRecords } from '../transport/index.ts';
import type { SignalWatch } from './signals.ts';

/** Records for a file until a signal has come. Throws `EDMESH_INTERRUPTED` then. */
export async function* untilSignal(
  records: JournalRecords,
  signals: Pick<SignalWatch, 'received'>,
  file: string,
): JournalRecords {
  for await (const batch of records) {
    const { received } = signals;
    if (received !== undefined) {
      const message = `${received} came before the journal was in ${file}: it was not written`;
      throw new EdmeshError('EDMESH_INTERRUPTED', message, { fields: { signal: received, file } });
    }
    yield batch;
  }
}
