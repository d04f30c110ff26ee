/** How a packet stands to the one that was expected. */
export type Arrival = 'next' | 'ahead' | 'behind';

const half = 0x8000_0000;

/**
 * Counts the packets of one subject as they come. Sequence numbers on the wire have 32 bits and wrap; `expected` does not,
 * and is a safe integer for longer than any job runs.
 */
export class PacketSequence {
  /** Packets that have come or are known to be lost: the number of the next. */
  expected: number;

  constructor(expected = 0) {
    this.expected = expected;
  }

  /** Where a sequence number stands: up to 2^31 ahead it is ahead, else it is behind. */
  place(sequence: number): Arrival {
    const distance = (sequence - this.expected) >>> 0;
    return distance === 0 ? 'next' : distance < half ? 'ahead' : 'behind';
  }

  /** The whole number that a sequence number which is not behind stands for. */
  unwrapped(sequence: number): number {
    return this.expected + ((sequence - this.expected) >>> 0);
  }
}
