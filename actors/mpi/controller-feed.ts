import {
  frameKinds,
  FrameHeader,
  linkSubject,
  type FrameView,
  type LinkSubject,
  type Outbox,
  type Outboxes,
} from '../../transport/index.ts';
import { EarlyProducts } from './early-products.ts';
import { bodyOf, connectSchema } from './hello.ts';
import { copyHeader, KeptFrame, writeFrame } from './kept-frame.ts';
import type { ReplaySelection } from './replay-selection.ts';

/** What a feed needs. */
export interface FeedParts {
  readonly job: string;
  /** The endpoint of the controller, and the one of the process in replay. */
  readonly from: string;
  readonly to: string;
  readonly outboxes: Outboxes;
  /** Whether products were recorded. */
  readonly hasProducts: boolean;
  readonly selection: ReplaySelection | undefined;
  /** The journal does not hold all that an event needs. */
  readonly incomplete: (ordinal: number) => void;
}

/** A luminosity block that was delivered and has not ended. */
interface FedBlock {
  readonly lumi: number;
  readonly run: number;
  events: number;
}

/**
 * One lane of a controller, as a journal has it: sends a process in replay what that lane has sent to all its lanes, as
 * fast as slots become free. Of runs and luminosity blocks, which each lane was told, every one is told once.
 */
export class ControllerFeed {
  readonly #parts: FeedParts;
  readonly #control: Outbox;
  readonly #boxes = new Map<number, Outbox>();
  /** The lanes of the process as the journal has them. */
  readonly #lanes = new Set<string>();
  readonly #header = new FrameHeader();
  readonly #free: number[] = [];
  /** The slots of events that were delivered and have not ended. */
  readonly #slotOf = new Map<number, number>();
  readonly #products = new EarlyProducts();
  /** Transitions that wait for a slot, or behind one that does. */
  #waiting: KeptFrame[] = [];
  #head = 0;
  readonly #ends = new Map<string, number>();
  readonly #blocks = new Map<number, FedBlock>();
  readonly #runs = new Map<number, number>();
  #lastRun = -1;
  #lastBlock = -1;
  #isEnded = false;
  #isStopped = false;
  /** Instances on which each event gets products, and those on which the process sends some back. */
  instances: readonly number[] = [];
  outInstances: readonly number[] = [];
  /** How many lanes the controller has. */
  lanes = 1;
  /** The block up to which it has come. */
  floor = 0;
  /** Whether everything was delivered, the end too. */
  isFinished = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#control = this.#box(0);
  }

  /** Products that are kept, in bytes. */
  get keptBytes(): number {
    return this.#products.bytes;
  }

  /** Events that were delivered and have not ended. */
  get open(): number {
    return this.#slotOf.size;
  }

  /** Whether the event whose turn it is waits for products. */
  get isLacking(): boolean {
    const next = this.#waiting[this.#head];
    return next?.kind === frameKinds.event && !this.#isComplete(next.ordinal);
  }

  /** The block of the transition whose turn it is, or -1. */
  get nextBlock(): number {
    return this.#waiting[this.#head]?.block ?? -1;
  }

  /** Transitions that wait. */
  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  /** Takes a frame of the journal. */
  take(frame: FrameView, link: LinkSubject, isKept: boolean): void {
    const { selection } = this.#parts;
    const { kind, ordinal, block } = frame;
    switch (kind) {
      case frameKinds.connect:
        this.#connect(frame, link.to);
        return;
      case frameKinds.beginRun:
        if (ordinal <= this.#lastRun) return;
        this.#lastRun = ordinal;
        if (selection?.runs.has(ordinal) ?? true) this.#queue(frame);
        return;
      case frameKinds.beginLumi:
        if (block <= this.#lastBlock) return;
        this.#lastBlock = block;
        if (selection?.blocks.has(block) ?? true) this.#queue(frame);
        return;
      case frameKinds.endLumi:
        if (!this.#isLast(`lumi ${String(block)}`)) return;
        if (selection?.blocks.has(block) ?? true) this.#queue(frame);
        return;
      case frameKinds.endRun:
        if (!this.#isLast(`run ${String(ordinal)}`)) return;
        if (selection?.runs.has(ordinal) ?? true) this.#queue(frame);
        return;
      case frameKinds.event:
        if (!this.#isStopped && (selection?.ordinals.has(ordinal) ?? true)) this.#queue(frame);
        return;
      case frameKinds.products:
        if (selection?.ordinals.has(ordinal) ?? true) this.#keep(frame, link, isKept);
        return;
      case frameKinds.disconnect:
        if (this.#isLast('job')) this.end();
        return;
      default:
    }
  }

  /** The process offers slots. */
  accepted(slots: number): void {
    for (let slot = slots - 1; slot >= 0; slot--) this.#free.push(slot);
    this.#drain();
  }

  /** The process has done with an event. */
  done(ordinal: number): void {
    const slot = this.#slotOf.get(ordinal);
    if (slot === undefined) return;
    this.#slotOf.delete(ordinal);
    this.#free.push(slot);
    this.#drain();
  }

  /** The process takes no more events: what waits is dropped. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting = this.#waiting.slice(this.#head).filter(({ kind }) => kind !== frameKinds.event);
    this.#head = 0;
    this.#products.clear();
    this.#drain();
  }

  /** Nothing more will come: what is open is ended when all has been delivered. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#drain();
  }

  #connect(frame: FrameView, lane: string): void {
    this.#lanes.add(lane);
    if (this.#lanes.size > 1) return;
    const { lanes, contract } = connectSchema.parse(bodyOf(frame));
    this.lanes = lanes;
    if (this.#parts.hasProducts) {
      const on = (wanted: string): number[] =>
        contract.filter(({ direction }) => direction === wanted).map(({ instance }) => instance);
      this.instances = on('send');
      this.outInstances = on('receive');
    }
    copyHeader(frame, this.#header);
    writeFrame(this.#control, this.#header, frame.body());
  }

  /** Whether every lane of the process has been told of an end. */
  #isLast(what: string): boolean {
    const ends = (this.#ends.get(what) ?? 0) + 1;
    if (ends < this.#lanes.size) {
      this.#ends.set(what, ends);
      return false;
    }
    this.#ends.delete(what);
    return true;
  }

  #queue(frame: FrameView): void {
    if (this.waiting === 0 && this.#deliver(frame)) return;
    this.#waiting.push(KeptFrame.of(frame, 0, true));
  }

  #drain(): void {
    for (let next = this.#waiting[this.#head]; next !== undefined;) {
      if (!this.#deliver(next)) break;
      next = this.#waiting[++this.#head];
    }
    if (this.#head === this.#waiting.length || this.#head > 4096) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    if (this.#isEnded && this.waiting === 0) this.#finish();
  }

  /** Delivers a transition, with the numbers that it has in the replay; false where no slot is free for it. */
  #deliver(from: FrameHeader): boolean {
    const { selection } = this.#parts;
    const header = this.#header;
    const { block, ordinal } = from;
    copyHeader(from, header);
    switch (from.kind) {
      case frameKinds.event: {
        if (!this.#isComplete(ordinal)) {
          if (this.#isEnded) this.#parts.incomplete(ordinal);
          return this.#isEnded;
        }
        const slot = this.#free.pop();
        if (slot === undefined) return false;
        this.#slotOf.set(ordinal, slot);
        this.floor = Math.max(this.floor, block);
        header.slot = slot;
        header.block = selection?.blocks.get(block) ?? block;
        writeFrame(this.#control, header);
        const open = this.#blocks.get(header.block);
        if (open !== undefined) open.events++;
        if (this.instances.length > 0) this.#sendProducts(ordinal, slot);
        return true;
      }
      case frameKinds.beginLumi:
        header.block = selection?.blocks.get(block) ?? block;
        header.ordinal = selection?.runs.get(ordinal) ?? ordinal;
        this.#blocks.set(header.block, { run: from.run, lumi: from.lumi, events: 0 });
        break;
      case frameKinds.endLumi:
        this.floor = Math.max(this.floor, block + 1);
        header.block = selection?.blocks.get(block) ?? block;
        header.event = this.#blocks.get(header.block)?.events ?? 0;
        this.#blocks.delete(header.block);
        break;
      default:
        header.ordinal = selection?.runs.get(ordinal) ?? ordinal;
        if (from.kind === frameKinds.beginRun) this.#runs.set(header.ordinal, from.run);
        else this.#runs.delete(header.ordinal);
    }
    writeFrame(this.#control, header);
    return true;
  }

  /** Whether all products of an event have come. */
  #isComplete(ordinal: number): boolean {
    return this.#products.count(ordinal) >= this.instances.length;
  }

  #keep(frame: FrameView, { instance }: LinkSubject, isKept: boolean): void {
    if (this.#isStopped) return;
    this.#products.keep(frame, instance, isKept);
    if (this.#waiting[this.#head]?.ordinal === frame.ordinal) this.#drain();
  }

  #sendProducts(ordinal: number, slot: number): void {
    for (const frame of this.#products.take(ordinal)) {
      frame.slot = slot;
      writeFrame(this.#box(frame.instance), frame, frame.body);
    }
  }

  /** Ends what a journal that was cut short has left open. */
  #finish(): void {
    if (this.isFinished) return;
    this.isFinished = true;
    const control = (fields: Partial<FrameHeader>): void => {
      writeFrame(this.#control, Object.assign(new FrameHeader(), fields));
    };
    for (const [block, { run, lumi, events: event }] of this.#blocks) {
      control({ kind: frameKinds.endLumi, block, run, lumi, event });
    }
    for (const [ordinal, run] of this.#runs) control({ kind: frameKinds.endRun, ordinal, run });
    control({ kind: frameKinds.disconnect });
  }

  #box(instance: number): Outbox {
    let box = this.#boxes.get(instance);
    if (box === undefined) {
      const { job, from, to, outboxes } = this.#parts;
      box = outboxes.open(linkSubject(job, from, to, instance));
      this.#boxes.set(instance, box);
    }
    return box;
  }
}
