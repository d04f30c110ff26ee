import type { EventId } from '../../edm/index.ts';
import { frameKinds, type FrameView } from '../frame.ts';
import { PacketReader } from './journal-frames.ts';
import type { JournalRecord } from './journal-record.ts';
import { decodeSerialised } from '../serialised-codec.ts';
import { helloSubject, parseLinkSubject, type LinkSubject } from '../subject.ts';

/** An event as a controller sent it to a follower. */
export interface JournalEvent extends EventId {
  /** Its place in the job, and the number of its luminosity block there. */
  readonly ordinal: number;
  readonly block: number;
  readonly attempt: number;
  /** Microseconds since 1970, 0 where unknown. */
  readonly timeUs: number;
  /** The endpoints that sent and received it. */
  readonly from: string;
  readonly to: string;
  /** Whether the follower said that it had dealt with it. */
  isDone: boolean;
}

/** A process of a job, with the endpoints that made themselves known. */
export interface JournalProcess {
  readonly process: string;
  readonly endpoints: readonly string[];
}

/** Gathers what a journal tells of a job: its processes and its events. Products are not looked at. */
export class JournalSummary {
  /** Events in the order in which they were sent; empty unless they are wanted. */
  readonly events: JournalEvent[] = [];
  /** Packets by subject, of those that were accepted. */
  readonly packets = new Map<string, number>();
  /** Numbers of runs, by `<controller endpoint> <number of a luminosity block>`. */
  readonly runNumbers = new Map<string, number>();
  eventsSent = 0;
  eventsDone = 0;
  /** Links on which the controller has said that there is no further event, and all links with events or without. */
  readonly #ended = new Set<string>();
  readonly #links = new Set<string>();
  readonly #endpoints = new Map<string, Set<string>>();
  readonly #open = new Map<string, JournalEvent>();
  readonly #hello: string;
  readonly #reader: PacketReader;
  readonly #keepsEvents: boolean;

  constructor(job: string, keepsEvents = false) {
    this.#hello = helloSubject(job);
    this.#keepsEvents = keepsEvents;
    this.#reader = new PacketReader(job, {
      onFrame: (link, frame) => {
        this.#take(link, frame);
      },
      onHello: (payload) => {
        this.#greet(payload);
      },
    });
  }

  /** Takes records, in order. Throws `EDMESH_FRAME_INVALID` and `EDMESH_FRAME_GAP`. */
  accept(records: readonly JournalRecord[]): void {
    for (const { subject, payload } of records) {
      this.packets.set(subject, (this.packets.get(subject) ?? 0) + 1);
      const isControl = subject === this.#hello || parseLinkSubject(subject)?.instance === 0;
      if (isControl) this.#reader.accept(subject, payload);
    }
  }

  /** The processes, by name. */
  get processes(): JournalProcess[] {
    return [...this.#endpoints]
      .map(([process, endpoints]) => ({ process, endpoints: [...endpoints].sort() }))
      .sort((a, b) => (a.process < b.process ? -1 : 1));
  }

  /** Whether every controller has said that there is no further event. */
  get isComplete(): boolean {
    return this.#links.size > 0 && [...this.#links].every((link) => this.#ended.has(link));
  }

  #take({ from, to }: LinkSubject, frame: FrameView): void {
    const { kind, ordinal, attempt } = frame;
    switch (kind) {
      case frameKinds.connect:
        this.#links.add(`${from} ${to}`);
        return;
      case frameKinds.disconnect:
        this.#ended.add(`${from} ${to}`);
        return;
      case frameKinds.beginLumi:
        this.runNumbers.set(`${from} ${String(frame.block)}`, ordinal);
        return;
      case frameKinds.event: {
        this.eventsSent += 1;
        if (!this.#keepsEvents) return;
        const { run, lumi, event, block, timeUs } = frame;
        const sent = { run, lumi, event, ordinal, block, attempt, timeUs, from, to, isDone: false };
        this.events.push(sent);
        this.#open.set(`${from} ${to} ${String(ordinal)} ${String(attempt)}`, sent);
        return;
      }
      case frameKinds.eventDone: {
        this.eventsDone += 1;
        const key = `${to} ${from} ${String(ordinal)} ${String(attempt)}`;
        const sent = this.#open.get(key);
        if (sent !== undefined) sent.isDone = true;
        this.#open.delete(key);
        return;
      }
      default:
    }
  }

  #greet(payload: Uint8Array): void {
    const hello = decodeSerialised(payload, this.#hello, 0);
    if (typeof hello !== 'object' || hello === null) return;
    if (!('endpoint' in hello) || !('process' in hello)) return;
    const { endpoint, process } = hello;
    if (typeof endpoint !== 'string' || typeof process !== 'string') return;
    const known = this.#endpoints.get(process);
    if (known === undefined) this.#endpoints.set(process, new Set([endpoint]));
    else known.add(endpoint);
  }
}
