import { asEdmeshError, EdmeshError } from '../../edm/index.ts';
import {
  endpointName,
  helloSubject,
  linksFrom,
  MemoryBroker,
  Outboxes,
  PacketReader,
  type Channel,
  type JournalRecords,
} from '../../transport/index.ts';
import type { MakeConnection } from '../lane/lane-connection.ts';
import { LaneEndpoint } from './endpoint.ts';
import { helloBytes, helloIn } from './hello.ts';
import type { ReplayDifference } from './replay-comparison.ts';
import { ReplayExchange } from './replay-exchange.ts';
import { ReplayReading } from './replay-reading.ts';
import { ReplayRoles, type RecordedProcess } from './replay-roles.ts';
import type { ReplaySelection } from './replay-selection.ts';

/** What is replayed, and whom it tells. */
export interface ReplayParts {
  readonly job: string;
  readonly process: string;
  readonly records: JournalRecords;
  /** Whether the journal has products, or transitions alone. */
  readonly hasProducts: boolean;
  /** The processes of the job with their endpoints, as the journal has them. */
  readonly processes: readonly RecordedProcess[];
  /** Left out: everything. */
  readonly selection?: ReplaySelection;
  /** Events that the process holds at once, instead of what its `MPISource` says. */
  readonly slots?: number;
  /** What the ordinal of an event in the journal is above that of the replay: for a process with a source of its own. */
  readonly offset?: number;
  /** Calls back in a later tick: `setImmediate`. */
  readonly defer: (callback: () => void) => void;
  /** Takes the error that ends the replay. */
  readonly failed: (error: EdmeshError) => void;
}

/** What came of a replay. */
export interface ReplayResult {
  /** Products that are equal to those of then, and those that are not. */
  readonly equal: number;
  readonly different: number;
  /** Events sent to followers that are those of then. */
  readonly eventsSent: number;
  /** Events about which the journal does not know enough: they are not compared, and some not even run. */
  readonly incomplete: number;
  readonly notRun: number;
  /** The difference of the event that comes first. */
  readonly first: ReplayDifference | undefined;
  /** What another process, or this one, had said when it failed then. */
  readonly failedThen: string | undefined;
}

/** Nobody is waited for in a replay. */
const longMs = 86_400_000;
/** All processes in a replay are in the same start of their job. */
const session = 'replay';
const largestPacketBytes = 64 * 1024 * 1024;

/**
 * Runs a process alone on what a journal holds: its endpoint is joined, in memory, with a partner that sends it what it
 * had received, and compares what it sends. Its modules and its source are those of any job.
 */
export class Replay {
  readonly #parts: ReplayParts;
  readonly #broker: MemoryBroker;
  readonly #partner: Channel;
  readonly #exchange: ReplayExchange;
  readonly #reading: ReplayReading;
  #endpoint: LaneEndpoint | undefined;
  #isReading = false;

  constructor(parts: ReplayParts) {
    const { job, process, processes, hasProducts, selection, offset = 0, defer, records } = parts;
    this.#parts = parts;
    this.#broker = new MemoryBroker(defer, { maxPayloadBytes: largestPacketBytes });
    this.#partner = this.#broker.connect();
    const roles = new ReplayRoles(process, processes);
    const outboxes = new Outboxes({
      channel: this.#partner,
      soon: (flush) => {
        queueMicrotask(() => {
          this.#guarded(flush);
        });
      },
    });
    const exchange = new ReplayExchange({
      ...{ job, process, roles, outboxes, hasProducts, selection, offset },
      endpoint: () => this.#endpoint,
    });
    this.#exchange = exchange;
    const recorded = new PacketReader(job, {
      onFrame: (link, frame, isKept) => {
        if (roles.isOwn(link.to)) exchange.received(link, frame, isKept);
        else exchange.sentThen(link, frame, isKept);
      },
    });
    this.#reading = new ReplayReading({
      records,
      needs: exchange,
      take: ({ subject, payload }) => {
        if (roles.isAbout(subject)) accepted(recorded, subject, payload, job);
      },
      ended: () => {
        const refused = exchange.ended();
        if (refused !== undefined) this.#fail(refused);
      },
      failed: (thrown) => {
        this.#fail(asEdmeshError(thrown));
      },
    });
    const now = new PacketReader(job, {
      onFrame: (link, frame, isKept) => {
        exchange.sentNow(link, frame, isKept);
      },
    });
    this.#partner.subscribe(linksFrom(job, process), (subject, payload) => {
      this.#guarded(() => {
        now.accept(subject, payload);
        this.#reading.goOn();
      });
    });
    this.#partner.subscribe(helloSubject(job), (subject, payload) => {
      this.#guarded(() => {
        if (helloIn(payload, subject).endpoint === process) this.#greet();
      });
    });
  }

  /** Connects the one lane of the process with the replay, for the `mesh` option of its job. */
  readonly connect: MakeConnection = (place, process) => {
    const { job, slots } = this.#parts;
    const endpoint = new LaneEndpoint(
      {
        job,
        heartbeatMs: longMs,
        peerTimeoutMs: Number.POSITIVE_INFINITY,
        joinTimeoutMs: longMs,
        session,
        ...(slots === undefined ? {} : { slots }),
        openChannel: (_endpoint, { stopping }) => {
          stopping.addEventListener('abort', () => {
            this.#exchange.stop();
            this.#reading.goOn();
          });
          return Promise.resolve(this.#broker.connect());
        },
      },
      place,
      process,
    );
    this.#endpoint = endpoint;
    return endpoint;
  };

  /** Compares what is left, when the job is over, and closes the journal. `isWhole`: the job came to its end. */
  async close(isWhole: boolean): Promise<ReplayResult> {
    const readsRest = isWhole && this.#isReading && !this.#exchange.comparison.isStopped;
    this.#exchange.isOver = true;
    await this.#reading.close(readsRest);
    await this.#partner.close();
    const { comparison, isComplete, notRun, failedThen } = this.#exchange;
    if (isWhole && !comparison.isStopped) comparison.end(isComplete);
    return {
      equal: comparison.equal,
      different: comparison.different,
      eventsSent: comparison.eventsSent,
      incomplete: comparison.excluded,
      notRun,
      first: comparison.first,
      failedThen,
    };
  }

  /** The process is there: answers for all others, and begins to read. */
  #greet(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    const { job, process, processes } = this.#parts;
    const controller = this.#endpoint?.source?.controller;
    for (const { process: name, endpoints } of processes) {
      if (name === process) continue;
      // The lanes of a controller have links of their own; a follower needs no more than one.
      const lanes = name === controller ? endpoints.length : 1;
      for (let lane = 0; lane < lanes; lane++) {
        const endpoint = endpointName(name, lane, lanes);
        const about = { session, answersTo: session, failure: null };
        const hello = helloBytes({ endpoint, process: name, lane, lanes, ...about });
        this.#partner.publish(helloSubject(job), hello);
      }
    }
    this.#reading.start();
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      this.#fail(asEdmeshError(thrown));
    }
  }

  #fail(error: EdmeshError): void {
    this.#parts.failed(error);
    this.#exchange.letGo();
  }
}

/** Takes a packet of a journal. Throws what says that it cannot be read, or that others are missing. */
function accepted(reader: PacketReader, subject: string, payload: Uint8Array, job: string): void {
  try {
    reader.accept(subject, payload);
  } catch (thrown) {
    const error = asEdmeshError(thrown);
    if (error.code !== 'EDMESH_FRAME_GAP') throw error;
    throw new EdmeshError(
      'EDMESH_JOURNAL_INCOMPLETE',
      `the journal of job ${job} lacks packets: ${error.message}`,
      { cause: error, fields: error.fields },
    );
  }
}
