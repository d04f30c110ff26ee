import type { EdmeshError } from '../../edm/index.ts';
import { Inbox, parseLinkSubject, type FrameView } from '../../transport/index.ts';

/** The inboxes of an endpoint, one for each subject that it hears. */
export class Inboxes {
  readonly #inboxes = new Map<string, Inbox>();
  readonly #take: (from: string, instance: number, frame: FrameView) => void;
  readonly #problem: (error: EdmeshError) => void;

  constructor(
    take: (from: string, instance: number, frame: FrameView) => void,
    problem: (error: EdmeshError) => void,
  ) {
    this.#take = take;
    this.#problem = problem;
  }

  /** The inbox of a subject; `undefined` for what is no subject of a link. */
  of(subject: string): Inbox | undefined {
    const known = this.#inboxes.get(subject);
    if (known !== undefined) return known;
    const parsed = parseLinkSubject(subject);
    if (parsed === undefined) return undefined;
    const { from, instance } = parsed;
    const inbox = new Inbox({
      subject,
      onFrame: (frame) => {
        this.#take(from, instance, frame);
      },
      onProblem: this.#problem,
    });
    this.#inboxes.set(subject, inbox);
    return inbox;
  }
}
