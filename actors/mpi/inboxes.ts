import type { EdmeshError } from '../../edm/index.ts';
import { Inbox, linkSubject, type FrameView, type Traffic } from '../../transport/index.ts';

/** What inboxes of an endpoint are made with. */
export interface InboxesParts {
  readonly job: string;
  /** The endpoint that hears. */
  readonly endpoint: string;
  readonly take: (from: string, instance: number, frame: FrameView) => void;
  /** Takes what is wrong with what a partner sends. */
  readonly problem: (from: string, error: EdmeshError) => void;
  /** Counts what comes. */
  readonly traffic: Traffic;
}

/** The inboxes of an endpoint: one for each subject on which a partner may send to it. All else is not heard. */
export class Inboxes {
  readonly #parts: InboxesParts;
  readonly #inboxes = new Map<string, Inbox>();

  constructor(parts: InboxesParts) {
    this.#parts = parts;
  }

  /** From here on hears what a partner sends on an instance. */
  admit(from: string, instance: number): void {
    const { job, endpoint, take, problem, traffic } = this.#parts;
    const subject = linkSubject(job, from, endpoint, instance);
    if (this.#inboxes.has(subject)) return;
    const inbox = new Inbox({
      subject,
      onFrame: (frame) => {
        take(from, instance, frame);
      },
      onProblem: (error) => {
        problem(from, error);
      },
      traffic,
    });
    this.#inboxes.set(subject, inbox);
  }

  /** The inbox of a subject; `undefined` where nobody was admitted. */
  of(subject: string): Inbox | undefined {
    return this.#inboxes.get(subject);
  }
}
