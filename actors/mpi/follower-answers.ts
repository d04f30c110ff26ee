import {
  encodeSerialised,
  FrameHeader,
  frameKinds,
  linkSubject,
  type FrameView,
  type LinkSubject,
  type Outbox,
  type Outboxes,
} from '../../transport/index.ts';
import { contractProblems, type Contract } from './contract.ts';
import { copyHeader, inactiveBody, KeptFrame, writeFrame } from './kept-frame.ts';

/** What answers need. */
export interface AnswerParts {
  readonly job: string;
  /** The process in replay, which is its own endpoint. */
  readonly process: string;
  readonly outboxes: Outboxes;
  readonly hasProducts: boolean;
  /** The slots that every follower offers. */
  readonly slots: number;
  /** What the ordinal of an event in the journal is above that of the replay. */
  readonly offset: number;
  /** Whether the replay is about an event of the journal. */
  readonly wants: (ordinal: number) => boolean;
  readonly incomplete: (ordinal: number) => void;
}

/** An event as the process in replay has sent it now. */
interface AskedEvent {
  readonly follower: string;
  readonly slot: number;
  readonly attempt: number;
  readonly ordinal: number;
}

/** What the journal holds in answer to an event. */
interface Answer {
  asked: AskedEvent | undefined;
  readonly kept: KeptFrame[];
  readonly arrived: number[];
  isDone: boolean;
}

/** A process that followed, as a journal has it. */
interface Follower {
  /** The contract of the controller then, and the one that it offers now. */
  then: Contract | undefined;
  now: Contract | undefined;
  /** Instances on which it sends products for each event. */
  instances: readonly number[];
}

/**
 * The followers of a process in replay: each is one endpoint, which answers to an event what any lane of it had answered
 * then, be it in another slot.
 */
export class FollowerAnswers {
  readonly #parts: AnswerParts;
  readonly #followers = new Map<string, Follower>();
  readonly #answers = new Map<number, Answer>();
  readonly #boxes = new Map<string, Outbox>();
  readonly #header = new FrameHeader();
  #isEnded = false;
  keptBytes = 0;
  /** Events that wait for what the journal holds in answer. */
  waiting = 0;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
  }

  /** The journal has a handshake of the process with a follower. */
  connectedThen(follower: string, contract: Contract): void {
    const known = this.#follower(follower);
    if (known.then !== undefined) return;
    known.then = contract;
    if (this.#parts.hasProducts) {
      known.instances = contract
        .filter(({ direction }) => direction === 'receive')
        .map(({ instance }) => instance);
    }
    this.#join(follower, known);
  }

  /** The process in replay has found a follower. */
  connectedNow(follower: string, contract: Contract): void {
    const known = this.#follower(follower);
    known.now = contract;
    this.#join(follower, known);
  }

  /** Takes what a follower has sent then. */
  take(frame: FrameView, { instance }: LinkSubject, isKept: boolean): void {
    const { ordinal, kind } = frame;
    if (kind !== frameKinds.products && kind !== frameKinds.eventDone) return;
    if (!this.#parts.wants(ordinal)) return;
    const answer = this.#answer(ordinal);
    if (answer.asked === undefined) {
      const kept = KeptFrame.of(frame, instance, isKept);
      this.keptBytes += kept.body.length;
      answer.kept.push(kept);
    } else this.#send(ordinal, answer, frame, instance, frame.body());
  }

  /** The process in replay has sent an event to a follower. */
  ask(follower: string, { slot, attempt, ordinal: own }: FrameHeader): void {
    const ordinal = own + this.#parts.offset;
    const answer = this.#answer(ordinal);
    answer.asked = { follower, slot, attempt, ordinal: own };
    this.waiting++;
    for (const frame of answer.kept.splice(0)) {
      this.keptBytes -= frame.body.length;
      this.#send(ordinal, answer, frame, frame.instance, frame.body);
    }
    if (this.#isEnded && !answer.isDone) this.#supply(ordinal, answer, answer.asked);
  }

  /** The process in replay has said that there is no further event. */
  leave(follower: string): void {
    const header = Object.assign(new FrameHeader(), { kind: frameKinds.left });
    writeFrame(this.#box(follower, 0), header);
  }

  /** Nothing more will come: events that still wait are ended. */
  end(): void {
    this.#isEnded = true;
    for (const [ordinal, answer] of this.#answers) {
      if (answer.asked !== undefined) this.#supply(ordinal, answer, answer.asked);
    }
  }

  /** Whether the process in replay has followers. */
  get isAsked(): boolean {
    return this.#followers.size > 0;
  }

  /** Followers with which the process has had no handshake then. */
  get strangers(): string[] {
    return [...this.#followers].flatMap(([name, { then }]) => (then === undefined ? [name] : []));
  }

  #join(follower: string, { then, now }: Follower): void {
    if (then === undefined || now === undefined) return;
    // What the follower declares is what the contract of then asks of it.
    const there = then.map((end) => ({
      ...end,
      direction: end.direction === 'send' ? ('receive' as const) : ('send' as const),
    }));
    const problems = contractProblems(
      { process: this.#parts.process, contract: now },
      { process: follower, contract: there },
    );
    const isEqual = problems.length === 0;
    const { slots } = this.#parts;
    const kind = isEqual ? frameKinds.accept : frameKinds.refuse;
    const body = encodeSerialised(isEqual ? { slots } : { problems }, 'a control frame');
    writeFrame(this.#box(follower, 0), Object.assign(new FrameHeader(), { kind }), body);
  }

  #send(
    ordinal: number,
    answer: Answer,
    from: FrameHeader,
    instance: number,
    body: Uint8Array,
  ): void {
    const { asked } = answer;
    if (asked === undefined) return;
    const header = this.#header;
    copyHeader(from, header);
    header.slot = asked.slot;
    header.attempt = asked.attempt;
    header.ordinal = asked.ordinal;
    writeFrame(this.#box(asked.follower, instance), header, body);
    if (from.kind === frameKinds.products) answer.arrived.push(instance);
    else answer.isDone = true;
    const { instances } = this.#follower(asked.follower);
    if (!answer.isDone || answer.arrived.length < instances.length) return;
    this.#answers.delete(ordinal);
    this.waiting--;
  }

  #supply(ordinal: number, answer: Answer, { follower }: AskedEvent): void {
    this.#parts.incomplete(ordinal);
    const header = new FrameHeader();
    const { instances } = this.#follower(follower);
    header.kind = frameKinds.products;
    for (const instance of instances) {
      if (!answer.arrived.includes(instance)) {
        this.#send(ordinal, answer, header, instance, inactiveBody);
      }
    }
    header.kind = frameKinds.eventDone;
    if (!answer.isDone) this.#send(ordinal, answer, header, 0, nothing);
  }

  #follower(name: string): Follower {
    let follower = this.#followers.get(name);
    if (follower === undefined) {
      follower = { then: undefined, now: undefined, instances: [] };
      this.#followers.set(name, follower);
    }
    return follower;
  }

  #answer(ordinal: number): Answer {
    let answer = this.#answers.get(ordinal);
    if (answer === undefined) {
      answer = { asked: undefined, kept: [], arrived: [], isDone: false };
      this.#answers.set(ordinal, answer);
    }
    return answer;
  }

  #box(follower: string, instance: number): Outbox {
    const key = `${follower} ${String(instance)}`;
    let box = this.#boxes.get(key);
    if (box === undefined) {
      const { job, process, outboxes } = this.#parts;
      box = outboxes.open(linkSubject(job, follower, process, instance));
      this.#boxes.set(key, box);
    }
    return box;
  }
}

const nothing = new Uint8Array(0);
