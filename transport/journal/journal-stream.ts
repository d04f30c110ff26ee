import type { StreamConfig, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { EdmeshError } from '../../edm/index.ts';
import { JournalServer } from './journal-server.ts';
import { journalStreamName, journalStreamPrefix as prefix } from '../nats/permissions.ts';
import { helloSubject, linksOf, tokenProblem, transitionsOf } from '../subject.ts';

/** What a journal holds: the transitions of a job alone, or its products too. */
export type JournalMode = 'transitions' | 'full';

/** A journal to be made. */
export interface JournalOptions {
  /** The name of the job. */
  readonly job: string;
  readonly mode: JournalMode;
  /** What it may grow to, in bytes: 2 GiB unless given. What comes after that is not kept. */
  readonly maxBytes?: number;
  /** What it may grow to, in messages: 50 million unless given. */
  readonly maxMessages?: number;
  /** Whether a journal of that job which holds something is thrown away for this one. */
  readonly replace?: boolean;
}

/** A journal as its server has it. */
export interface Journal {
  readonly job: string;
  readonly mode: JournalMode;
  /** The name of its JetStream stream. */
  readonly streamName: string;
  /** What it may grow to. */
  readonly maxBytes: number;
  readonly maxMessages: number;
  /** What it holds: messages and bytes, and the sequence numbers of its first and last message. */
  readonly messages: number;
  readonly bytes: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** When its first and last message were stored, ms since 1970; `undefined` while it is empty. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
}

const defaultMaxBytes = 2 * 1024 ** 3;
const defaultMaxMessages = 50_000_000;

/**
 * Makes the journal of a job, which from then on holds what the job sends. One that is there and empty is taken or made
 * anew; one that holds something is refused (`EDMESH_JOURNAL_EXISTS`) unless it is to be replaced. Throws
 * `EDMESH_JOURNAL_SERVER` where the server has no JetStream, too little room, or does not allow it: only an
 * administrator of the account makes journals.
 */
export async function createJournal(
  connection: NatsConnection,
  options: JournalOptions,
): Promise<Journal> {
  const { job, mode, replace = false } = options;
  const streamName = journalStreamName(job);
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  const maxMessages = options.maxMessages ?? defaultMaxMessages;
  const subjects = journalSubjects(job, mode);
  const server = await JournalServer.open(connection, job);
  const found = await server.find(streamName);
  if (found !== undefined) {
    if (found.state.messages > 0 && !replace) throw exists(job, found);
    await server.ask('replace the journal', ({ streams }) => streams.delete(streamName));
  }
  await server.checkRoom(maxBytes);
  const config: Pick<StreamConfig, 'name'> & Partial<StreamConfig> = {
    name: streamName,
    description: `journal of job ${job}, ${mode}`,
    subjects,
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    max_bytes: maxBytes,
    max_msgs: maxMessages,
    allow_direct: true,
    deny_delete: true,
    deny_purge: true,
  };
  return journalOf(await server.ask('make the journal', ({ streams }) => streams.add(config)));
}

/** Finds the journal of a job. Throws `EDMESH_JOURNAL_NOT_FOUND`, and `EDMESH_JOURNAL_SERVER` as `createJournal` does. */
export async function openJournal(connection: NatsConnection, job: string): Promise<Journal> {
  const server = await JournalServer.open(connection, job);
  return journalOf(await server.info(journalStreamName(job)));
}

/** What JetStream says of a stream as a journal; `undefined` for a stream that is none. */
export function journalIn({ config, state }: StreamInfo): Journal | undefined {
  const job = config.name.startsWith(prefix) ? config.name.slice(prefix.length) : '';
  const mode = tokenProblem(job) === undefined ? modeOf(job, config.subjects) : undefined;
  if (mode === undefined) return undefined;
  const isEmpty = state.messages === 0;
  return {
    job,
    mode,
    streamName: config.name,
    maxBytes: config.max_bytes,
    maxMessages: config.max_msgs,
    messages: state.messages,
    bytes: state.bytes,
    firstSequence: state.first_seq,
    lastSequence: state.last_seq,
    firstMs: isEmpty ? undefined : Date.parse(state.first_ts),
    lastMs: isEmpty ? undefined : Date.parse(state.last_ts),
  };
}

function journalOf(info: StreamInfo): Journal {
  const journal = journalIn(info);
  if (journal !== undefined) return journal;
  const { name } = info.config;
  throw new EdmeshError(
    'EDMESH_JOURNAL_NOT_FOUND',
    `stream ${name} is no journal: it holds other subjects than edmesh would; remove it, or name the job otherwise`,
    { fields: { stream: name } },
  );
}

/** The subjects that a journal holds. Heartbeats have fewer tokens than links, and so are left out. */
function journalSubjects(job: string, mode: JournalMode): string[] {
  return [mode === 'full' ? linksOf(job) : transitionsOf(job), helloSubject(job)];
}

function modeOf(job: string, subjects: readonly string[]): JournalMode | undefined {
  const modes: readonly JournalMode[] = ['transitions', 'full'];
  return modes.find((mode) => {
    const expected = journalSubjects(job, mode);
    return subjects.length === expected.length && expected.every((each) => subjects.includes(each));
  });
}

function exists(job: string, { state }: StreamInfo): EdmeshError {
  const { messages } = state;
  return new EdmeshError(
    'EDMESH_JOURNAL_EXISTS',
    `job ${job} has a journal with ${String(messages)} messages already; name the job otherwise, or export that ` +
      'journal if it is worth keeping (edmesh journal export) and have it replaced (--journal-replace of the job, ' +
      '--replace of an import)',
    { fields: { job, messages } },
  );
}
