import { createActor, type ActorRefFrom, type AnyActorRef } from 'xstate';
import { EdmeshError, errorToData, type AllocateBuffer } from '../../edm/index.ts';
import {
  encodeSerialised,
  FrameHeader,
  frameKinds,
  linkSubject,
  ProductsReader,
  ProductsWriter,
  type FrameKind,
  type FrameView,
  type Outbox,
  type Outboxes,
} from '../../transport/index.ts';
import type { LinkEnd } from './contract.ts';
import { linkMachine } from './link.machine.ts';
import { LinkSlot } from './link-slot.ts';

/** What a link is made of. */
export interface LinkParts {
  readonly job: string;
  /** This process, its endpoint, and those of the partner. */
  readonly process: string;
  readonly endpoint: string;
  readonly partnerProcess: string;
  readonly partner: string;
  readonly outboxes: Outboxes;
  readonly allocate: AllocateBuffer;
  /** Senders and receivers of this process on this way. */
  readonly ends: readonly LinkEnd[];
  readonly parent: AnyActorRef;
}

interface Sender {
  readonly outbox: Outbox;
  readonly writer: ProductsWriter;
}

interface Receiver {
  readonly instance: number;
  readonly reader: ProductsReader;
}

/** The way from an endpoint of this process to one of another process, and back: its slots and what travels in them. */
export class Link {
  readonly partner: string;
  readonly partnerProcess: string;
  readonly slots: LinkSlot[] = [];
  readonly actor: ActorRefFrom<typeof linkMachine>;
  /** Events that hold slots. */
  eventsInFlight = 0;
  /** When the partner was last heard of, on the clock of the environment. */
  heardMs = 0;
  /** Frames that came for an event that has let go of its slot. */
  lateFrames = 0;
  readonly #parts: LinkParts;
  readonly #control: Outbox;
  readonly #senders: readonly Sender[];
  readonly #senderAt = new Map<number, number>();
  readonly #receivers: readonly Receiver[];
  readonly #receiverAt = new Map<number, number>();
  readonly #header = new FrameHeader();

  constructor(parts: LinkParts) {
    const { job, endpoint, partner, outboxes, ends, allocate, parent } = parts;
    this.#parts = parts;
    this.partner = partner;
    this.partnerProcess = parts.partnerProcess;
    const subject = (instance: number) => linkSubject(job, endpoint, partner, instance);
    this.#control = outboxes.open(subject(0));
    this.#senders = ends
      .filter(({ direction }) => direction === 'send')
      .map(({ instance, products }, at) => {
        this.#senderAt.set(instance, at);
        return { outbox: outboxes.open(subject(instance)), writer: new ProductsWriter(products) };
      });
    this.#receivers = ends
      .filter(({ direction }) => direction === 'receive')
      .map(({ instance, products }, at) => {
        this.#receiverAt.set(instance, at);
        const from = linkSubject(job, partner, endpoint, instance);
        return { instance, reader: new ProductsReader(products, from, allocate) };
      });
    this.actor = createActor(linkMachine, { parent, id: `link ${partner}` }).start();
  }

  /** Makes so many slots. */
  offer(slots: number): void {
    while (this.slots.length < slots) {
      const { length } = this.slots;
      this.slots.push(new LinkSlot(this, length, this.#receivers.length, this.#senders.length));
    }
  }

  /** Index of the sender or receiver with an instance; throws where this way has none. */
  senderAt(instance: number): number {
    return known(this.#senderAt.get(instance), instance, this.partner);
  }

  receiverAt(instance: number): number {
    return known(this.#receiverAt.get(instance), instance, this.partner);
  }

  /** Sends the products of one sender in the event of a slot; `undefined`: its path was not active. */
  send(slot: LinkSlot, sender: number, values: readonly unknown[] | undefined): void {
    const { outbox, writer } = this.#senders[sender] ?? missing(sender);
    slot.sent[sender] = 1;
    const header = this.#headerOf(frameKinds.products, slot);
    if (values === undefined) writer.writeInactive(outbox, header);
    else writer.write(outbox, header, values);
  }

  /** The event of a slot has ended here: who waits for products of it there is told that there will be none. */
  sendRest(slot: LinkSlot): void {
    for (let sender = 0; sender < slot.sent.length; sender++) {
      if (slot.sent[sender] === 0) this.send(slot, sender, undefined);
    }
  }

  /** Sends a frame about the event of a slot. */
  sendEvent(kind: FrameKind, slot: LinkSlot): void {
    this.#control.begin(this.#headerOf(kind, slot), 0);
  }

  /** Sends a frame about the job, with a body where there is one. */
  sendControl(kind: FrameKind, fields: Partial<FrameHeader> = {}, body?: unknown): void {
    const header = Object.assign(new FrameHeader(), { kind }, fields);
    const bytes = body === undefined ? undefined : encodeSerialised(body, 'a control frame');
    this.#control.begin(header, bytes?.length ?? 0);
    if (bytes !== undefined) this.#control.write(bytes);
  }

  /** Tells the partner that this process has failed. */
  abort(error: EdmeshError): void {
    const { code, message } = errorToData(error);
    this.sendControl(frameKinds.abort, {}, { process: this.#parts.process, code, message });
  }

  /** Takes the products of an event. Throws what says that the frame is not sound. */
  takeProducts(frame: FrameView, instance: number): void {
    const at = this.receiverAt(instance);
    const slot = this.slotOf(frame);
    const receiver = this.#receivers[at];
    const mail = slot?.mail[at];
    if (slot === undefined || receiver === undefined || mail === undefined) {
      this.lateFrames++;
      return;
    }
    if (mail.state !== 'none')
      throw this.invalid(`products of instance ${String(instance)} come twice`);
    mail.state = receiver.reader.read(frame, mail.products) ? 'arrived' : 'inactive';
    mail.settle();
  }

  /** The slot of a frame about an event, which takes the slot where that is free; `undefined` where it comes too late. */
  slotOf({ slot: index, ordinal, attempt }: FrameView): LinkSlot | undefined {
    const slot = this.slots[index];
    if (slot === undefined) throw this.invalid(`there is no slot ${String(index)}`);
    if (slot.isHeld) {
      return slot.ordinal === ordinal && slot.attempt === attempt ? slot : undefined;
    }
    if (!this.opensOnArrival || slot.ordinal === ordinal) return undefined;
    slot.open(ordinal, attempt);
    return slot;
  }

  /** Whether events come from the partner: then what comes first of one takes its slot. */
  opensOnArrival = false;

  /** What the partner sent breaks the rules. */
  invalid(problem: string): EdmeshError {
    const { partner } = this;
    return new EdmeshError('EDMESH_FRAME_INVALID', `from ${partner}: ${problem}`, {
      fields: { partner },
    });
  }

  #headerOf(kind: FrameKind, slot: LinkSlot): FrameHeader {
    const header = this.#header;
    header.kind = kind;
    header.slot = slot.index;
    header.attempt = slot.attempt;
    header.run = slot.run;
    header.lumi = slot.lumi;
    header.event = slot.event;
    header.ordinal = slot.ordinal;
    header.timeUs = slot.timeUs;
    header.block = slot.lumiNumber;
    return header;
  }
}

function known(at: number | undefined, instance: number, partner: string): number {
  if (at !== undefined) return at;
  throw new EdmeshError(
    'EDMESH_FRAME_INVALID',
    `the way to ${partner} has no instance ${String(instance)}`,
    { fields: { partner, instance } },
  );
}

function missing(sender: number): never {
  throw new EdmeshError('EDMESH_INTERNAL', `there is no sender ${String(sender)}`);
}
