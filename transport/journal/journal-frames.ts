import type { FrameView } from '../frame.ts';
import { Inbox } from '../inbox.ts';
import type { JournalRecord } from './journal-record.ts';
import { helloSubject, parseLinkSubject, type LinkSubject } from '../subject.ts';

/** What is made of the packets of a journal. */
export interface FrameListener {
  /**
   * A frame of a link. The view is reused. `isKept` says that its bytes stay as they are for as long as they are kept;
   * else they are only lent.
   */
  readonly onFrame: (link: LinkSubject, frame: FrameView, isKept: boolean) => void;
  /** Somebody has made himself known. */
  readonly onHello?: (payload: Uint8Array) => void;
}

/** Takes packets of a job apart, be they from a journal or published now. */
export class PacketReader {
  readonly #hello: string;
  readonly #listener: FrameListener;
  readonly #inboxes = new Map<string, Inbox | undefined>();
  #payload: Uint8Array = new Uint8Array(0);

  constructor(job: string, listener: FrameListener) {
    this.#hello = helloSubject(job);
    this.#listener = listener;
  }

  /** Takes a packet. Throws `EDMESH_FRAME_INVALID` and `EDMESH_FRAME_GAP`, and what the listener throws. */
  accept(subject: string, payload: Uint8Array): void {
    let inbox = this.#inboxes.get(subject);
    if (inbox === undefined) {
      if (subject === this.#hello) {
        this.#listener.onHello?.(payload);
        return;
      }
      if (this.#inboxes.has(subject)) return;
      inbox = this.#open(subject);
      if (inbox === undefined) return;
    }
    this.#payload = payload;
    inbox.accept(payload);
  }

  /** Takes the packets of a journal. Throws what `accept` throws. */
  acceptAll(records: readonly JournalRecord[]): void {
    for (const { subject, payload } of records) this.accept(subject, payload);
  }

  #open(subject: string): Inbox | undefined {
    const link = parseLinkSubject(subject);
    const inbox =
      link === undefined
        ? undefined
        : new Inbox({
            subject,
            onFrame: (frame) => {
              const isKept = frame.bytes.buffer === this.#payload.buffer;
              this.#listener.onFrame(link, frame, isKept);
            },
            onProblem: (error) => {
              throw error;
            },
          });
    this.#inboxes.set(subject, inbox);
    return inbox;
  }
}
