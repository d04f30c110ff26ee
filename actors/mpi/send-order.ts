/** An event that waits for its turn to be sent. */
interface WaitingEvent {
  readonly ordinal: number;
  readonly lumiNumber: number;
  readonly send: () => boolean;
}

/** How many events of a luminosity block the lane has begun, and how many of them were sent or have ended unsent. */
interface BlockCount {
  begun: number;
  passed: number;
}

/**
 * Keeps the events that a lane sends to its followers in the order of their luminosity blocks: one is sent when every
 * event of an earlier block has been sent or has ended. Within a block any order is as good.
 */
export class SendOrder {
  readonly #blocks = new Map<number, BlockCount>();
  #waiting: WaitingEvent[] = [];

  /** The lane has begun an event. */
  begun(lumiNumber: number): void {
    const count = this.#blocks.get(lumiNumber);
    if (count === undefined) this.#blocks.set(lumiNumber, { begun: 1, passed: 0 });
    else count.begun++;
  }

  /** Sends an event now, or when its turn has come. `send` says whether it could: if not, it is asked again later. */
  request(ordinal: number, lumiNumber: number, send: () => boolean): void {
    if (this.#waiting.length === 0 && this.#isTurnOf(lumiNumber) && send()) {
      this.#pass(lumiNumber);
      return;
    }
    this.#waiting.push({ ordinal, lumiNumber, send });
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
    for (let again = true; again && this.#waiting.length > 0;) {
      again = false;
      for (const each of this.#waiting) {
        if (!this.#isTurnOf(each.lumiNumber)) continue;
        if (!each.send()) return;
        this.#waiting = this.#waiting.filter((other) => other !== each);
        this.#pass(each.lumiNumber);
        again = true;
        break;
      }
    }
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
