/** A channel that keeps what is published, and an inbox that keeps what it says. */
import type { EdmeshError } from '../../edm/errors.ts';
import type { Channel } from '../../transport/channel.ts';
import { FrameHeader, type FrameView } from '../../transport/frame.ts';
import { Inbox } from '../../transport/inbox.ts';
import { Outboxes } from '../../transport/outbox.ts';
import { Traffic } from '../../transport/traffic.ts';

export interface Published {
  readonly subject: string;
  readonly payload: Uint8Array;
}

/** A channel whose messages go nowhere. */
export function keepingChannel(maxPayloadBytes: number): Channel & { published: Published[] } {
  const published: Published[] = [];
  return {
    published,
    kind: 'memory',
    maxPayloadBytes,
    publish(subject, payload) {
      if (payload.length > maxPayloadBytes) throw new RangeError(`${payload.length} bytes`);
      published.push({ subject, payload });
    },
    subscribe: () => ({ unsubscribe() {} }),
    pendingBytes: 0,
    drained: async () => {},
    flush: async () => {},
    onStatus() {},
    close: async () => {},
  };
}

/** Outboxes on such a channel, flushed by hand. */
export function keepingOutboxes(maxPayloadBytes = 1024 * 1024, maxFrameBytes?: number) {
  const channel = keepingChannel(maxPayloadBytes);
  const due: (() => void)[] = [];
  const traffic = new Traffic();
  const outboxes = new Outboxes({
    channel,
    traffic,
    soon: (flush) => due.push(flush),
    ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
  });
  return { channel, outboxes, due, traffic, published: channel.published };
}

/** The header of a frame as plain data, and a copy of its body. */
export interface KeptFrame {
  readonly header: Partial<FrameHeader>;
  readonly body: Uint8Array;
}

/** What is told of a frame, without its place in memory. */
function kept(frame: FrameView): KeptFrame {
  const { kind, flags, slot, attempt, run, lumi, event, ordinal, timeUs, block } = frame;
  return {
    header: { kind, flags, slot, attempt, run, lumi, event, ordinal, timeUs, block },
    body: Uint8Array.from(frame.body()),
  };
}

/** An inbox that keeps frames and problems. */
export function keepingInbox(maxFrameBytes?: number, subject = 'edm.job.A.B.0') {
  const frames: KeptFrame[] = [];
  const problems: EdmeshError[] = [];
  const traffic = new Traffic();
  const inbox = new Inbox({
    subject,
    traffic,
    onFrame: (frame) => frames.push(kept(frame)),
    onProblem: (error) => problems.push(error),
    ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
  });
  return { inbox, frames, problems, traffic };
}

/** A header with these fields. */
export function headerOf(fields: Partial<FrameHeader> = {}): FrameHeader {
  return Object.assign(new FrameHeader(), fields);
}

/** The bytes of hexadecimal digits; blanks are for the eye. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(/\s/g, ''), 'hex'));
}

/** Bytes as hexadecimal digits in groups of 8 bytes. */
export function groups(bytes: Uint8Array): string[] {
  return (
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,16}/g) ?? []
  );
}
