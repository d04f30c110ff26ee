import { EdmeshError } from '../../edm/index.ts';
import {
  endpointName,
  frameKinds,
  type FrameView,
  type LinkSubject,
  type Outboxes,
} from '../../transport/index.ts';
import type { LinkEnd } from './contract.ts';
import { ControllerFeed } from './controller-feed.ts';
import type { LaneEndpoint } from './endpoint.ts';
import { FollowerAnswers } from './follower-answers.ts';
import { acceptSchema, bodyOf, connectSchema, failureSchema } from './hello.ts';
import { bodyBytes } from './kept-frame.ts';
import { ReplayComparison } from './replay-comparison.ts';
import type { ReplayRoles } from './replay-roles.ts';
import type { ReplaySelection } from './replay-selection.ts';

/** What an exchange needs. */
export interface ExchangeParts {
  readonly job: string;
  readonly process: string;
  readonly roles: ReplayRoles;
  readonly outboxes: Outboxes;
  readonly hasProducts: boolean;
  readonly selection: ReplaySelection | undefined;
  readonly offset: number;
  /** The process in replay, once it is constructed. */
  readonly endpoint: () => LaneEndpoint | undefined;
}

/** Followers in a replay offer so many slots. */
const followerSlots = 1024;

/** What is read ahead of the process, in bytes of products and in transitions. */
const bytesMax = 64 * 1024 * 1024;
const waitingMax = 4096;

const nothing = new Uint8Array(0);

/** What goes between a process in replay and the journal: what it gets, and what becomes of what it sends. */
export class ReplayExchange {
  readonly comparison: ReplayComparison;
  /** Events that were not even run. */
  notRun = 0;
  /** Whether the journal goes to the end of the job, or all that the replay is about was read. */
  isComplete = false;
  /** The process has ended: it gets nothing more. */
  isOver = false;
  /** What another process, or this one, had said when it failed then. */
  failedThen: string | undefined;
  readonly #parts: ExchangeParts;
  readonly #feeds = new Map<string, ControllerFeed>();
  readonly #feedList: ControllerFeed[] = [];
  readonly #answers: FollowerAnswers;
  /** Frames about selected events that were read. */
  #wanted = 0;

  constructor(parts: ExchangeParts) {
    const { job, process, outboxes, hasProducts, offset } = parts;
    this.#parts = parts;
    this.comparison = new ReplayComparison((instance) => this.#sender(instance));
    this.#answers = new FollowerAnswers({
      ...{ job, process, outboxes, hasProducts, offset, slots: followerSlots },
      wants: (ordinal) => this.#wants(ordinal),
      incomplete: (ordinal) => {
        this.comparison.exclude(ordinal);
      },
    });
  }

  /** What the process had received. */
  received(link: LinkSubject, frame: FrameView, isKept: boolean): void {
    const { kind, ordinal } = frame;
    if (kind === frameKinds.disconnect && this.#isController(link.from)) this.isComplete = true;
    if (kind === frameKinds.abort) this.#failed(frame);
    else if (this.isOver) return;
    else if (this.#isController(link.from)) {
      const isAboutEvent = kind === frameKinds.event || kind === frameKinds.products;
      if (isAboutEvent && this.#wants(ordinal)) this.#wanted++;
      this.#feed(link.from).take(frame, link, isKept);
    } else this.#answers.take(frame, link, isKept);
  }

  /** What the process had sent. */
  sentThen(link: LinkSubject, frame: FrameView, isKept: boolean): void {
    const { kind, ordinal } = frame;
    const { hasProducts } = this.#parts;
    switch (kind) {
      case frameKinds.connect:
        this.#answers.connectedThen(
          this.#parts.roles.processOf(link.to),
          bodyOf(frame, connectSchema).contract,
        );
        return;
      case frameKinds.event:
        if (this.#wants(ordinal)) this.comparison.eventThen(ordinal, frame);
        return;
      case frameKinds.products:
        if (!hasProducts || !this.#wants(ordinal)) return;
        if (this.#isController(link.to)) this.#wanted++;
        this.comparison.then(
          ordinal,
          link.instance,
          frame,
          this.isOver ? nothing : bodyBytes(frame, isKept),
        );
        return;
      case frameKinds.disconnect:
        this.isComplete = true;
        return;
      case frameKinds.abort:
        this.#failed(frame);
        return;
      default:
    }
  }

  /** What the process sends in the replay. */
  sentNow(link: LinkSubject, frame: FrameView, isKept: boolean): void {
    const { offset, hasProducts } = this.#parts;
    const ordinal = frame.ordinal + offset;
    switch (frame.kind) {
      case frameKinds.accept:
        this.#feed(link.to).accepted(bodyOf(frame, acceptSchema).slots);
        return;
      case frameKinds.connect:
        this.#answers.connectedNow(link.to, bodyOf(frame, connectSchema).contract);
        return;
      case frameKinds.eventDone:
        this.#feed(link.to).done(ordinal);
        return;
      case frameKinds.event:
        this.comparison.eventNow(ordinal, frame);
        this.#answers.ask(link.to, frame);
        return;
      case frameKinds.products:
        if (hasProducts) {
          this.comparison.now(ordinal, link.instance, frame, bodyBytes(frame, isKept));
        }
        return;
      case frameKinds.disconnect:
        if (this.#isController(link.to)) this.#letGo(link.to);
        else this.#answers.leave(link.to);
        return;
      default:
    }
  }

  /** Nothing more will come. Returns why the process has not got what it would need. */
  ended(): EdmeshError | undefined {
    const feeds = this.#feedList;
    const { process, job } = this.#parts;
    const source = this.#parts.endpoint()?.source;
    const missing =
      source !== undefined && feeds.length < (feeds[0]?.lanes ?? 1)
        ? [source.controller]
        : this.#answers.strangers;
    if (missing.length > 0) {
      return new EdmeshError(
        'EDMESH_REPLAY_REFUSED',
        `in the journal of job ${job}, ${process} was not connected with ${missing.join(', ')}: the job had ended before`,
        { fields: { job, process, partners: missing } },
      );
    }
    if (this.#hasEnough(feeds)) this.isComplete = true;
    this.letGo();
    return undefined;
  }

  /** What the process waits for will not come: it is let go. */
  letGo(): void {
    for (const feed of this.#feedList) feed.end();
    this.#answers.end();
  }

  /** The process takes no more events, be it that it has had all. */
  stop(): void {
    for (const feed of this.#feedList) {
      if (feed.isFinished) continue;
      this.comparison.isStopped = true;
      feed.stop();
    }
  }

  /** Whether so much is kept that nothing more should be read without need. */
  get isAhead(): boolean {
    let bytes = this.comparison.keptBytes + this.#answers.keptBytes;
    let waiting = 0;
    for (const feed of this.#feedList) {
      bytes += feed.keptBytes;
      waiting += feed.waiting;
    }
    return bytes >= bytesMax || waiting >= waitingMax;
  }

  /** Whether the process waits for something that was not read yet. */
  get isStarving(): boolean {
    const feeds = this.#feedList;
    if (this.#answers.waiting > 0 || feeds.some(({ isLacking }) => isLacking)) return true;
    if (feeds.length > 0 && feeds.every(({ open }) => open === 0)) return true;
    if (feeds.length < 2) return false;
    // A lane of the controller that has not come to a block holds back what others have sent of it.
    const wanted = Math.max(...feeds.map(({ nextBlock }) => nextBlock));
    return feeds.some(({ waiting, floor }) => waiting === 0 && floor < wanted);
  }

  /** Whether all that the replay is about has been read. */
  get isEnough(): boolean {
    return this.comparison.isStopped || this.#hasEnough(this.#feedList);
  }

  /** Whether everything about the selected events has been read, so that the rest of the journal does not matter. */
  #hasEnough(feeds: readonly ControllerFeed[]): boolean {
    const { selection } = this.#parts;
    const [feed] = feeds;
    if (selection === undefined || feed === undefined || this.#answers.isAsked) return false;
    const frames = 1 + feed.instances.length + feed.outInstances.length;
    return this.#wanted >= selection.ordinals.size * frames;
  }

  #failed(frame: FrameView): void {
    const { process, message } = bodyOf(frame, failureSchema);
    this.failedThen ??= `${process} failed: ${message}`;
  }

  /** The process wants no more of a controller: what is open there ends. */
  #letGo(endpoint: string): void {
    const feed = this.#feed(endpoint);
    if (feed.isFinished) return;
    this.comparison.isStopped = true;
    feed.stop();
    feed.end();
  }

  #feed(endpoint: string): ControllerFeed {
    let feed = this.#feeds.get(endpoint);
    if (feed === undefined) {
      const { job, process, hasProducts, selection, outboxes } = this.#parts;
      feed = new ControllerFeed({
        ...{ job, hasProducts, selection, outboxes },
        from: endpoint,
        to: endpointName(process, 0, 1),
        incomplete: (ordinal) => {
          this.notRun++;
          this.comparison.exclude(ordinal);
        },
      });
      this.#feeds.set(endpoint, feed);
      this.#feedList.push(feed);
    }
    return feed;
  }

  #wants(ordinal: number): boolean {
    return this.#parts.selection?.ordinals.has(ordinal) ?? true;
  }

  #isController(endpoint: string): boolean {
    const controller = this.#parts.endpoint()?.source?.controller;
    return controller !== undefined && this.#parts.roles.processOf(endpoint) === controller;
  }

  /** The sender of the process with an instance. */
  #sender(instance: number): LinkEnd | undefined {
    const pair = this.#parts.endpoint()?.pairs.find((each) => {
      return each.instance === instance && each.end().direction === 'send';
    });
    return pair?.end();
  }
}
