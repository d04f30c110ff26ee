import type { EdmeshError, Holder, PushedEvent } from '../../edm/index.ts';
import type { Link } from './link.ts';

/** What has come for one receiver in the event of a slot. */
type MailState = 'none' | 'inactive' | 'arrived' | 'failed';

/** What one receiver gets in the event of a slot. */
export class Mail {
  state: MailState = 'none';
  error: EdmeshError | undefined;
  /** The products, in the order agreed upon; what is missing is `undefined`. */
  readonly products: unknown[] = [];
  /** Waits for the products. */
  holder: Holder | undefined;

  clear(): void {
    this.state = 'none';
    this.error = undefined;
    this.holder = undefined;
    this.products.length = 0;
  }

  /** Nothing will come: whoever waits for it, or is going to, fails with the error. */
  abandon(error: EdmeshError): void {
    const { holder } = this;
    this.holder = undefined;
    if (this.state !== 'none') return;
    this.state = 'failed';
    this.error = error;
    holder?.fail(error);
  }

  /** What the receiver waited for has come. */
  settle(): void {
    const { holder } = this;
    this.holder = undefined;
    holder?.done();
  }
}

/**
 * A slot of a link: the event that holds it in both processes, and what has come for its receivers. It is used for one
 * event after the other, and is the token and the pushed event at once, so that an event makes no object.
 */
export class LinkSlot implements PushedEvent {
  readonly link: Link;
  readonly index: number;
  run = 0;
  lumi = 0;
  event = 0;
  timeUs = 0;
  ordinal = -1;
  attempt = 0;
  lumiNumber = 0;
  /** Whether an event holds it. */
  isHeld = false;
  /** Whether the partner has sent the event itself, and not only products of it. */
  hasCome = false;
  /** Whether the event has ended in this process, and in the other one. */
  endedHere = false;
  endedThere = false;
  /** By receiver. */
  readonly mail: readonly Mail[];
  /** By sender, whether it has written for this event. */
  readonly sent: Uint8Array;

  constructor(link: Link, index: number, receivers: number, senders: number) {
    this.link = link;
    this.index = index;
    this.mail = Array.from({ length: receivers }, () => new Mail());
    this.sent = new Uint8Array(senders);
  }

  /** An event takes the slot. */
  open(ordinal: number, attempt: number): void {
    this.ordinal = ordinal;
    this.attempt = attempt;
    this.isHeld = true;
    this.link.eventsInFlight++;
    this.hasCome = false;
    this.endedHere = false;
    this.endedThere = false;
    this.sent.fill(0);
    for (const mail of this.mail) mail.clear();
  }

  /** The event has let go of the slot; what comes late for it is dropped. */
  release(): void {
    if (this.isHeld) this.link.eventsInFlight--;
    this.isHeld = false;
    for (const mail of this.mail) mail.clear();
  }
}
