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
import { RecordedLanes } from './recorded-lanes.ts';
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
  readonly #lanes = new RecordedLanes();
  readonly #header = new FrameHeader();
  readonly #free: number[] = [];
  /** The slots of events that were delivered and have not ended. */
  readonly #slotOf = new Map<number, number>();
  readonly #products = new EarlyProducts();
  /** Transitions that wait for a slot, or behind one that does. */
  #waiting: KeptFrame[] = [];
  #head = 0;
  readonly #blocks = new Map<number, FedBlock>();
  readonly #runs = new Map<number, number>();
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
    const { kind } = frame;
    if (kind === frameKinds.connect) {
      this.#connect(frame, link.to);
      return;
    }
    if (!this.#lanes.isItsTime(frame) || !this.#isWanted(frame)) return;
    if (kind === frameKinds.products) this.#keep(frame, link, isKept);
    else if (kind === frameKinds.disconnect) this.end();
    else if (kind !== frameKinds.event || !this.#isStopped) this.#queue(frame);
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
    if (!this.#lanes.add(lane)) return;
    const { lanes, contract } = bodyOf(frame, connectSchema);
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

  /** Whether the replay is about a frame. */
  #isWanted({ kind, ordinal, block }: FrameView): boolean {
    const { selection } = this.#parts;
    if (selection === undefined || kind === frameKinds.disconnect) return true;
    if (kind === frameKinds.event || kind === frameKinds.products) {
      return selection.ordinals.has(ordinal);
    }
    const isRun = kind === frameKinds.beginRun || kind === frameKinds.endRun;
    return isRun ? selection.runs.has(ordinal) : selection.blocks.has(block);
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
    const { kind, ordinal } = from;
    const header = this.#header;
    copyHeader(from, header);
    this.#renumber(header);
    if (kind === frameKinds.event) {
      if (!this.#isComplete(ordinal)) {
        if (this.#isEnded) this.#parts.incomplete(ordinal);
        return this.#isEnded;
      }
      const slot = this.#free.pop();
      if (slot === undefined) return false;
      this.#slotOf.set(ordinal, slot);
      this.floor = Math.max(this.floor, from.block);
      const open = this.#blocks.get(header.block);
      if (open !== undefined) open.events++;
      header.slot = slot;
      writeFrame(this.#control, header);
      if (this.instances.length > 0) this.#sendProducts(ordinal, slot);
      return true;
    }
    if (kind === frameKinds.endLumi) this.floor = Math.max(this.floor, from.block + 1);
    this.#note(header);
    writeFrame(this.#control, header);
    return true;
  }

  /** Gives a transition the numbers of its run and luminosity block in the replay. */
  #renumber(header: FrameHeader): void {
    const { selection } = this.#parts;
    if (selection === undefined) return;
    header.block = selection.blocks.get(header.block) ?? header.block;
    if (header.kind === frameKinds.event) return;
    header.ordinal = selection.runs.get(header.ordinal) ?? header.ordinal;
  }

  /** Notes what begins and ends. */
  #note(header: FrameHeader): void {
    const { kind, block, ordinal, run, lumi } = header;
    if (kind === frameKinds.beginRun) this.#runs.set(ordinal, run);
    else if (kind === frameKinds.endRun) this.#runs.delete(ordinal);
    else if (kind === frameKinds.beginLumi) this.#blocks.set(block, { run, lumi, events: 0 });
    else {
      header.event = this.#blocks.get(block)?.events ?? 0;
      this.#blocks.delete(block);
    }
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
