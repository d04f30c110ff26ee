import type { ProcessDefinition } from '../../edm/index.ts';
import { journalConnection } from './journal-connection.ts';
import type { MeshSettings } from '../mesh/mesh-settings.ts';

/** The source of a process whose events come from another one. */
export const followerSource = 'MPISource';

/**
 * Makes the journal that the settings ask for, before the job begins. Of the processes of a job, the one without a
 * controller does so; the others wait until it is there. Throws what `createJournal` throws.
 */
export async function makeOwnJournal(
  settings: MeshSettings | undefined,
  { data }: ProcessDefinition,
): Promise<void> {
  const { journal } = settings ?? {};
  if (settings === undefined || journal === undefined || journal.isMade) return;
  if (data.source?.type !== followerSource) await makeJournal(settings);
}

/** Makes the journal that the settings ask for. Throws what `createJournal` throws. */
export async function makeJournal({ job, server, journal }: MeshSettings): Promise<void> {
  if (journal === undefined || server === 'memory') return;
  const { mode, maxBytes, replace } = journal;
  const connection = await journalConnection(server, job);
  try {
    const { loadJournal } = await import('../../transport/index.ts');
    const { createJournal } = await loadJournal();
    const size = maxBytes === undefined ? {} : { maxBytes };
    await createJournal(connection, { job, mode, replace, ...size });
  } finally {
    await connection.close();
  }
}
