/** The kinds of frames. All but `products` are sent on instance 0 of a link, `products` on the others. */
export const frameKinds = {
  connect: 1,
  accept: 2,
  refuse: 3,
  beginRun: 4,
  beginLumi: 5,
  event: 6,
  endLumi: 7,
  endRun: 8,
  eventDone: 9,
  disconnect: 10,
  left: 11,
  abort: 12,
  products: 13,
} as const;

/** The number of a kind of frames. */
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

/** Bytes before the body of a frame. */
export const frameHeaderBytes = 48;

/** The largest frame, header included, that a side sends or takes unless it is told otherwise. */
export const defaultMaxFrameBytes = 256 * 1024 * 1024;

/** What a frame says besides its body. One is reused for many frames: it is read when the frame begins. */
export class FrameHeader {
  kind: FrameKind = frameKinds.event;
  /** 8 bits whose meaning belongs to the kind. */
  flags = 0;
  /** The slot of the follower that the event holds, below 65536. */
  slot = 0;
  /** Counts the attempts at the event, u32. */
  attempt = 0;
  /** Run number, u32. */
  run = 0;
  /** Luminosity block number, u32. */
  lumi = 0;
  /** Event number: a safe integer, not negative. */
  event = 0;
  /** The place of the event in the job: a safe integer, not negative. */
  ordinal = 0;
  /** Microseconds since 1970, finite. */
  timeUs = 0;
  /** Counts the luminosity blocks of the controller's job, u32. */
  block = 0;
}

/** A frame that has come, header and body. It is reused: nothing of it outlives the call that gives it. */
export class FrameView extends FrameHeader {
  /** The bytes that hold the frame; the body is from `bodyStart` to `bodyEnd`. */
  bytes: Uint8Array = new Uint8Array(0);
  /** All of `bytes`. */
  view: DataView = new DataView(this.bytes.buffer);
  bodyStart = 0;
  bodyEnd = 0;

  get bodyBytes(): number {
    return this.bodyEnd - this.bodyStart;
  }

  /** The bytes of the body, lent. Makes an object: ask only where there is a body. */
  body(): Uint8Array {
    return new Uint8Array(
      this.bytes.buffer,
      this.bytes.byteOffset + this.bodyStart,
      this.bodyEnd - this.bodyStart,
    );
  }
}

/** The next multiple of 8, where frames and their regions begin. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** Writes a header at an offset. What does not fit its field is not looked for here. */
export function writeFrameHeader(
  view: DataView,
  at: number,
  header: FrameHeader,
  bodyBytes: number,
): void {
  view.setUint8(at, header.kind);
  view.setUint8(at + 1, header.flags);
  view.setUint16(at + 2, header.slot, true);
  view.setUint32(at + 4, header.attempt, true);
  view.setUint32(at + 8, header.run, true);
  view.setUint32(at + 12, header.lumi, true);
  view.setFloat64(at + 16, header.event, true);
  view.setFloat64(at + 24, header.ordinal, true);
  view.setFloat64(at + 32, header.timeUs, true);
  view.setUint32(at + 40, header.block, true);
  view.setUint32(at + 44, bodyBytes, true);
}

/** The offset behind the frame that begins at `at`, or -1 where no sound frame ends by `end`. */
export function frameEnd(view: DataView, at: number, end: number): number {
  if (end - at < frameHeaderBytes) return -1;
  const kind = view.getUint8(at);
  if (kind < frameKinds.connect || kind > frameKinds.products) return -1;
  const event = view.getFloat64(at + 16, true);
  const ordinal = view.getFloat64(at + 24, true);
  if (!Number.isSafeInteger(event) || !Number.isSafeInteger(ordinal)) return -1;
  if (event < 0 || ordinal < 0 || !Number.isFinite(view.getFloat64(at + 32, true))) return -1;
  const next = at + frameHeaderBytes + aligned(view.getUint32(at + 44, true));
  return next > end ? -1 : next;
}

/** Points a view at the frame that begins at `at`, for which {@link frameEnd} has found an end. */
export function readFrame(frame: FrameView, bytes: Uint8Array, view: DataView, at: number): void {
  frame.kind = view.getUint8(at) as FrameKind;
  frame.flags = view.getUint8(at + 1);
  frame.slot = view.getUint16(at + 2, true);
  frame.attempt = view.getUint32(at + 4, true);
  frame.run = view.getUint32(at + 8, true);
  frame.lumi = view.getUint32(at + 12, true);
  frame.event = view.getFloat64(at + 16, true);
  frame.ordinal = view.getFloat64(at + 24, true);
  frame.timeUs = view.getFloat64(at + 32, true);
  frame.block = view.getUint32(at + 40, true);
  frame.bytes = bytes;
  frame.view = view;
  frame.bodyStart = at + frameHeaderBytes;
  frame.bodyEnd = frame.bodyStart + view.getUint32(at + 44, true);
}
