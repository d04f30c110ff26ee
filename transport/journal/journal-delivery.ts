/** What JetStream says of a message that it delivers, in the numbers at the end of its reply subject. */
export interface Delivery {
  /** The place of the message in the stream. */
  sequence: number;
  /** Counts what this consumer was sent, from 1. */
  delivered: number;
  /** When it was stored, ms since 1970. */
  timeMs: number;
  /** What the consumer is still to be sent. */
  pending: number;
}

const dot = 0x2e;
const zero = 0x30;
const nsPerMs = 1e6;

/** Reads `<deliveries>.<sequence>.<delivered>.<time in ns>.<pending>`, which may be followed by more tokens. */
export function parseDelivery(reply: string, at: number, into: Delivery): void {
  let token = 0;
  let number = 0;
  for (let index = at; index < reply.length; index += 1) {
    const code = reply.charCodeAt(index);
    if (code !== dot) {
      number = number * 10 + (code - zero);
      continue;
    }
    if (token === 1) into.sequence = number;
    else if (token === 2) into.delivered = number;
    else if (token === 3) into.timeMs = Math.floor(number / nsPerMs);
    else if (token === 4) {
      into.pending = number;
      return;
    }
    token += 1;
    number = 0;
  }
  into.pending = number;
}
