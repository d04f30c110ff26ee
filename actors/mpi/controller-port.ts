import { EdmeshError, type EventPrincipal, type Holder, type EventInfo } from '../../edm/index.ts';
import { frameKinds, type FrameView } from '../../transport/index.ts';
import type { Link } from './link.ts';
import type { LinkSlot } from './link-slot.ts';
import { SendOrder } from './send-order.ts';

/** An `MPIController` in one lane: gives its events slots of the followers, and replicates runs and lumis there. */
export class ControllerPort {
  readonly label: string;
  /** Names of the processes that follow. */
  readonly followers: readonly string[];
  readonly links: Link[] = [];
  readonly #order = new SendOrder((event, holder) => this.#send(event, holder));
  readonly #slots = new Map<number, LinkSlot>();
  #free: LinkSlot[] = [];
  readonly #sentOf = new Map<Link, Map<number, number>>();
  /** Links whose followers have asked for no further events, and those that have been told that there will be none. */
  readonly #leaving = new Set<Link>();
  readonly #disconnected = new Set<Link>();
  #left: (() => void) | undefined;
  /** What events that wait for a slot fail with. */
  #failure: EdmeshError | undefined;

  constructor(label: string, followers: readonly string[]) {
    this.label = label;
    this.followers = followers;
  }

  /** Whether it can hand out slots of a link. */
  addLink(link: Link): void {
    this.links.push(link);
    this.#sentOf.set(link, new Map());
  }

  /** A follower has offered its slots. */
  joined(link: Link, slots: number): void {
    link.offer(slots);
    this.#free.push(...link.slots);
    // Followers take turns.
    this.#free.sort((a, b) => a.index - b.index);
    this.#order.look();
  }

  /** An event has been claimed. */
  begun({ block }: EventPrincipal): void {
    if (block !== undefined) this.#order.begun(block.number);
  }

  /** Sends an event to a follower as soon as one has a slot for it and its turn has come; then the holder is done. */
  send(event: EventInfo, holder: Holder): void {
    this.#order.request(event, holder);
  }

  /** Says whether there was a slot; an event whose job has failed needs none. */
  #send(event: EventInfo, holder: Holder): boolean {
    if (this.#failure !== undefined) {
      holder.fail(this.#failure);
      return true;
    }
    const slot = this.#free.shift();
    if (slot === undefined) return false;
    const { ordinal, lumiNumber } = event;
    slot.open(ordinal, event.attempt);
    slot.run = event.run;
    slot.lumi = event.lumi;
    slot.event = event.event;
    slot.timeUs = event.timeUs;
    slot.lumiNumber = lumiNumber;
    this.#slots.set(ordinal, slot);
    const sent = this.#sentOf.get(slot.link);
    sent?.set(lumiNumber, (sent.get(lumiNumber) ?? 0) + 1);
    slot.link.sendEvent(frameKinds.event, slot);
    holder.done();
    return true;
  }

  /** The slot that an event holds. */
  slotOf(ordinal: number): LinkSlot {
    const slot = this.#slots.get(ordinal);
    if (slot !== undefined) return slot;
    throw new EdmeshError('EDMESH_INTERNAL', `${this.label}: event ${String(ordinal)} has no slot`);
  }

  /** An event has ended in this process. */
  ended({ ordinal, block }: EventPrincipal): void {
    const slot = this.#slots.get(ordinal);
    if (slot === undefined) {
      if (block !== undefined) this.#order.endedUnsent(ordinal, block.number);
      return;
    }
    slot.link.sendRest(slot);
    slot.endedHere = true;
    this.#releaseIfOver(slot);
  }

  /** A follower says that an event has ended there. */
  endedThere(link: Link, frame: FrameView): void {
    const slot = link.slots[frame.slot];
    if (slot?.isHeld !== true) return;
    if (slot.ordinal !== frame.ordinal || slot.attempt !== frame.attempt) return;
    slot.endedThere = true;
    this.#releaseIfOver(slot);
  }

  beginRun(number: number, run: number, timeUs: number): void {
    for (const link of this.#connected) {
      link.sendControl(frameKinds.beginRun, { ordinal: number, run, timeUs });
    }
  }

  beginLumi(number: number, runNumber: number, run: number, lumi: number, timeUs: number): void {
    for (const link of this.#connected) {
      const fields = { block: number, ordinal: runNumber, run, lumi, timeUs };
      link.sendControl(frameKinds.beginLumi, fields);
    }
  }

  endLumi(number: number, run: number, lumi: number): void {
    for (const link of this.#connected) {
      const sent = this.#sentOf.get(link);
      const event = sent?.get(number) ?? 0;
      sent?.delete(number);
      link.sendControl(frameKinds.endLumi, { block: number, run, lumi, event });
    }
    this.#connected[0]?.checkpoint();
  }

  endRun(number: number, run: number): void {
    for (const link of this.#connected) {
      link.sendControl(frameKinds.endRun, { ordinal: number, run });
    }
  }

  /**
   * A follower asks for no further events: it gets none from here on, and those that it has are waited for. `false` where
   * there is no other link: then it still gets the events that the job has begun.
   */
  letGo(link: Link): boolean {
    if (this.#disconnected.has(link) || this.#leaving.has(link)) return true;
    const goesOn = (other: Link) => other !== link && !this.#leaving.has(other);
    if (!this.links.some(goesOn)) return false;
    this.#leaving.add(link);
    this.#free = this.#free.filter((slot) => slot.link !== link);
    this.#disconnectIfIdle(link);
    return true;
  }

  /** There will be no further event: resolves when every follower has left. */
  async disconnect(): Promise<void> {
    if (this.#failure !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#left = resolve;
      for (const link of this.links) this.#disconnect(link);
      this.lookAtLeft();
    });
  }

  /** The job has failed: nobody waits for followers any more. */
  abandon(error: EdmeshError): void {
    this.#failure = error;
    this.#left?.();
    this.#order.look();
  }

  /** A link has come to its end. */
  lookAtLeft(): void {
    if (this.links.every(({ isActive }) => !isActive)) this.#left?.();
  }

  /** The links to whom transitions are sent. */
  get #connected(): readonly Link[] {
    return this.#disconnected.size === 0
      ? this.links
      : this.links.filter((link) => !this.#disconnected.has(link));
  }

  #disconnectIfIdle(link: Link): void {
    if (this.#leaving.has(link) && link.eventsInFlight === 0) this.#disconnect(link);
  }

  #disconnect(link: Link): void {
    if (this.#disconnected.has(link)) return;
    this.#disconnected.add(link);
    link.tell({ type: 'DRAIN' });
    link.sendControl(frameKinds.disconnect);
  }

  #releaseIfOver(slot: LinkSlot): void {
    if (!slot.endedHere || !slot.endedThere) return;
    this.#slots.delete(slot.ordinal);
    slot.release();
    if (this.#leaving.has(slot.link)) {
      this.#disconnectIfIdle(slot.link);
      return;
    }
    this.#free.push(slot);
    this.#order.look();
  }
}
