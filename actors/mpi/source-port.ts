import type {
  EdmeshError,
  PushedEvent,
  PushedReader,
  PushedRun,
  PushedSink,
  PutToken,
  SourceEvent,
} from '../../edm/index.ts';
import { frameKinds, type FrameView } from '../../transport/index.ts';
import type { Link } from './link.ts';
import { notConnected } from './not-connected.ts';
import { LinkSlot } from './link-slot.ts';

/** Runs that may begin before their first luminosity blocks do. */
const pendingRunsMax = 1024;

/** What the source knows of one link to its controller. */
interface LinkState {
  /** The luminosity block below which nothing will come any more. */
  floor: number;
  readonly ended: Set<number>;
  /** Events received of each open block. */
  readonly received: Map<number, number>;
  isOver: boolean;
  /** Whether the controller was asked for no further events. */
  hasAsked: boolean;
}

/**
 * An `MPISource` in one lane: pushes the events of its controller, which may come over several links, in the order of
 * their luminosity blocks.
 */
export class SourcePort implements PushedReader {
  readonly kind = 'pushed';
  /** Name of the process that controls this one. */
  readonly controller: string;
  readonly slots: number;
  readonly #token: PutToken<LinkSlot>;
  readonly #links = new Map<Link, LinkState>();
  /** Events of blocks that another link has not come to. */
  #held: LinkSlot[] = [];
  /** The run of the luminosity block that was announced last. */
  #run: PushedRun | undefined;
  /** When later runs have begun, by number. */
  readonly #runTimes = new Map<number, number>();
  #sink: PushedSink | undefined;
  #announced = -1;
  #linksExpected = 1;
  #isAbandoned = false;
  readonly #isConnected: boolean;

  constructor(controller: string, slots: number, token: PutToken<LinkSlot>, isConnected: boolean) {
    this.#isConnected = isConnected;
    this.controller = controller;
    this.slots = slots;
    this.#token = token;
  }

  /** Throws `EDMESH_NOT_CONNECTED` where the process runs alone. */
  listen(sink: PushedSink): void {
    if (!this.#isConnected) throw notConnected('MPISource');
    this.#sink = sink;
  }

  read(event: PushedEvent, into: SourceEvent): void {
    if (event instanceof LinkSlot) into.put(this.#token, event);
  }

  done(event: PushedEvent): void {
    if (!(event instanceof LinkSlot)) return;
    const { link } = event;
    link.sendRest(event);
    link.sendEvent(frameKinds.eventDone, event);
    event.release();
  }

  /** Whether a lane of the controller has joined. */
  get isJoined(): boolean {
    return this.#links.size > 0;
  }

  /** Asks the controller for no further events; `false` where none has joined. */
  drain(): boolean {
    if (this.#isAbandoned || !this.isJoined) return false;
    for (const [link, state] of this.#links) {
      if (state.isOver || state.hasAsked) continue;
      state.hasAsked = true;
      link.sendControl(frameKinds.disconnect);
    }
    return true;
  }

  /** The job has failed. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  /** A lane of the controller has joined; it has so many lanes. */
  addLink(link: Link, lanes: number): void {
    this.#linksExpected = lanes;
    const state = { floor: 0, ended: new Set<number>(), received: new Map<number, number>() };
    this.#links.set(link, { ...state, isOver: false, hasAsked: false });
  }

  /** Takes a transition of the controller. Throws where it breaks the rules. */
  take(link: Link, frame: FrameView): void {
    const state = this.#links.get(link);
    if (state === undefined) return;
    if (state.isOver) throw link.invalid('something comes after its end of data');
    switch (frame.kind) {
      case frameKinds.beginRun:
        this.#beginRun(link, frame);
        return;
      case frameKinds.beginLumi:
        this.#beginLumi(frame);
        return;
      case frameKinds.event:
        this.#event(link, state, frame);
        return;
      case frameKinds.endLumi:
        this.#endLumi(link, state, frame);
        return;
      case frameKinds.disconnect:
        state.isOver = true;
        state.floor = Number.POSITIVE_INFINITY;
        this.#goOn();
        link.sendControl(frameKinds.left);
        link.tell({ type: 'LEFT' });
        if (this.isOver) this.#sink?.endOfData();
        return;
      case frameKinds.endRun:
        return;
      default:
        throw link.invalid(`a controller sends no frame of kind ${String(frame.kind)}`);
    }
  }

  /** Whether every lane of the controller has said that there will be no further event. */
  get isOver(): boolean {
    const over = [...this.#links.values()].filter(({ isOver }) => isOver).length;
    return over === this.#linksExpected;
  }

  /** There will be no events, or no more of them. */
  endOfData(): void {
    this.#sink?.endOfData();
  }

  /** A run is announced with its first luminosity block. */
  #beginRun(link: Link, { ordinal: number, timeUs }: FrameView): void {
    if (number <= (this.#run?.number ?? -1)) return;
    if (this.#runTimes.size === pendingRunsMax) throw link.invalid('runs begin, but no blocks');
    this.#runTimes.set(number, timeUs);
  }

  #beginLumi({ block, ordinal: number, run, lumi, timeUs }: FrameView): void {
    if (block <= this.#announced) return;
    this.#announced = block;
    if (this.#run?.number !== number) {
      const begunUs = this.#runTimes.get(number) ?? timeUs;
      this.#run = { number, run, firstLumi: lumi, timeUs: begunUs };
      for (const each of this.#runTimes.keys()) if (each <= number) this.#runTimes.delete(each);
    }
    this.#sink?.beginLumi({ number: block, run: this.#run, lumi, timeUs });
  }

  #event(link: Link, state: LinkState, frame: FrameView): void {
    this.#checkBlock(link, state, frame);
    const slot = link.slotOf(frame);
    if (slot === undefined || slot.hasCome)
      throw link.invalid(`slot ${String(frame.slot)} is taken by another event`);
    slot.hasCome = true;
    slot.run = frame.run;
    slot.lumi = frame.lumi;
    slot.event = frame.event;
    slot.timeUs = frame.timeUs;
    slot.lumiNumber = frame.block;
    state.received.set(frame.block, (state.received.get(frame.block) ?? 0) + 1);
    state.floor = Math.max(state.floor, frame.block);
    if (this.#linksExpected === 1) this.#sink?.event(slot);
    else {
      this.#held.push(slot);
      this.#goOn();
    }
  }

  #endLumi(link: Link, state: LinkState, { block, event: events }: FrameView): void {
    if (block > this.#announced) throw unannounced(link, block);
    const received = state.received.get(block) ?? 0;
    if (received !== events) {
      throw link.invalid(
        `luminosity block ${String(block)} ends after ${String(events)} events, of which ${String(received)} came`,
      );
    }
    state.received.delete(block);
    if (block >= state.floor) state.ended.add(block);
    while (state.ended.delete(state.floor)) state.floor++;
    this.#goOn();
    const states = [...this.#links.values()];
    const isOver = states.every(({ floor, ended }) => floor > block || ended.has(block));
    if (isOver && states.length === this.#linksExpected) this.#sink?.endLumi(block);
  }

  /** What holds for the luminosity block of every event. */
  #checkBlock(link: Link, { floor, ended }: LinkState, { block }: FrameView): void {
    if (block > this.#announced) throw unannounced(link, block);
    if (block < floor || ended.has(block)) {
      throw link.invalid(`an event comes after the end of its luminosity block ${String(block)}`);
    }
  }

  /** Pushes the events of blocks that every link has come to. */
  #goOn(): void {
    if (this.#held.length === 0 || this.#links.size < this.#linksExpected) return;
    const floor = Math.min(...[...this.#links.values()].map((state) => state.floor));
    const due = this.#held.filter(({ lumiNumber }) => lumiNumber <= floor);
    this.#held = this.#held.filter(({ lumiNumber }) => lumiNumber > floor);
    for (const slot of due.sort((a, b) => a.lumiNumber - b.lumiNumber)) this.#sink?.event(slot);
  }
}

function unannounced(link: Link, block: number): EdmeshError {
  return link.invalid(`luminosity block ${String(block)} was not announced`);
}
