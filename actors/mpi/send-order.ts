import type { EventInfo, Holder } from '../../edm/index.ts';

/** An event that waits for its turn to be sent. */
interface WaitingEvent {
  /** Of the event, whose own view may be gone when it has ended. */
  readonly ordinal: number;
  readonly lumiNumber: number;
  readonly event: EventInfo;
  readonly holder: Holder;
}

/** How many events of a luminosity block the lane has begun, and how many of them were sent or have ended unsent. */
interface BlockCount {
  begun: number;
  passed: number;
}

/** Sends an event, after which its holder is done. Says whether it could: if not, it is asked again later. */
export type SendEvent = (event: EventInfo, holder: Holder) => boolean;

/**
 * Keeps the events that a lane sends to its followers in the order of their luminosity blocks: one is sent when every
 * event of an earlier block has been sent or has ended. Within a block any order is as good.
 */
export class SendOrder {
  readonly #send: SendEvent;
  readonly #blocks = new Map<number, BlockCount>();
  readonly #waiting: WaitingEvent[] = [];

  constructor(send: SendEvent) {
    this.#send = send;
  }

  /** The lane has begun an event. */
  begun(lumiNumber: number): void {
    const count = this.#blocks.get(lumiNumber);
    if (count === undefined) this.#blocks.set(lumiNumber, { begun: 1, passed: 0 });
    else count.begun++;
  }

  /** Sends an event now, or when its turn has come. */
  request(event: EventInfo, holder: Holder): void {
    const { ordinal, lumiNumber } = event;
    if (this.#waiting.length === 0 && this.#isTurnOf(lumiNumber) && this.#send(event, holder)) {
      this.#pass(lumiNumber);
      return;
    }
    this.#waiting.push({ ordinal, lumiNumber, event, holder });
    this.look();
  }

  /** An event has ended that was never sent. */
  endedUnsent(ordinal: number, lumiNumber: number): void {
    const at = this.#waiting.findIndex((each) => each.ordinal === ordinal);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#pass(lumiNumber);
    this.look();
  }

  /** Something may have become possible: sends what can be sent. */
  look(): void {
    for (let at = this.#next(); at >= 0; at = this.#next()) {
      const next = this.#waiting[at];
      if (next === undefined) return;
      // Off the list first: to send it may lead back here.
      this.#waiting.splice(at, 1);
      if (!this.#send(next.event, next.holder)) {
        this.#waiting.splice(at, 0, next);
        return;
      }
      this.#pass(next.lumiNumber);
    }
  }

  /** Where the first event that waits and whose turn has come stands; -1 where there is none. */
  #next(): number {
    for (let at = 0; at < this.#waiting.length; at++) {
      const next = this.#waiting[at];
      if (next !== undefined && this.#isTurnOf(next.lumiNumber)) return at;
    }
    return -1;
  }

  #isTurnOf(lumiNumber: number): boolean {
    for (const [number, { begun, passed }] of this.#blocks) {
      if (number < lumiNumber && passed < begun) return false;
    }
    return true;
  }

  #pass(lumiNumber: number): void {
    const count = this.#blocks.get(lumiNumber);
    if (count === undefined) return;
    count.passed++;
    for (const [number, { begun, passed }] of this.#blocks) {
      if (number < lumiNumber && passed === begun) this.#blocks.delete(number);
    }
  }
}
