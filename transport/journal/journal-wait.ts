import type { NatsConnection } from '@nats-io/transport-node';
import { EdmeshError } from '../../edm/index.ts';
import { pause, type JournalClock } from './journal-clock.ts';
import { JournalServer } from './journal-server.ts';
import { openJournal, type Journal, type JournalMode } from './journal-stream.ts';
import { linksFrom } from '../subject.ts';

/** Which journal an endpoint waits for. */
export interface JournalWaitOptions {
  readonly connection: NatsConnection;
  readonly job: string;
  readonly mode: JournalMode;
  /** The journal of an earlier run of the job holds packets of it. */
  readonly endpoint: string;
  readonly clock: JournalClock;
  readonly timeoutMs: number;
  /** Aborted when nobody waits any more. */
  readonly stopping: AbortSignal;
}

const retryMs = 100;

/**
 * Waits until the journal of this run of a job is there: one that holds nothing of the endpoint. Throws
 * `EDMESH_JOURNAL_NOT_FOUND` or `EDMESH_JOURNAL_EXISTS` where it does not come in time, `EDMESH_CONFIGURATION` where it is
 * kept in another mode, `EDMESH_INTERRUPTED`, and what `openJournal` throws.
 */
export async function waitForJournal(options: JournalWaitOptions): Promise<Journal> {
  const { clock, timeoutMs, stopping } = options;
  const untilMs = clock.now() + timeoutMs;
  for (;;) {
    const found = await lookFor(options);
    if (!(found instanceof EdmeshError)) return found;
    if (stopping.aborted) {
      throw new EdmeshError('EDMESH_INTERRUPTED', 'stopped before the journal was there');
    }
    if (clock.now() >= untilMs) throw found;
    await pause(clock, retryMs);
  }
}

/** The journal, or why there is none yet. */
async function lookFor(options: JournalWaitOptions): Promise<Journal | EdmeshError> {
  const { connection, job, mode, endpoint } = options;
  let journal: Journal;
  try {
    journal = await openJournal(connection, job);
  } catch (thrown) {
    if (!(thrown instanceof EdmeshError) || thrown.code !== 'EDMESH_JOURNAL_NOT_FOUND')
      throw thrown;
    return new EdmeshError(
      'EDMESH_JOURNAL_NOT_FOUND',
      `the journal of job ${job} is not there; the process without a controller makes it: start that one with --journal too`,
      { fields: { job } },
    );
  }
  if (journal.mode !== mode) {
    throw new EdmeshError(
      'EDMESH_CONFIGURATION',
      `the journal of job ${job} holds ${journal.mode}, but ${endpoint} was told ${mode}; give all processes the same`,
      { fields: { job, mode: journal.mode } },
    );
  }
  const server = await JournalServer.open(connection, job);
  const { state } = await server.info(journal.streamName, linksFrom(job, endpoint));
  if (Object.keys(state.subjects ?? {}).length === 0) return journal;
  return new EdmeshError(
    'EDMESH_JOURNAL_EXISTS',
    `the journal of job ${job} holds packets of ${endpoint} from an earlier run, or from another process of that name; ` +
      'name the job otherwise, or have the journal replaced (--journal-replace of the process without a controller)',
    { fields: { job, endpoint } },
  );
}
