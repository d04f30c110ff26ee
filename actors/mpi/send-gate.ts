import type { EdmeshError, Holder } from '../../edm/index.ts';
import type { Channel } from '../../transport/index.ts';

interface Waiting {
  readonly bytes: number;
  readonly holder: Holder;
}

/**
 * Lets the senders of a lane write only while the bytes that have not left for the broker, and those that are about to be
 * written, are below a limit. A larger product goes alone.
 */
export class SendGate {
  readonly #channel: Channel;
  readonly #maxBytes: number;
  #queue: Waiting[] = [];
  /** Bytes that were let through, but are not written yet. */
  #reserved = 0;
  #isWaiting = false;

  constructor(channel: Channel, maxBytes: number) {
    this.#channel = channel;
    this.#maxBytes = maxBytes;
  }

  /** The holder is done as soon as so many bytes may be written; `leave` must follow when they are. */
  enter(bytes: number, holder: Holder): void {
    if (this.#queue.length === 0 && this.#fits(bytes)) {
      this.#reserved += bytes;
      holder.done();
      return;
    }
    holder.waitsFor = 'the server to take what was sent';
    this.#queue.push({ bytes, holder });
    this.#look();
  }

  /** The bytes have been written, or will not be. */
  leave(bytes: number): void {
    this.#reserved -= bytes;
    if (this.#queue.length > 0) this.#look();
  }

  /** Nobody will be let through any more. */
  abandon(error: EdmeshError): void {
    for (const { holder } of this.#queue.splice(0)) holder.fail(error);
  }

  #fits(bytes: number): boolean {
    const taken = this.#channel.pendingBytes + this.#reserved;
    return taken === 0 || taken + bytes <= this.#maxBytes;
  }

  #look(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (!this.#fits(next.bytes)) {
        void this.#wait(next.bytes);
        return;
      }
      this.#queue.shift();
      this.#reserved += next.bytes;
      next.holder.done();
    }
  }

  /** Looks again when the channel has room; where it has already, what was let through has to be written first. */
  async #wait(bytes: number): Promise<void> {
    const belowBytes = Math.max(1, this.#maxBytes - bytes + 1);
    if (this.#isWaiting || this.#channel.pendingBytes < belowBytes) return;
    this.#isWaiting = true;
    try {
      await this.#channel.drained(belowBytes);
    } catch (error) {
      for (const { holder } of this.#queue.splice(0)) holder.fail(error);
    }
    this.#isWaiting = false;
    this.#look();
  }
}
