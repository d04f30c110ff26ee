import { asEdmeshError, EdmeshError } from '../../edm/index.ts';
import {
  endpointName,
  frameKinds,
  helloSubject,
  linksFrom,
  MemoryBroker,
  Outboxes,
  PacketReader,
  parseLinkSubject,
  type Channel,
  type FrameView,
  type JournalRecord,
  type JournalRecords,
  type LinkSubject,
} from '../../transport/index.ts';
import type { MakeConnection } from '../lane-connection.ts';
import { ControllerFeed } from './controller-feed.ts';
import { LaneEndpoint } from './endpoint.ts';
import { FollowerAnswers } from './follower-answers.ts';
import { acceptSchema, bodyOf, connectSchema, helloBytes, helloIn } from './hello.ts';
import { bodyBytes } from './kept-frame.ts';
import { ReplayComparison, type ReplayDifference } from './replay-comparison.ts';
import { ReplayReading } from './replay-reading.ts';
import type { ReplaySelection } from './replay-selection.ts';

/** What is replayed, and whom it tells. */
export interface ReplayParts {
  readonly job: string;
  readonly process: string;
  readonly records: JournalRecords;
  /** Whether the journal has products, or transitions alone. */
  readonly hasProducts: boolean;
  /** The processes of the job with their endpoints, as the journal has them. */
  readonly processes: readonly {
    readonly process: string;
    readonly endpoints: readonly string[];
  }[];
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

/** Followers in a replay offer so many slots. */
const followerSlots = 1024;
/** Nobody is waited for in a replay. */
const longMs = 86_400_000;
const largestPacketBytes = 64 * 1024 * 1024;

/**
 * Runs a process alone on what a journal holds: its endpoint is joined, in memory, with a partner that sends it what it
 * had received, and compares what it sends. Its modules and its source are those of any job.
 */
export class Replay {
  readonly #parts: ReplayParts;
  readonly #broker: MemoryBroker;
  readonly #partner: Channel;
  readonly #outboxes: Outboxes;
  readonly #processOf = new Map<string, string>();
  readonly #own: ReadonlySet<string>;
  /** By subject, whether a record of it is about the process. */
  readonly #isAbout = new Map<string, boolean>();
  readonly #feeds = new Map<string, ControllerFeed>();
  readonly #answers: FollowerAnswers;
  readonly #comparison: ReplayComparison;
  readonly #reading: ReplayReading;
  readonly #recorded: PacketReader;
  #endpoint: LaneEndpoint | undefined;
  #isReading = false;
  #isCut = false;
  #notRun = 0;
  #failedThen: string | undefined;
  /** Frames about wanted events that were read. */
  #wanted = 0;

  constructor(parts: ReplayParts) {
    const { job, process, processes, hasProducts, offset = 0, defer, records } = parts;
    this.#parts = parts;
    this.#broker = new MemoryBroker(defer, { maxPayloadBytes: largestPacketBytes });
    this.#partner = this.#broker.connect();
    for (const { process: name, endpoints } of processes) {
      for (const endpoint of endpoints) this.#processOf.set(endpoint, name);
    }
    this.#own = new Set(processes.find((each) => each.process === process)?.endpoints ?? []);
    this.#outboxes = new Outboxes({
      channel: this.#partner,
      soon: (flush) => {
        queueMicrotask(() => {
          this.#guarded(flush);
        });
      },
    });
    const incomplete = (ordinal: number): void => {
      this.#comparison.exclude(ordinal);
    };
    this.#comparison = new ReplayComparison((instance) => this.#sender(instance));
    this.#answers = new FollowerAnswers({
      ...{ job, process, outboxes: this.#outboxes, hasProducts, offset, incomplete },
      slots: followerSlots,
      wants: (ordinal) => this.#wants(ordinal),
    });
    this.#recorded = new PacketReader(job, {
      onFrame: (link, frame, isKept) => {
        if (this.#own.has(link.to)) this.#received(link, frame, isKept);
        else this.#sentThen(link, frame, isKept);
      },
    });
    this.#reading = new ReplayReading({
      records,
      needs: () => this.#needs(),
      take: (record) => {
        this.#take(record);
      },
      ended: () => {
        this.#ended();
      },
      failed: (thrown) => {
        this.#fail(asEdmeshError(thrown));
      },
    });
    const now = new PacketReader(job, {
      onFrame: (link, frame, isKept) => {
        this.#sentNow(link, frame, isKept);
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
        ...(slots === undefined ? {} : { slots }),
        openChannel: (_endpoint, { stopping }) => {
          stopping.addEventListener('abort', () => {
            this.#stop();
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
    await this.#reading.close();
    await this.#partner.close();
    const comparison = this.#comparison;
    if (isWhole && !comparison.isStopped) comparison.end(!this.#isCut);
    return {
      equal: comparison.equal,
      different: comparison.different,
      eventsSent: comparison.eventsSent,
      incomplete: comparison.excluded,
      notRun: this.#notRun,
      first: comparison.first,
      failedThen: this.#failedThen,
    };
  }

  /** The process is there: answers for all others, and begins to read. */
  #greet(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    const { job, process, processes } = this.#parts;
    for (const { process: name } of processes) {
      if (name === process) continue;
      const hello = {
        endpoint: endpointName(name, 0, 1),
        process: name,
        isAnswer: true,
        failure: null,
      };
      this.#partner.publish(
        helloSubject(job),
        helloBytes(hello, { index: 0, lanes: 1, streams: [] }),
      );
    }
    this.#reading.start();
  }

  #take({ subject, payload }: JournalRecord): void {
    let isAbout = this.#isAbout.get(subject);
    if (isAbout === undefined) {
      const link = parseLinkSubject(subject);
      isAbout = link !== undefined && (this.#own.has(link.from) || this.#own.has(link.to));
      this.#isAbout.set(subject, isAbout);
    }
    if (!isAbout) return;
    try {
      this.#recorded.accept(subject, payload);
    } catch (thrown) {
      throw incomplete(this.#parts.job, thrown);
    }
  }

  /** What the process had received. */
  #received(link: LinkSubject, frame: FrameView, isKept: boolean): void {
    if (frame.kind === frameKinds.abort) this.#cut(link.from, frame);
    else if (this.#isController(link.from)) {
      if (this.#isEventFrame(frame) && this.#wants(frame.ordinal)) this.#wanted++;
      this.#feed(link.from).take(frame, link, isKept);
    } else this.#answers.take(frame, link, isKept);
  }

  /** What the process had sent. */
  #sentThen(link: LinkSubject, frame: FrameView, isKept: boolean): void {
    const { kind, ordinal } = frame;
    const { hasProducts } = this.#parts;
    switch (kind) {
      case frameKinds.connect:
        this.#answers.connectedThen(
          this.#nameOf(link.to),
          connectSchema.parse(bodyOf(frame)).contract,
        );
        return;
      case frameKinds.event:
        if (this.#wants(ordinal)) this.#comparison.eventThen(ordinal, frame);
        return;
      case frameKinds.products:
        if (!hasProducts || !this.#wants(ordinal)) return;
        if (this.#isController(link.to)) this.#wanted++;
        this.#comparison.then(ordinal, link.instance, frame, bodyBytes(frame, isKept));
        return;
      case frameKinds.abort:
        this.#cut(link.from, frame);
        return;
      default:
    }
  }

  /** What the process sends in the replay. */
  #sentNow(link: LinkSubject, frame: FrameView, isKept: boolean): void {
    const { offset = 0, hasProducts } = this.#parts;
    const ordinal = frame.ordinal + offset;
    switch (frame.kind) {
      case frameKinds.accept:
        this.#feed(link.to).accepted(acceptSchema.parse(bodyOf(frame)).slots);
        return;
      case frameKinds.connect:
        this.#answers.connectedNow(link.to, connectSchema.parse(bodyOf(frame)).contract);
        return;
      case frameKinds.eventDone:
        this.#feed(link.to).done(ordinal);
        return;
      case frameKinds.event:
        this.#comparison.eventNow(ordinal, frame);
        this.#answers.ask(link.to, frame);
        return;
      case frameKinds.products:
        if (hasProducts) {
          this.#comparison.now(ordinal, link.instance, frame, bodyBytes(frame, isKept));
        }
        return;
      case frameKinds.disconnect:
        this.#answers.leave(link.to);
        return;
      default:
    }
  }

  #ended(): void {
    const feeds = [...this.#feeds.values()];
    const { process, job } = this.#parts;
    const missing =
      this.#endpoint?.source !== undefined && feeds.length < (feeds[0]?.lanes ?? 1)
        ? [this.#endpoint.source.controller]
        : this.#answers.strangers;
    if (missing.length > 0) {
      this.#fail(
        new EdmeshError(
          'EDMESH_REPLAY_REFUSED',
          `in the journal of job ${job}, ${process} was not connected with ${missing.join(', ')}: the job had ended before`,
          { fields: { job, process, partners: missing } },
        ),
      );
      return;
    }
    for (const feed of feeds) feed.end();
    this.#answers.end();
  }

  /** The process takes no more events. */
  #stop(): void {
    this.#comparison.isStopped = true;
    for (const feed of this.#feeds.values()) feed.stop();
    this.#reading.goOn();
  }

  #cut(endpoint: string, frame: FrameView): void {
    this.#isCut = true;
    const said = bodyOf(frame);
    const message =
      typeof said === 'object' && said !== null && 'message' in said ? String(said.message) : '';
    this.#failedThen ??= `${this.#nameOf(endpoint)} failed: ${message}`;
  }

  #needs() {
    const feeds = [...this.#feeds.values()];
    const waiting = feeds.reduce((sum, feed) => sum + feed.waiting, 0);
    const open = feeds.reduce((sum, feed) => sum + feed.open, 0);
    const lacking = feeds.some(({ isLacking }) => isLacking);
    const behind = waiting > 0 && feeds.some((feed) => feed.waiting === 0);
    const idle = feeds.length > 0 ? open === 0 : this.#answers.waiting > 0;
    return {
      keptBytes:
        this.#comparison.keptBytes +
        this.#answers.keptBytes +
        feeds.reduce((sum, { keptBytes }) => sum + keptBytes, 0),
      waiting,
      isStarving: lacking || behind || idle || this.#answers.waiting > 0,
      isEnough: this.#comparison.isStopped || this.#hasEnough(feeds),
    };
  }

  /** Whether everything about the selected events has been read, so that the rest of the journal does not matter. */
  #hasEnough(feeds: readonly ControllerFeed[]): boolean {
    const { selection } = this.#parts;
    const [feed] = feeds;
    if (selection === undefined || feed === undefined || this.#answers.isAsked) return false;
    const frames = 1 + feed.instances.length + feed.outInstances.length;
    return this.#wanted >= selection.ordinals.size * frames;
  }

  #feed(endpoint: string): ControllerFeed {
    let feed = this.#feeds.get(endpoint);
    if (feed === undefined) {
      const { job, process, hasProducts, selection } = this.#parts;
      feed = new ControllerFeed({
        ...{ job, hasProducts, selection, outboxes: this.#outboxes },
        from: endpoint,
        to: endpointName(process, 0, 1),
        incomplete: (ordinal) => {
          this.#notRun++;
          this.#comparison.exclude(ordinal);
        },
      });
      this.#feeds.set(endpoint, feed);
    }
    return feed;
  }

  #isEventFrame({ kind }: FrameView): boolean {
    return kind === frameKinds.event || kind === frameKinds.products;
  }

  #wants(ordinal: number): boolean {
    return this.#parts.selection?.ordinals.has(ordinal) ?? true;
  }

  #isController(endpoint: string): boolean {
    const controller = this.#endpoint?.source?.controller;
    return controller !== undefined && this.#processOf.get(endpoint) === controller;
  }

  #nameOf(endpoint: string): string {
    return this.#processOf.get(endpoint) ?? endpoint;
  }

  /** The sender of the process with an instance. */
  #sender(instance: number) {
    const pair = this.#endpoint?.pairs.find((each) => {
      return each.instance === instance && each.end().direction === 'send';
    });
    return pair?.end();
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
    // What the process waits for will not come: it is let go.
    for (const feed of this.#feeds.values()) feed.end();
    this.#answers.end();
  }
}

/** Packets that were not kept, or cannot be read. */
function incomplete(job: string, thrown: unknown): EdmeshError {
  const error = asEdmeshError(thrown);
  if (error.code !== 'EDMESH_FRAME_GAP') return error;
  return new EdmeshError(
    'EDMESH_JOURNAL_INCOMPLETE',
    `the journal of job ${job} lacks packets: ${error.message}`,
    { cause: error, fields: error.fields },
  );
}
