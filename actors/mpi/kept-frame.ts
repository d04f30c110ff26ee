import { FrameHeader, type FrameView, type Outbox } from '../../transport/index.ts';

const nothing = new Uint8Array(0);

/** A frame that outlives the call that gave it. */
export class KeptFrame extends FrameHeader {
  /** On which instance of a link it came. */
  instance = 0;
  body: Uint8Array = nothing;

  /** `isKept`: its bytes stay as they are; else they are copied. */
  static of(frame: FrameView, instance: number, isKept: boolean): KeptFrame {
    const kept = new KeptFrame();
    copyHeader(frame, kept);
    kept.instance = instance;
    kept.body = bodyBytes(frame, isKept);
    return kept;
  }
}

/** The body of a frame, to be kept. */
export function bodyBytes(frame: FrameView, isKept: boolean): Uint8Array {
  if (frame.bodyBytes === 0) return nothing;
  return isKept ? frame.body() : frame.body().slice();
}

/** Copies what a frame says besides its body. */
export function copyHeader(from: FrameHeader, to: FrameHeader): void {
  to.kind = from.kind;
  to.flags = from.flags;
  to.slot = from.slot;
  to.attempt = from.attempt;
  to.run = from.run;
  to.lumi = from.lumi;
  to.event = from.event;
  to.ordinal = from.ordinal;
  to.timeUs = from.timeUs;
  to.block = from.block;
}

/** Writes a whole frame. */
export function writeFrame(outbox: Outbox, header: FrameHeader, body: Uint8Array = nothing): void {
  outbox.begin(header, body.length);
  if (body.length > 0) outbox.write(body);
}

/** The body of a `products` frame whose path was not active. */
export const inactiveBody = new Uint8Array(new Int32Array([-1]).buffer);
