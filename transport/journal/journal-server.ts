import { jetstreamManager, type JetStreamManager, type StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { EdmeshError } from '../../edm/index.ts';

/** The numbers that JetStream gives its errors. */
const noSuchStream = 10059;
const otherStreamHasSubjects = 10065;
const noRoom = new Set([10023, 10026, 10027, 10028, 10047]);
const notEnabled = new Set([10039, 10076]);

/** Instead of the name of a job: what is asked is about the journals of all. */
export const everyJob = '*';

/** Asks the JetStream of a server about the journal of a job. All that it throws is an `EdmeshError`. */
export class JournalServer {
  readonly #manager: JetStreamManager;
  readonly #job: string;

  private constructor(manager: JetStreamManager, job: string) {
    this.#manager = manager;
    this.#job = job;
  }

  /** Nothing is asked yet. */
  static async open(connection: NatsConnection, job: string): Promise<JournalServer> {
    // Without a check, as a process that only reads need not be allowed to ask about the account.
    return new JournalServer(await jetstreamManager(connection, { checkAPI: false }), job);
  }

  /** Does something with JetStream. Throws `EDMESH_JOURNAL_SERVER` and `EDMESH_JOURNAL_NOT_FOUND`. */
  async ask<Answer>(
    what: string,
    question: (manager: JetStreamManager) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await question(this.#manager);
    } catch (thrown) {
      throw this.#error(what, thrown);
    }
  }

  /** What there is to know of a stream; with counts by subject where a pattern of subjects is given. */
  info(streamName: string, subjects?: string): Promise<StreamInfo> {
    return this.ask('look at the journal', ({ streams }) =>
      streams.info(streamName, subjects === undefined ? undefined : { subjects_filter: subjects }),
    );
  }

  /** As `info`, but `undefined` for a stream that is not there. */
  async find(streamName: string): Promise<StreamInfo | undefined> {
    try {
      return await this.info(streamName);
    } catch (thrown) {
      if (thrown instanceof EdmeshError && thrown.code === 'EDMESH_JOURNAL_NOT_FOUND') {
        return undefined;
      }
      throw thrown;
    }
  }

  /** Throws `EDMESH_JOURNAL_SERVER` where the account may not hold a journal of that size beside what it has. */
  async checkRoom(maxBytes: number): Promise<void> {
    const account = await this.ask('ask how much room there is', (manager) =>
      manager.getAccountInfo(),
    );
    const { limits, storage } = account;
    // The server leaves it out where it is 0.
    const reserved: unknown = account.reserved_storage;
    const taken = typeof reserved === 'number' ? Math.max(storage, reserved) : storage;
    const left = Math.max(0, limits.max_storage - taken);
    if (limits.max_storage < 0 || maxBytes <= left) return;
    throw new EdmeshError(
      'EDMESH_JOURNAL_SERVER',
      `the journal of job ${this.#job} may take ${String(maxBytes)} bytes, but its account has ` +
        `${String(left)} left of ${String(limits.max_storage)}; let the journal take less, or remove others`,
      { fields: { job: this.#job, maxBytes, left, limit: limits.max_storage } },
    );
  }

  #error(what: string, thrown: unknown): EdmeshError {
    if (thrown instanceof EdmeshError) return thrown;
    const job = this.#job;
    const code = codeOf(thrown);
    const fields = { job, ...(code === undefined ? {} : { code }) };
    if (code === noSuchStream) {
      return new EdmeshError(
        'EDMESH_JOURNAL_NOT_FOUND',
        `job ${job} has no journal on this server; see which there are with edmesh journal ls`,
        { fields, cause: thrown },
      );
    }
    return new EdmeshError(
      'EDMESH_JOURNAL_SERVER',
      `cannot ${what}${job === everyJob ? '' : ` of job ${job}`}: ${adviceFor(thrown, code)}`,
      { fields, cause: thrown },
    );
  }
}

/** Whether the server did not answer in time: it, or this process, was busy. */
export function isTimeout(thrown: unknown): boolean {
  const cause: unknown = thrown instanceof EdmeshError ? thrown.cause : thrown;
  return cause instanceof Error && cause.name === 'TimeoutError';
}

/** The number that JetStream gave an error; 10039 too where nobody answers for JetStream. */
function codeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown.name === 'JetStreamNotEnabled') return 10039;
  return 'code' in thrown && typeof thrown.code === 'number' ? thrown.code : undefined;
}

function adviceFor(thrown: unknown, code: number | undefined): string {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  if (code !== undefined && notEnabled.has(code)) {
    return 'the server or the account has no JetStream; start nats-server with -js';
  }
  if (code !== undefined && noRoom.has(code)) {
    return `there is not enough room for it (${said}); let it take less, or remove other journals`;
  }
  if (code === otherStreamHasSubjects) {
    return `another stream holds subjects of that job (${said}); remove it, or name the job otherwise`;
  }
  if (/permission/i.test(said)) {
    return `these credentials do not allow it (${said}); journals are made with those of an administrator`;
  }
  return said;
}
