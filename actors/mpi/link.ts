import { createActor, type ActorRefFrom, type AnyActorRef } from 'xstate';
import { EdmeshError, formatEventId, type AllocateBuffer } from '../../edm/index.ts';
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
import { linkMachine, type LinkMessage } from './link.machine.ts';
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
  /** Whether events come from the partner: then what comes first of one takes its slot. */
  readonly opensOnArrival: boolean;
  readonly parent: AnyActorRef;
}

interface Sender {
  readonly outbox: Outbox;
  readonly writer: ProductsWriter;
}

/** The way from an endpoint of this process to one of another process, and back: its slots and what travels in them. */
export class Link {
  readonly partner: string;
  readonly partnerProcess: string;
  readonly slots: LinkSlot[] = [];
  readonly actor: ActorRefFrom<typeof linkMachine>;
  /** What each receiver waits for, for people. */
  readonly receives: readonly string[];
  /** How many events hold slots. */
  eventsInFlight = 0;
  /** When the partner was last heard of, on the clock of the environment. */
  heardMs = 0;
  readonly #opensOnArrival: boolean;
  readonly #outboxes: Outboxes;
  readonly #control: Outbox;
  readonly #senders: readonly Sender[];
  readonly #senderAt = new Map<number, number>();
  readonly #receivers: readonly ProductsReader[];
  readonly #receiverAt = new Map<number, number>();
  readonly #header = new FrameHeader();

  constructor(parts: LinkParts) {
    const { job, endpoint, partner, outboxes, ends, allocate, parent } = parts;
    this.#opensOnArrival = parts.opensOnArrival;
    this.#outboxes = outboxes;
    this.partner = partner;
    this.partnerProcess = parts.partnerProcess;
    const subject = (instance: number) => linkSubject(job, endpoint, partner, instance);
    // An event leaves before its products, and its end after them.
    const first = parts.opensOnArrival ? undefined : outboxes.open(subject(0));
    this.#senders = ends
      .filter(({ direction }) => direction === 'send')
      .map(({ instance, products }, at) => {
        this.#senderAt.set(instance, at);
        return { outbox: outboxes.open(subject(instance)), writer: new ProductsWriter(products) };
      });
    this.#control = first ?? outboxes.open(subject(0));
    const receivers = ends.filter(({ direction }) => direction === 'receive');
    const from = (instance: number) => linkSubject(job, partner, endpoint, instance);
    this.receives = receivers.map(({ instance }) => `products on ${from(instance)}`);
    this.#receivers = receivers.map(({ instance, products }, at) => {
      this.#receiverAt.set(instance, at);
      return new ProductsReader(products, from(instance), allocate, (backend) => {
        outboxes.traffic.countBackend(backend);
      });
    });
    this.actor = createActor(linkMachine, { parent, id: `link ${partner}` }).start();
  }

  /** Whether the partner is there. */
  get isActive(): boolean {
    return this.actor.getSnapshot().status === 'active';
  }

  /** Tells the statechart of the link, unless it has come to its end. */
  tell(message: LinkMessage): void {
    if (this.isActive) this.actor.send(message);
  }

  /** The events that hold a slot. */
  get inHand(): string[] {
    return this.slots.filter(({ isHeld }) => isHeld).map((slot) => formatEventId(slot));
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

  /** A luminosity block has ended. */
  checkpoint(): void {
    this.#outboxes.checkpoint();
  }

  /** Sends a frame about the job, with a body where there is one. */
  sendControl(kind: FrameKind, fields: Partial<FrameHeader> = {}, body?: unknown): void {
    const header = Object.assign(new FrameHeader(), { kind }, fields);
    const bytes = body === undefined ? undefined : encodeSerialised(body, 'a control frame');
    this.#control.begin(header, bytes?.length ?? 0);
    if (bytes !== undefined) this.#control.write(bytes);
  }

  /** The job has failed: nothing comes for the receivers that wait, or will wait. */
  abandon(error: EdmeshError): void {
    for (const { mail } of this.slots) for (const each of mail) each.abandon(error);
  }

  /** Takes the products of an event. Throws what says that the frame is not sound. */
  takeProducts(frame: FrameView, instance: number): void {
    const at = this.receiverAt(instance);
    const mail = this.slotOf(frame)?.mail[at];
    const reader = this.#receivers[at];
    // Nobody waits for products of an event that has let go of its slot.
    if (mail === undefined || reader === undefined) return;
    if (mail.state !== 'none')
      throw this.invalid(`products of instance ${String(instance)} come twice`);
    mail.state = reader.read(frame, mail.products) ? 'arrived' : 'inactive';
    mail.settle();
  }

  /** The slot of a frame about an event, which takes the slot where that is free; `undefined` where it comes too late. */
  slotOf({ slot: index, ordinal, attempt }: FrameView): LinkSlot | undefined {
    const slot = this.slots[index];
    if (slot === undefined) throw this.invalid(`there is no slot ${String(index)}`);
    if (slot.isHeld) {
      return slot.ordinal === ordinal && slot.attempt === attempt ? slot : undefined;
    }
    if (!this.#opensOnArrival || slot.ordinal === ordinal) return undefined;
    slot.open(ordinal, attempt);
    return slot;
  }

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
